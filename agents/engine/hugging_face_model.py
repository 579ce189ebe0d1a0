"""A loaded Hugging Face model as a `MoveModel`."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch

from agents.engine.asking import AnswerCost
from agents.engine.chat_template import ChatTemplate
from agents.engine.conversation import RowConversation
from agents.engine.fingerprint import identity_of
from agents.engine.pieces import ChatPieces, Pieces, TextPieces
from agents.engine.readers import Reader
from agents.engine.stop_tokens import stop_tokens
from agents.engine.threads import shape_of
from agents.engine.token_texts import TokenTexts
from agents.model import Identity, Sampling, Script
from agents.threads import Shape

CHANGES_WITH_LENGTH = ("dynamic", "longrope")
"""Rotary scalings under which old keys go stale once a text passes the original length."""


class HuggingFaceModel:
    """Weights, tokenizer and the way they are read."""

    def __init__(
        self,
        name: str,
        tokenizer: Any,
        model: Any,
        reader: type[Reader],
        notes: tuple[str, ...],
        identity: Identity | None = None,
    ) -> None:
        self._name, self._tokenizer, self._model, self._identity = name, tokenizer, model, identity
        self._reader = reader
        self._pieces_of: dict[tuple[Any, ...], Pieces] = {}
        self._met: list[str] = []
        self._cost = AnswerCost()
        self._notes = (*notes, f"{_dtype_name(model)} on {_where(model)}")

    @property
    def chats(self) -> bool:
        """Whether the tokenizer has a chat template."""
        return bool(getattr(self._tokenizer, "chat_template", None))

    @property
    def notes(self) -> tuple[str, ...]:
        """How the model is read, and every seam, template or want of memory that needed care so far."""
        found = [note for pieces in self._pieces_of.values() for note in pieces.notes]
        return (*self._notes, *dict.fromkeys([*found, *self._met]))

    @cached_property
    def identity(self) -> Identity:
        """The parts by which the model is known again."""
        return self._identity or identity_of(self._tokenizer, self._model)

    @cached_property
    def context_limit(self) -> int | None:
        """The most positions the model was made for."""
        config = self._model.config.get_text_config()
        limit = getattr(config, "max_position_embeddings", None)
        scaling = getattr(config, "rope_parameters", None) or {}
        if isinstance(scaling, dict) and scaling.get("rope_type") in CHANGES_WITH_LENGTH:
            limit = scaling.get("original_max_position_embeddings") or limit
        return limit if isinstance(limit, int) and limit > 0 else None

    @property
    def sampling(self) -> Sampling:
        """How the checkpoint's generation configuration says that it is sampled."""
        stated = self._model.generation_config
        named = {name: getattr(stated, name, None) for name in ("temperature", "top_p", "top_k")}
        return Sampling(**{name: value for name, value in named.items() if value is not None})

    @cached_property
    def shape(self) -> Shape | None:
        """The sizes by which threads are chosen; None where passes are not made on this machine's cores."""
        return shape_of(self._model)

    def count(self, text: str) -> int:
        """Tokens of a text, special tokens included."""
        return len(self._tokenizer(text)["input_ids"])

    def dated(self, template: Mapping[str, Any]) -> bool:
        """Whether the chat template, with these arguments, tells the model what day it is."""
        return self.chats and ChatTemplate(self._tokenizer, self._name, template).dated

    def size(self, script: Script) -> tuple[int, int]:
        """Tokens of the longest opening as a row holds it, and those that a chat template adds to each round."""
        pieces = self._pieces_for(script)
        frame = pieces.overhead() if isinstance(pieces, ChatPieces) else 0
        return max(len(pieces.opening(opening)) for opening in set(script.openings)), frame

    def shown(self, script: Script, rounds: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
        """Every row as the model reads it after its rounds (answer, what was said after it), special tokens spelled out."""
        pieces = self._pieces_for(script)
        rows = [pieces.transcript(opening, said) for opening, said in zip(script.openings, rounds, strict=True)]
        return [self._tokenizer.decode(row, skip_special_tokens=False, clean_up_tokenization_spaces=False) for row in rows]

    @property
    def answer_tokens(self) -> float:
        """Tokens a row and round that were read for nothing but answers, their forms and ends, so far."""
        return self._cost.per_round

    def open(self, script: Script) -> RowConversation:
        """Start conversations; nothing is computed before the first question."""
        pieces = self._pieces_for(script)
        return RowConversation(
            pieces=pieces,
            script=script,
            make_reader=self._make_reader,
            texts=lambda: self._texts,
            ends=self._ends | pieces.ends,
            cost=self._cost,
        )

    def _make_reader(self, rows: int, capacity: int) -> Reader:
        reader = self._reader(self._model, rows, capacity)
        reader.notes = self._met  # what any of them meets is worth saying of the model
        return reader

    def _pieces(self, chat: bool) -> Pieces:
        """Pieces of texts, or of chats as the template has them by itself."""
        return self._kept((chat,), lambda: ChatPieces(self._tokenizer, self._name) if chat else TextPieces(self._tokenizer))

    def _pieces_for(self, script: Script) -> Pieces:
        """The pieces of a script's conversations."""
        if not script.chat:
            return self._pieces(chat=False)
        system = script.openings[0].system if script.openings else None
        told = (self._tokenizer, self._name, script.template, script.prefill, script.date, system, script.thinking is not None)
        key = (script.chat, repr(sorted(script.template.items())), *told[3:])
        return self._kept(key, lambda: ChatPieces(*told))

    def _kept(self, key: tuple[Any, ...], make: Callable[[], Pieces]) -> Pieces:
        if key not in self._pieces_of:
            self._pieces_of[key] = make()
        return self._pieces_of[key]

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens by which the model ends a text."""
        return stop_tokens(self._tokenizer, self._model)

    @cached_property
    def _texts(self) -> TokenTexts:
        """What every token writes."""
        return TokenTexts(self._tokenizer, self._model.get_output_embeddings().weight.shape[0])


def _dtype_name(model: Any) -> str:
    return str(model.dtype).removeprefix("torch.")


def _where(model: Any) -> str:
    """The devices that hold a model, and among how many processes it is shared."""
    places = (getattr(model, "hf_device_map", None) or {"": model.device}).values()
    devices = dict.fromkeys(place if isinstance(place, str) else str(torch.device(place)) for place in places)
    shared = getattr(model, "tp_size", None) or 1
    return ", ".join(devices) + (f", shared by {shared} processes" if shared > 1 else "")

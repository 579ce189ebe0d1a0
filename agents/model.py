"""What a language model must be able to do to play: the contract between agents and backends."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from arenas.bounds import within
from arenas.errors import UserError
from arenas.history import FloatArray, IntArray
from arenas.registry import Registry


@dataclass(frozen=True)
class ModelSpec:
    """Which weights to load and how. Two entrants with equal specs share one loaded model.

    `model` is a shipped organism (`organism:base`), a local folder or a hub id. `dtype` is a torch name or `auto` (float32 on a
    CPU, the checkpoint's own elsewhere); `device` is a torch device or `auto`. A model larger than one GPU is either laid out
    over several, layer by layer, by accelerate's `device_map` (`auto`), or, with `tp_plan: auto`, shared by the processes of
    `torchrun`, each of which holds a part of every layer. `adapter` is a folder or hub id of a PEFT adapter for the
    model.
    """

    model: str
    backend: str = "transformers"
    revision: str | None = None
    dtype: str = "auto"
    device: str = "auto"
    device_map: str | None = None
    tp_plan: str | None = None
    trust_remote_code: bool = False
    allow_pickle: bool = False
    adapter: str | None = None


@dataclass(frozen=True)
class Identity:
    """The parts by which a model is known again, each a short text that differs if the part does.

    `weights` stands for every byte of them, `config` for all of the configuration that decides what is computed, `tokenizer`
    for the whole tokenizer file, `template` for the chat template, `ends` are the stop tokens, `adapter` is "none" without one.
    """

    weights: str
    config: str
    tokenizer: str
    template: str
    ends: str
    dtype: str
    adapter: str

    @property
    def mark(self) -> str:
        """One short text for all parts."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]

    @property
    def parts(self) -> str:
        """All parts by name, to be kept in a run."""
        return " ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))


@dataclass(frozen=True)
class Sampling:
    """How logits become probabilities, in reading and speaking alike: divided by `temperature`, then cut to the `top_k`
    likeliest tokens (0: all) and to the `top_p` nucleus (Holtzman et al. 2020).
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0

    def __post_init__(self) -> None:
        within("temperature", self.temperature, 0.001, 100.0)
        within("top_k", self.top_k, 0, 1_000_000_000)
        if not 0.0 < self.top_p <= 1.0:
            raise UserError(f"top_p must be above 0 and at most 1, got {self.top_p}")


@dataclass(frozen=True)
class Thinking:
    """`samples` thoughts of at most `tokens` tokens each are written before an answer is read."""

    tokens: int
    samples: int = 1

    def __post_init__(self) -> None:
        within("thinking.tokens", self.tokens, 1, 1_000_000)
        within("thinking.samples", self.samples, 1, 10_000)


@dataclass(frozen=True)
class Spoken:
    """A model that is not read but speaks: `samples` answers of at most `tokens` tokens each."""

    tokens: int = 16
    samples: int = 1

    def __post_init__(self) -> None:
        within("answer.tokens", self.tokens, 1, 100_000)
        within("answer.samples", self.samples, 1, 10_000)


@dataclass(frozen=True)
class Opening:
    """What a row reads before its first answer.

    `system` is the text of a system turn; empty for none at all, None for whatever the chat template does by itself. `shown`
    are demonstrated turns, (user, assistant), that come before the question.
    """

    text: str
    system: str | None = None
    shown: tuple[tuple[str, str], ...] = ()


TAILS = ("", ".", "\n", ".\n")
"""What may stand between the words of a chat's answer and the end of its turn."""
Forms = tuple[str, ...]
"""The texts that count as one action; the first is the one that stands in the history."""


@dataclass(frozen=True)
class Script:
    """All that B conversations of one wave have in common, and what each opens with.

    `menus[menu_of[b]]` are the actions of row b, each as its forms. An answer is a form and its end: for a text the literal
    `end`, for a chat (`end` None) a token by which the model stops. `reply` is a specimen of what is said after an answer, by
    which seams between pieces are checked; `capacity` is a guess at the tokens a row will grow to. A row that holds more than
    `most_rounds` rounds forgets the oldest and keeps a quarter. `prefill` begins every answer of a chat, `template` holds
    arguments of the chat template and `date` is the day it is told.
    """

    chat: bool
    openings: Sequence[Opening]  # [B]
    menus: Sequence[tuple[Forms, ...]]
    menu_of: IntArray  # [B]
    end: str | None
    reply: str
    capacity: int
    most_rounds: int
    sampling: Sampling
    prefill: str = ""
    template: Mapping[str, Any] = field(default_factory=dict)
    thinking: Thinking | None = None
    date: dt.date | None = None


@dataclass(frozen=True)
class Answered:
    """The answers of B rows over their menus of at most A actions.

    `probs` are normalised over the menu; `unended` is the mass of texts that begin with an answer and go on, `off_menu` the
    mass of all others. `readings` hold for looking, as JSON, the likeliest tokens that are no answer and the shares of the
    forms, where either is worth a look; else they are empty.
    """

    probs: FloatArray  # [B,A]
    off_menu: FloatArray  # [B]
    unended: FloatArray  # [B]
    readings: list[str]  # [B]


Choices = Callable[[], Answered]
"""Answers that are on their way; called once, when they are needed."""


@dataclass(frozen=True)
class Said:
    """An answer as it was spoken, and whether it came to its end before it was cut off.

    A chat's is the text before the token that ends the turn; a text's holds the style's `end`, and what came with it.
    """

    text: str
    ended: bool


class Conversation(Protocol):
    """B rows of text that only ever grow."""

    def hear(self, answers: Sequence[str], said: Sequence[str]) -> None:
        """Append to each row the answer that was chosen for it and what is said next."""

    def ask(self, seeds: Sequence[int] = ()) -> Choices:
        """For each row, the distribution over its menu, and what is put on anything else.

        A device may go on computing them after the return; they are waited for when they are called for.
        `seeds` are the rows' own, for thoughts.
        P(a) is the model's probability of the action's words in any of its forms and then the end, divided by the sum over the
        menu.
        """

    def speak(self, tokens: int, seeds: Sequence[int], samples: int = 1) -> list[list[Said]]:
        """Answers spoken by each row, [B][samples], of at most so many tokens, drawn with the row's own seed.

        What was said is no part of the text: what counts as said is heard afterwards.
        """

    def write(self, max_tokens: int, seeds: Sequence[int], stop: str | None) -> list[str]:
        """Free text for each row, sampled with the row's own seed, up to `stop`, the model's own end, or `max_tokens`."""


class MoveModel(Protocol):
    """One set of weights, or one server: many conversations."""

    @property
    def chats(self) -> bool:
        """Whether it has a chat template."""

    @property
    def context_limit(self) -> int | None:
        """The most tokens a row may hold; None if there is no limit."""

    @property
    def identity(self) -> Identity:
        """The parts by which the model is known again."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the run should know of how it is run."""

    @property
    def sampling(self) -> Sampling:
        """How the checkpoint itself says that it is sampled."""

    def count(self, text: str) -> int:
        """The tokens of a text."""

    def dated(self, template: Mapping[str, Any]) -> bool:
        """Whether the chat template, with these arguments, tells the model what day it is."""

    def size(self, script: Script) -> tuple[int, int]:
        """Tokens of the longest opening as a row holds it, and those that a chat template adds to each round."""

    def shown(self, script: Script, rounds: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
        """Every row as the model reads it after its rounds (answer, what was said after it), special tokens spelled out."""

    @property
    def answer_tokens(self) -> float:
        """Tokens a row and round that were read for nothing but answers, their forms and ends, so far."""

    def open(self, script: Script) -> Conversation:
        """Start conversations; nothing is computed before the first question."""


class Backend(Protocol):
    """A way to run models."""

    def load(self, spec: ModelSpec) -> MoveModel:
        """Load the weights. Raises `UserError` with one line that says what is wrong with the spec."""


BACKENDS: Registry[type[Backend]] = Registry("backend")

"""What a language model must be able to do to play: the contract between agents and backends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from arenas.history import FloatArray, IntArray
from arenas.registry import Registry


@dataclass(frozen=True)
class ModelSpec:
    """Which weights to load and how. Two entrants with equal specs share one loaded model.

    `model` is a shipped organism (`organism:base`), a local folder or a hub id. `dtype` is a torch name or `auto` (float32 on a
    CPU, the checkpoint's own elsewhere); `device` is a torch device or `auto`. A model larger than one GPU is either laid out
    over several, layer by layer, by accelerate's `device_map` (`auto`), or, with `tp_plan: auto`, shared by the processes of
    `torchrun`, each of which holds a part of every layer.
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


@dataclass(frozen=True)
class Sampling:
    """How logits become probabilities: divided by `temperature` first; free text is also cut to the `top_p` nucleus."""

    temperature: float = 1.0
    top_p: float = 1.0


@dataclass(frozen=True)
class Script:
    """All that B conversations of one wave have in common, and what each opens with.

    `menus[menu_of[b]]` are the answers row b may give, written as the model writes them; `reply` is a specimen of what is said
    after an answer, by which seams between pieces are checked; `capacity` is a guess at the tokens a row will grow to. A row
    that holds more than `most_rounds` rounds forgets the oldest and keeps a quarter.
    """

    chat: bool
    openings: Sequence[str]  # [B]
    menus: Sequence[tuple[str, ...]]
    menu_of: IntArray  # [B]
    reply: str
    capacity: int
    most_rounds: int
    sampling: Sampling


Choices = Callable[[], tuple[FloatArray, FloatArray]]
"""Distributions [B,A] and off-menu probabilities [B] that are on their way; called once, when they are needed."""


class Conversation(Protocol):
    """B rows of text that only ever grow."""

    def hear(self, answers: Sequence[str], said: Sequence[str]) -> None:
        """Append to each row the answer that was chosen for it and what is said next."""

    def ask(self) -> Choices:
        """For each row, the distribution [B,A] over its menu, and the probability [B] put on anything else.

        A device may go on computing them after the return; they are waited for when they are called for.
        P(a) is the model's probability of the whole answer, divided by the sum over the menu; the rest is off-menu. Where one
        answer continues another (`1`, `10`), the shorter one counts only where its word ends.
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
    def fingerprint(self) -> str:
        """A short text that differs for other weights or another tokenizer."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the run should know of how it is run."""

    def count(self, text: str) -> int:
        """The tokens of a text."""

    def chat_overhead(self) -> int:
        """Tokens the chat template adds to one question and its answer."""

    def open(self, script: Script) -> Conversation:
        """Start conversations; nothing is computed before the first question."""


class Backend(Protocol):
    """A way to run models."""

    def load(self, spec: ModelSpec) -> MoveModel:
        """Load the weights. Raises `UserError` with one line that says what is wrong with the spec."""


BACKENDS: Registry[type[Backend]] = Registry("backend")

"""A language model as an entrant: it hears what happened and is asked for its next distribution."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

from agents.model import BACKENDS, Conversation, ModelSpec, MoveModel, Opening, Sampling, Script, Spoken, Thinking
from agents.player import ModelPlayer
from agents.style import MOST_EXAMPLES, Style, load_style
from arenas.bounds import within
from arenas.errors import UserError
from arenas.game import Game
from arenas.history import IntArray
from arenas.play import Table
from arenas.wording import listed

NO_SYSTEM = "none"
"""The system turn that leaves it out."""
BASIS = "its distributions are estimates from {of}"


@dataclass(frozen=True)
class AgentSpec(ModelSpec):
    """A model and how it is asked: a prompt style (`auto`: chat if the tokenizer has a chat template, else plain) and how its
    logits become probabilities (`sampling`: `model` takes the checkpoint's own, which is how it is deployed).

    `system` and `prefill` replace the style's (`system: none` leaves the system turn out), `examples` shows a style's examples
    or not, or at least so many of them; `template` holds arguments of the chat template. `thinking` lets a model think before
    each answer; `answer: spoken` lets it speak instead of reading its probabilities, and what cannot be understood is a
    forfeit. `window` is the most tokens it may read of a match: past it the oldest rounds are forgotten, a large block at
    once, which makes it another player.
    """

    style: str = "auto"
    sampling: Sampling | Literal["model"] = field(default_factory=Sampling)
    window: int | None = None
    system: str | None = None
    prefill: str | None = None
    examples: bool | int | None = None
    template: dict[str, Any] = field(default_factory=dict)
    thinking: Thinking | Literal["off"] | Literal[False] = "off"
    answer: Spoken | Literal["read", "spoken"] = "read"

    def __post_init__(self) -> None:
        if self.examples is not None:
            within("examples", self.examples, 0, MOST_EXAMPLES)
        if self.window is not None:
            within("window", self.window, 1, 100_000_000)

    @property
    def weights(self) -> ModelSpec:
        """The part that decides which model is loaded."""
        return ModelSpec(**{field.name: getattr(self, field.name) for field in fields(ModelSpec)})


@dataclass(frozen=True)
class Cost:
    """Tokens a row takes: to open a match, and for each round after."""

    opening: int
    per_round: float

    def total(self, rounds: int) -> int:
        """Tokens of a whole match."""
        return int(np.ceil(self.opening + self.per_round * rounds))


@dataclass(frozen=True)
class Agent:
    """A loaded model with a prompt style. `sit` is its `Maker`."""

    name: str
    model: MoveModel
    style: Style
    sampling: Sampling
    window: int | None = None
    template: Mapping[str, Any] = field(default_factory=dict)
    thinking: Thinking | None = None
    spoken: Spoken | None = None
    date: dt.date | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the run should know of it."""
        window = [f"reads the last {self.window} tokens at most"] if self.window else []
        basis = [BASIS.format(of=f"{self.spoken.samples} spoken answers a round")] if self.spoken else []
        basis += [BASIS.format(of=f"{self.thinking.samples} thoughts a round")] if self.thinking else []
        return (f"{self.name}: {'; '.join([f'prompt style {self.style.name}', *self.model.notes, *window, *basis])}",)

    @property
    def identity(self) -> str:
        """A line that changes when the model or the wording does, by which a resumed run knows its players."""
        asked = repr((self.style, self.sampling, sorted(self.template.items()), self.thinking, self.spoken))
        if self.date is not None and self.style.kind == "chat" and self.model.dated(self.template):
            asked += f" on {self.date}"
        style = hashlib.sha256(asked.encode()).hexdigest()[:12]
        model = self.model.identity
        return f"{self.name}: weights and tokenizer {model.mark}, wording {style} ({model.parts})"

    def cost(self, game: Game, seat: int) -> Cost:
        """Tokens of a match in `seat`, counted on the longest answers."""
        opening, frame = self.model.size(self._script(game, [self.style.opening(game, seat)], np.zeros(1, dtype=np.int64)))
        if game.free_text:
            return Cost(opening, 0.0)
        longest = max((self.style.written(word) for word in game.actions[seat]), key=len)
        return Cost(opening, self.model.count(self.style.prefill + longest + _specimen(self.style, game, seat)) + frame)

    def sit(self, table: Table) -> ModelPlayer:
        """A player with a conversation for every chair. Raises `UserError` if a match would not fit the model's context."""
        thoughts = self.thinking.samples if self.thinking and not table.game.free_text else 0
        return ModelPlayer(self.style, table, self.open(table), self.spoken, thoughts)

    def open(self, table: Table) -> Conversation:
        """A conversation for every chair."""
        game = table.game
        seats = np.unique(table.seats)
        most_rounds = min(self._most_rounds(game, seat) for seat in seats)
        longest = max(self._tokens(game, seat, most_rounds) for seat in seats)
        limit = self.model.context_limit
        if limit is not None and longest > limit:
            raise UserError(
                f"{self.name}: a match of {game.config()['game']} takes up to {longest} tokens in style {self.style.name}, "
                f"the model holds {limit}: play fewer rounds, choose a terser style or declare a window"
            )
        return self.model.open(self._script(game, self._openings(table), table.seats, longest, most_rounds))

    def shown(self, table: Table, rounds: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
        """What each chair has read after its rounds (answer, what was said after it), as the model reads it."""
        return self.model.shown(self._script(table.game, self._openings(table), table.seats), rounds)

    def _script(
        self, game: Game, openings: Sequence[Opening], seats: IntArray, capacity: int = 0, most_rounds: int = 1
    ) -> Script:
        """What conversations of this agent have in common."""
        return Script(
            chat=self.style.kind == "chat",
            openings=openings,
            menus=[] if game.free_text else [self.style.menu(game, seat) for seat in range(len(game.seats))],
            menu_of=seats,
            end=self.style.end(game),
            reply=_specimen(self.style, game, int(seats[0])),
            capacity=capacity,
            most_rounds=most_rounds,
            sampling=self.sampling,
            prefill="" if game.free_text else self.style.prefill,
            template=self.template,
            thinking=None if game.free_text else self.thinking,
            date=self.date,
        )

    def _openings(self, table: Table) -> list[Opening]:
        """What each chair reads first; matches take the orders of the examples in turn."""
        orders = {seat: self.style.orders(table.game, seat) for seat in set(table.seats.tolist())}
        return [
            self.style.opening(table.game, seat, max(repeat - 1, 0) % orders[seat])
            for seat, repeat in zip(table.seats.tolist(), table.repeats.tolist(), strict=True)
        ]

    def _most_rounds(self, game: Game, seat: int) -> int:
        """The rounds that a row may hold: all, or as many as are sure to fit the window."""
        if self.window is None or game.free_text:
            return game.rounds
        cost = self.cost(game, seat)
        fitting = int((self.window - cost.opening) // cost.per_round)
        if fitting < 1:
            raise UserError(
                f"{self.name}: window must hold the opening and a round of {game.config()['game']}, "
                f"{cost.total(1)} tokens in style {self.style.name}, got {self.window}"
            )
        return min(fitting, game.rounds)

    def _tokens(self, game: Game, seat: int, rounds: int) -> int:
        written = getattr(game, "max_tokens", 0) if game.free_text else self.spoken.tokens if self.spoken else 0
        thought = self.thinking.tokens if self.thinking else 0
        return self.cost(game, seat).total(rounds) + written + thought


def load_agents(specs: Mapping[str, AgentSpec], date: dt.date | None = None) -> dict[str, Agent]:
    """Load every agent by name; entrants with the same weights share one loaded model. `date` is what templates call today."""
    models: dict[ModelSpec, MoveModel] = {}
    agents = {}
    for name, spec in specs.items():
        try:
            style = None if spec.style == "auto" else load_style(spec.style)
            if spec.weights not in models:
                models[spec.weights] = BACKENDS.get(spec.backend)().load(spec.weights)
            model = models[spec.weights]
            style = style or load_style("chat" if model.chats else "plain")
            if style.kind == "chat" and not model.chats:
                raise UserError(f"style {style.name} needs a chat template, and the tokenizer of {spec.model} has none")
        except UserError as error:
            raise UserError(f"{name}: {error}") from error
        sampling = model.sampling if spec.sampling == "model" else spec.sampling
        thinking = spec.thinking if isinstance(spec.thinking, Thinking) else None
        spoken = Spoken() if spec.answer == "spoken" else spec.answer if isinstance(spec.answer, Spoken) else None
        agents[name] = Agent(name, model, _own(style, spec), sampling, spec.window, spec.template, thinking, spoken, date)
    return agents


def _own(style: Style, spec: AgentSpec) -> Style:
    """A style with what an agent's own keys replace. Raises `UserError` if a text is given what only chats have."""
    keys = [key for key, value in (("system", spec.system), ("prefill", spec.prefill), ("template", spec.template)) if value]
    if keys and style.kind == "text":
        raise UserError(f"{listed(keys, 'and')}: for chats, and style {style.name} is a text")
    system = "" if spec.system == NO_SYSTEM else spec.system
    style = style if spec.examples is None else style.with_examples(spec.examples)
    return replace(
        style,
        system=style.system if system is None else system,
        prefill=style.prefill if spec.prefill is None else spec.prefill,
    )


def _specimen(style: Style, game: Game, seat: int) -> str:
    """What is said after a round, with the longest words it may hold."""
    if game.free_text:
        return ""
    mine = max(game.actions[seat], key=len)
    theirs = max(game.actions[1 - seat], key=len) if len(game.seats) == 2 else ""
    return style.after_round(game, seat, game.rounds, mine, theirs, -1.0)

"""The loop: who is asked what, and what becomes of the answers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from arenas.dice import Dice, choose_or_forfeit
from arenas.errors import UserError
from arenas.forfeits import skipping
from arenas.game import Game
from arenas.history import BoolArray, FloatArray, History, IntArray, Moves, View, read_only

ROUNDING = 1e-6
"""By how much a probability that was computed in float32 may miss 0 or 1."""


@dataclass(frozen=True)
class Table:
    """What a player is told when it sits down: the game, and the seat of each of its chairs in this wave.

    `repeats` says of which repeat of its line-up a chair's match is, from 1; zeros where nobody said.
    """

    game: Game
    seats: IntArray  # [B]
    repeats: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # [B]

    def __post_init__(self) -> None:
        if not len(self.repeats):
            object.__setattr__(self, "repeats", np.zeros(len(self.seats), dtype=np.int64))

    @property
    def rows(self) -> int:
        """B: the number of chairs."""
        return len(self.seats)


class Player(Protocol):
    """Whoever moves. It is made for one wave and dropped after it, and must be able to catch up from any first view.

    One that says `hears_forfeits = True` finds `FORFEIT` among the moves of its views; no other is ever shown a round in which
    somebody gave no valid answer. One that says `sampled = True` plays distributions that are estimates.
    """

    @property
    def foresees(self) -> bool:
        """Whether its view carries the other's distribution of this round. It is then asked last, and never meets its like."""

    def act(self, view: View) -> Moves:
        """The distribution over actions for every row of the view."""


Promise = Callable[[], Moves]
"""Moves that are on their way; called once, when they are needed."""


@runtime_checkable
class SlowPlayer(Protocol):
    """A player whose moves a device computes: the others think while it does."""

    def ask(self, view: View) -> Promise:
        """Set off what `act` would return."""


Maker = Callable[[Table], Player]


@dataclass(frozen=True)
class Seated:
    """A player with its chairs: row b of its batch is seat seats[b] of match matches[b]. `maker` is the number of its maker."""

    maker: int
    player: Player
    matches: IntArray  # [B]
    seats: IntArray  # [B]


class StoppedError(UserError):
    """A player cannot go on, and says so in a line: whose `maker` it is, by its number, and in which `round`, from 1."""

    def __init__(self, maker: int, round: int, error: UserError) -> None:
        super().__init__(str(error))
        self.maker, self.round = maker, round


def take_seats(game: Game, makers: Sequence[Maker], chairs: IntArray, repeats: IntArray | None = None) -> list[Seated]:
    """Make every entrant's player for a wave; chairs [M,S] says which maker sits where, repeats [M] which repeat a match is.

    They are in the order in which they are asked: who is slow first, who foresees last. Raises `StoppedError` for a misfit.
    """
    seated = []
    for index in np.unique(chairs):
        matches, seats = np.nonzero(chairs == index)
        table = Table(game, seats) if repeats is None else Table(game, seats, repeats[matches])
        with _blaming(int(index), 0):
            player = skipping(makers[index], table, makers[index](table))
        seated.append(Seated(int(index), player, matches, seats))
    return sorted(seated, key=lambda s: (s.player.foresees, not isinstance(s.player, SlowPlayer)))


def play(game: Game, seated: Sequence[Seated], dice: Dice, history: History | None = None) -> Iterator[History]:
    """Play M matches in step, one yield a round; goes on from `history` where one is given.

    Raises `StoppedError` where a player cannot go on; the rounds that were yielded stand.
    """
    matches, seats, rounds = dice.rolls.shape
    history = history or History.empty(matches, seats, rounds, game.width)
    sights = [game.sight(history, dice, chair.matches, chair.seats) for chair in seated]
    while history.played < rounds:
        answers = Answers.none(matches, seats, game.width)
        views = [sight.view(history) for sight in sights]
        promises = [_ask(chair, view) for chair, view in zip(seated, views, strict=True)]
        for chair, view, promise in zip(seated, views, promises, strict=True):
            with _blaming(chair.maker, history.played):
                moves = promise() if promise else chair.player.act(_foreseeing(view, answers.probs, chair))
            answers.take(chair.matches, chair.seats, moves, view.legal)
        t = history.played
        answers.commit(history, dice.rolls[:, :, t])
        history.settle(game.pay(history, t), game.expected_pay(history, t))
        yield history


def _ask(chair: Seated, view: View) -> Promise | None:
    """A slow player's promise, or what another answers at once; None of who must see the others' first."""
    player = chair.player
    if player.foresees:
        return None
    with _blaming(chair.maker, view.rounds_seen):
        if isinstance(player, SlowPlayer):
            return player.ask(view)
        moves = player.act(view)
    return lambda: moves


@contextmanager
def _blaming(maker: int, t: int) -> Iterator[None]:
    """Say whose fault it is where a player cannot go on in round t (from 0)."""
    try:
        yield
    except UserError as error:
        raise StoppedError(maker, t + 1, error) from error


@dataclass(frozen=True)
class Answers:
    """What everybody has answered in one round."""

    probs: FloatArray  # [M,S,A]
    off_menu: FloatArray  # [M,S]
    texts: NDArray[np.object_]  # [M,S]
    unended: FloatArray  # [M,S]
    forfeit: FloatArray  # [M,S]
    samples: IntArray  # [M,S]
    readings: NDArray[np.object_]  # [M,S]

    @classmethod
    def none(cls, matches: int, seats: int, actions: int) -> "Answers":
        """Before anybody has answered."""
        shape = (matches, seats)
        return cls(
            probs=np.full((*shape, actions), np.nan),
            off_menu=np.zeros(shape),
            texts=np.full(shape, "", dtype=object),
            unended=np.zeros(shape),
            forfeit=np.zeros(shape),
            samples=np.zeros(shape, dtype=np.int64),
            readings=np.full(shape, "", dtype=object),
        )

    def take(self, matches: IntArray, seats: IntArray, moves: Moves, legal: BoolArray) -> None:
        """Take in the moves of the chairs (matches [B], seats [B]), legal [B,A]. Raises `ValueError` if they cannot be."""
        rows = (matches, seats)
        self.probs[rows] = fair(moves.probs, legal)
        for name in ("off_menu", "unended", "forfeit"):
            shares = getattr(moves, name)
            if len(shares):
                getattr(self, name)[rows] = share(name, shares, len(matches))
        self.samples[rows] = moves.samples
        for name in ("texts", "readings"):
            if getattr(moves, name) is not None:
                getattr(self, name)[rows] = np.array(getattr(moves, name), dtype=object)

    def commit(self, history: History, rolls: FloatArray) -> None:
        """Let the dice [M,S] choose, and write the round into the history."""
        history.commit(
            self.probs,
            choose_or_forfeit(self.probs, self.forfeit, rolls),
            self.off_menu,
            self.texts,
            unended=self.unended,
            forfeit=self.forfeit,
            samples=self.samples,
            readings=self.readings,
        )


def fair(probs: FloatArray, legal: BoolArray) -> FloatArray:
    """The distributions [B,A] as they are, once checked: of the right shape, finite, on legal actions only, summing to 1."""
    if probs.shape != legal.shape:
        raise ValueError(f"a move has shape {probs.shape}, the table has {legal.shape}")
    if not np.isfinite(probs).all() or (probs < 0).any():
        raise ValueError("a move distribution has a negative or non-finite entry")
    if (probs[~legal] > 0).any():
        raise ValueError("a move distribution puts mass on an illegal action")
    if np.abs(probs.sum(axis=1) - 1.0).max(initial=0.0) > 1e-9:
        raise ValueError("a move distribution does not sum to 1")
    return probs


def share(name: str, shares: FloatArray, rows: int) -> FloatArray:
    """Probabilities [B] as they are, once checked: so many, finite, and from 0 to 1 by what floats round."""
    if shares.shape != (rows,):
        raise ValueError(f"the {name} of a move has shape {shares.shape}, the table has {rows} rows")
    if not np.isfinite(shares).all() or shares.min() < -ROUNDING or shares.max() > 1.0 + ROUNDING:
        raise ValueError(f"the {name} of a move is no probability")
    return shares


def _foreseeing(view: View, probs: FloatArray, chair: Seated) -> View:
    foreseen = probs[chair.matches, 1 - chair.seats]
    if np.isnan(foreseen).any():
        raise ValueError("a player that foresees was seated against another that does")
    return View(**{**view.__dict__, "foreseen": read_only(foreseen)})

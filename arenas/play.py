"""The loop: who is asked what, and what becomes of the answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from arenas.dice import Dice, choose
from arenas.game import Game
from arenas.history import BoolArray, FloatArray, History, IntArray, Moves, View, read_only


@dataclass(frozen=True)
class Table:
    """What a player is told when it sits down: the game, and the seat of each of its chairs in this wave."""

    game: Game
    seats: IntArray  # [B]

    @property
    def rows(self) -> int:
        """B: the number of chairs."""
        return len(self.seats)


class Player(Protocol):
    """Whoever moves. It is made for one wave and dropped after it, and must be able to catch up from any first view."""

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
    """A player with its chairs: row b of its batch is seat seats[b] of match matches[b]."""

    player: Player
    matches: IntArray  # [B]
    seats: IntArray  # [B]


def take_seats(game: Game, makers: Sequence[Maker], chairs: IntArray) -> list[Seated]:
    """Make every entrant's player for a wave; chairs [M,S] says which maker sits where. Raises what a misfit raises.

    They are in the order in which they are asked: who is slow first, who foresees last.
    """
    seated = []
    for index in np.unique(chairs):
        matches, seats = np.nonzero(chairs == index)
        player = makers[index](Table(game, seats))
        seated.append(Seated(player, matches, seats))
    return sorted(seated, key=lambda s: (s.player.foresees, not isinstance(s.player, SlowPlayer)))


def play(game: Game, seated: Sequence[Seated], dice: Dice, history: History | None = None) -> Iterator[History]:
    """Play M matches in step, one yield a round; goes on from `history` where one is given."""
    matches, seats, rounds = dice.rolls.shape
    history = history or History.empty(matches, seats, rounds, game.width)
    sights = [game.sight(history, dice, chair.matches, chair.seats) for chair in seated]
    while history.played < rounds:
        probs = np.full((matches, seats, game.width), np.nan)
        off_menu, texts = np.zeros((matches, seats)), np.full((matches, seats), "", dtype=object)
        views = [sight.view(history) for sight in sights]
        promises = [_ask(chair.player, view) for chair, view in zip(seated, views, strict=True)]
        for chair, view, promise in zip(seated, views, promises, strict=True):
            rows = (chair.matches, chair.seats)
            moves = promise() if promise else chair.player.act(_foreseeing(view, probs, chair))
            probs[rows] = fair(moves.probs, view.legal)
            if len(moves.off_menu):
                off_menu[rows] = moves.off_menu
            if moves.texts is not None:
                texts[rows] = np.array(moves.texts, dtype=object)
        t = history.played
        history.commit(probs, choose(probs, dice.rolls[:, :, t]), off_menu, texts)
        history.settle(game.pay(history, t), game.expected_pay(history, t))
        yield history


def _ask(player: Player, view: View) -> Promise | None:
    """A slow player's promise, or what another answers at once; None of who must see the others' first."""
    if player.foresees:
        return None
    if isinstance(player, SlowPlayer):
        return player.ask(view)
    moves = player.act(view)
    return lambda: moves


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


def _foreseeing(view: View, probs: FloatArray, chair: Seated) -> View:
    foreseen = probs[chair.matches, 1 - chair.seats]
    if np.isnan(foreseen).any():
        raise ValueError("a player that foresees was seated against another that does")
    return View(**{**view.__dict__, "foreseen": read_only(foreseen)})

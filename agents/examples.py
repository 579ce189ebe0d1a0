"""Examples of answers that stand before a game: which actions they show, and in which order."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from arenas.game import Game

MOST_SHOWN = 12
"""Actions that one set of examples shows: of a longer menu each order shows so many, all orders together show all equally."""


@dataclass(frozen=True)
class Document:
    """A text that answers a writing task, with the task's topic and form."""

    topic: str
    form: str
    text: str


@dataclass(frozen=True)
class Examples:
    """How examples are told.

    `one` is the template of one of them: a piece of a text, or the question of a demonstrated turn of a chat. `all` is what
    stands in a text where its opening says {examples}; it holds {each}, all pieces, with `between` after every `together` of
    them. There are at least `number` of them, each action as often as any other, or so many `documents`; 0 shows none.
    `first` may stand in the place of the first `one` of each group, or of a chat; where a chat shows examples, `opening` may
    stand in the place of the style's own.
    """

    one: str
    all: str = "{each}"
    number: int = 1
    first: str | None = None
    opening: str | None = None
    together: int = 1
    between: str = ""
    documents: tuple[Document, ...] = ()

    def size(self, game: Game) -> int:
        """The rounds of one group: an example holds no more than the game does."""
        return min(self.together, game.rounds)

    def joined(self, pieces: Sequence[str], game: Game) -> str:
        """The pieces of a text in their groups."""
        size = self.size(game)
        groups = ["".join(pieces[first : first + size]) for first in range(0, len(pieces), size)]
        return "".join(group + self.between for group in groups)


def orders_of(game: Game, seat: int, with_theirs: bool) -> int:
    """The number of orders: as many as there are actions, times the other's actions where those are told too."""
    return len(game.actions[seat]) * (len(_others(game, seat)) if with_theirs else 1)


def rounds_shown(game: Game, seat: int, order: int, number: int) -> list[tuple[str, str]]:
    """At least `number` rounds, (own action, other's action), as examples show them in an order from 0 to `orders_of` - 1.

    One shuffled order of places is filled anew for each order, every action becoming the next one. So over all orders each
    action stands equally often in each place, the last included, and beside each action of the other.
    """
    mine, theirs = game.actions[seat], _others(game, seat)
    width = min(len(mine), MOST_SHOWN)
    times = -(-number // width)
    own, other = _places(width, times, "own"), _places(len(theirs), -(-width * times // len(theirs)), "other")
    turn, shift = order % len(mine), order // len(mine)
    step = 1 if width == len(mine) else next(n for n in range(width, 2 * len(mine)) if gcd(n, len(mine)) == 1)
    return [
        (mine[(i + step * turn) % len(mine)], theirs[(j + 2 * turn + shift) % len(theirs)])
        for i, j in zip(own, other, strict=False)
    ]


def documents_shown(examples: Examples, topic: str, order: int) -> list[Document]:
    """The first of the documents that are not about the topic asked for, in the order's rotation."""
    others = [document for document in examples.documents if document.topic != topic]
    start = order % len(others) if others else 0
    return (others[start:] + others[:start])[: examples.number]


def _others(game: Game, seat: int) -> tuple[str, ...]:
    return game.actions[1 - seat] if len(game.seats) == 2 else ("",)


def _places(width: int, times: int, name: str) -> list[int]:
    """Each of 0 to width - 1 as often as the others, in an order that depends on nothing else."""
    seed = int.from_bytes(hashlib.sha256(f"{name} {width} {times}".encode()).digest()[:8], "big")
    return [int(i) for i in np.random.default_rng(seed).permutation(np.tile(np.arange(width), times))]

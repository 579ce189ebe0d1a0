"""Matches between simulated players with habits drawn at random."""

from dataclasses import dataclass

import numpy as np

from agents.organisms.habits import (
    Copycat,
    Cycler,
    FrequencyLearner,
    Habit,
    Loose,
    Mixture,
    Past,
    RepeatAvoider,
    WinStayLoseShift,
)
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.rock_paper_scissors import RockPaperScissors

Payoff = tuple[tuple[float, ...], ...]
WORD_PAIRS = (
    ("left", "right"), ("red", "blue"), ("up", "down"), ("odd", "even"), ("north", "south"), ("black", "white"),
    ("yes", "no"), ("cat", "dog"), ("sun", "moon"), ("high", "low"), ("tea", "coffee"), ("stay", "go"), ("A", "B"),
)  # fmt: skip
WORD_TRIPLES = (("red", "green", "blue"), ("earth", "water", "fire"), ("A", "B", "C"), ("top", "middle", "bottom"))


def draw_weights(generator: np.random.Generator, actions: int) -> tuple[float, ...]:
    """A mixed strategy from a symmetric Dirichlet whose concentration is itself drawn: no action is favoured on average."""
    concentration = float(generator.choice([1.0, 3.0, 10.0, 30.0]))
    return tuple(generator.dirichlet(np.full(actions, concentration)).tolist())


def draw_habit(generator: np.random.Generator, payoff: Payoff) -> Habit:
    """A player for one match whose payoff [own actions][other's actions] is given."""
    actions = len(payoff)
    weights = draw_weights(generator, actions)
    start, step = int(generator.integers(actions)), int(generator.integers(1, actions))
    habits: tuple[Habit, ...] = (
        Mixture(weights),
        Cycler(actions, start, step),
        Copycat(actions, start),
        WinStayLoseShift(actions, start, step),
        FrequencyLearner(payoff, float(generator.uniform(0.6, 1.0))),
        RepeatAvoider(weights, float(generator.uniform(0.3, 1.0))),
    )
    kind = int(generator.choice(len(habits), p=[0.4, 0.1, 0.1, 0.15, 0.1, 0.15]))
    return Loose(habits[kind], float(generator.uniform(0.2, 1.0)), draw_weights(generator, actions))


@dataclass(frozen=True)
class Match:
    """The rounds of a match as one seat saw them: moves as indices, and own points."""

    game: MatrixGame
    seat: int
    mine: tuple[int, ...]
    theirs: tuple[int, ...]
    pay: tuple[float, ...]

    @property
    def my_words(self) -> list[str]:
        """Own moves as words."""
        return [self.game.actions[self.seat][move] for move in self.mine]

    @property
    def their_words(self) -> list[str]:
        """The other's moves as words."""
        return [self.game.actions[1 - self.seat][move] for move in self.theirs]


def draw_match(generator: np.random.Generator, game: MatrixGame, rounds: int) -> Match:
    """The first `rounds` rounds between two drawn players, seen from a drawn seat."""
    tables = [_table(game, seat) for seat in (0, 1)]
    habits = [draw_habit(generator, table) for table in tables]
    moves: tuple[list[int], list[int]] = ([], [])
    points: tuple[list[float], list[float]] = ([], [])
    rolls = generator.random((rounds, 2))
    for t in range(rounds):
        mixes = [habits[s].mix(Past(moves[s], moves[1 - s], points[s])) for s in (0, 1)]
        chosen = [_rolled(mix, roll) for mix, roll in zip(mixes, rolls[t], strict=True)]
        for s in (0, 1):
            moves[s].append(chosen[s])
            points[s].append(tables[s][chosen[s]][chosen[1 - s]])
    seat = int(generator.integers(2))
    return Match(game, seat, tuple(moves[seat]), tuple(moves[1 - seat]), tuple(points[seat]))


def draw_game(generator: np.random.Generator, rounds: int) -> MatrixGame:
    """A game of `rounds` rounds: rock-paper-scissors, hide-and-seek with some number of places, or a game of words."""
    kind = generator.random()
    if kind < 0.4:
        return RockPaperScissors(rounds)
    if kind < 0.7:
        places = 4 if generator.random() < 0.65 else int(generator.integers(2, 13))
        return HideAndSeek(places, rounds)
    if kind < 0.85:
        return Matrix(rounds=rounds)
    if kind < 0.95:
        pair = WORD_PAIRS[generator.integers(len(WORD_PAIRS))]
        return Matrix(_small_payoffs(generator, 2), pair, pair, rounds)
    triple = WORD_TRIPLES[generator.integers(len(WORD_TRIPLES))]
    return Matrix(_small_payoffs(generator, 3), triple, triple, rounds)


def _small_payoffs(generator: np.random.Generator, actions: int) -> Payoff:
    if actions == 2 and generator.random() < 0.5:
        return ((1.0, -1.0), (-1.0, 1.0))
    return tuple(tuple(float(p) for p in row) for row in generator.integers(-2, 3, (actions, actions)))


def _table(game: MatrixGame, seat: int) -> Payoff:
    mine, theirs = len(game.actions[seat]), len(game.actions[1 - seat])
    return tuple(tuple(row) for row in game.payoff[seat, :mine, :theirs].tolist())


def _rolled(mix: list[float], roll: float) -> int:
    total = 0.0
    for action, share in enumerate(mix):
        total += share
        if roll < total:
            return action
    return max(range(len(mix)), key=mix.__getitem__)

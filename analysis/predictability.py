"""How well a player can be foretold while it plays: the code length of its moves, and the hits of the best predictor."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from analysis.answered import SILENT, elsewhere
from analysis.chairs import Chair, shuffled_places, sittings
from analysis.entropy_rate import Moves, entropy_rate
from analysis.halves import BestOfMany, best_of_many
from analysis.interval import Estimate, stratified
from analysis.resampling import sample_of
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, BoolArray, FloatArray, History, IntArray, SeedArray
from arenas.matrix_game import MatrixGame
from arenas.play import Table
from opponents.ctw import ContextTree
from opponents.learner import HISTORIES, Learner
from opponents.opponent import OPPONENTS
from opponents.predictor import Listener

SAMPLED_ROUNDS = 20_000
"""Rounds of each chair that predictors are let loose on; of a longer run, matches are drawn by chance."""
LEAST_MATCHES = 20
"""Matches of each chair that are read, however long they are."""
CODER = ContextTree(depth=6, history="joint")
"""Among the predictors here the one that codes people's moves in the fewest bits; the better guessers are over-confident."""


KeptMatch = tuple[str, int, IntArray, IntArray, FloatArray, BoolArray]
"""Opponent, seat, moves own and other [T] of the valid rounds, distributions [T,A], and which rounds [T] are measured: those
in which more than half of the probability is on no answer are heard only."""


@dataclass(frozen=True)
class Predictability:
    """How a chair's moves can be foretold: by who begins a match knowing nothing, and by who has studied other matches.

    bits: code length a round of the moves chosen, by context tree weighting (Willems, Shtarkov & Tjalkens 1995): above the
    entropy rate by what there is to learn. hits: the share of rounds that the best predictor foretells, expected over the
    player's own probabilities. rate: bits a round for who has learned from the other half of the matches
    (`analysis.entropy_rate`). All are means over opponents in equal parts, on `matches` matches.
    """

    chair: Chair
    bits: Estimate
    hits: BestOfMany | None
    matches: int
    rate: Estimate | None


@dataclass
class Sampled:
    """Matches of one chair, drawn by their places in a shuffled order."""

    places: SeedArray = field(default_factory=lambda: np.zeros(0, np.uint64))
    kept: list[KeptMatch] = field(default_factory=list)

    def cut(self, most: int) -> None:
        """Keep those of the lowest places."""
        order = np.argsort(self.places, kind="stable")[:most]
        self.places, self.kept = self.places[order], [self.kept[place] for place in order.tolist()]


class MatchSample:
    """Keeps some matches of every chair of these agents, in the games that have a payoff matrix; which, chance has decided."""

    def __init__(self, agents: Collection[str], run_seed: int) -> None:
        self._agents, self._seed = agents, run_seed
        self.chairs: dict[Chair, Sampled] = {}
        self.games: dict[str, MatrixGame] = {}

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        if not isinstance(game, MatrixGame):
            return
        self.games[fixtures[0].arena] = game
        places, most = shuffled_places(self._seed, fixtures), max(SAMPLED_ROUNDS // game.rounds, LEAST_MATCHES)
        for sitting in sittings(game, fixtures, self._agents):
            sampled = self.chairs.setdefault(sitting.chair, Sampled())
            mine = places[sitting.matches]
            answered = (history.chosen[sitting.matches, :, : history.played] != FORFEIT).all(axis=1).any(axis=1)
            wanted = np.argsort(mine, kind="stable")
            wanted = wanted[answered[wanted]][:most]
            if len(sampled.kept) >= most:
                wanted = wanted[mine[wanted] < sampled.places.max()]
            sampled.places = np.concatenate([sampled.places, mine[wanted]])
            for match, seat in zip(sitting.matches[wanted].tolist(), sitting.seats[wanted].tolist(), strict=True):
                sampled.kept.append(_match(history, fixtures[match], match, seat))
            sampled.cut(most)


def _match(history: History, fixture: Fixture, match: int, seat: int) -> KeptMatch:
    t = history.played
    own, other = history.chosen[match, seat, :t], history.chosen[match, 1 - seat, :t]
    valid = (own != FORFEIT) & (other != FORFEIT)
    lost = elsewhere(*(getattr(history, name)[match, seat, :t] for name in ("off_menu", "unended", "forfeit")))
    arrays = (own, other, history.probs[match, seat, :t], lost <= SILENT)
    return fixture.line_up[1 - seat], seat, *(array[valid] for array in arrays)


def predictors() -> Iterator[tuple[str, Learner]]:
    """Every registered opponent that is a predictor and nothing else, looking at either side's moves and at both."""
    for name in OPPONENTS.names():
        kind: Any = OPPONENTS.get(name)
        if issubclass(kind, Learner):
            if "history" in {part.name for part in fields(kind)}:
                yield from ((f"{name} of {_side(history)}", kind(history=history)) for history in HISTORIES)
            else:
                yield name, kind()


def _side(history: str) -> str:
    # a predictor's own moves are those of the player's opponent
    return {"own": "the opponent's moves", "other": "its moves", "joint": "both sides' moves"}[history]


def predictability(game: MatrixGame, chair: Chair, sampled: Sampled) -> Predictability | None:
    """What the predictors make of some matches of a chair; None where no round of them can be measured."""
    sampled = Sampled(kept=[match for match in sampled.kept if match[-1].any()])
    if not sampled.kept:
        return None
    bits = np.zeros(len(sampled.kept))
    hits = {name: np.zeros(len(sampled.kept)) for name, _ in predictors()}
    lengths = np.array([len(own) for _, _, own, *_ in sampled.kept])
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        matches = Matches.of([sampled.kept[row] for row in rows.tolist()])
        bits[rows] = matches.code_length(game)
        for name, learner in predictors():
            hits[name][rows] = matches.hits(game, learner)
    strata: Mapping[tuple[str, int], IntArray] = _strata(sampled)
    code = stratified([sample_of(bits[rows]) for rows in strata.values()])
    twice = [rows for rows in strata.values() if len(rows) > 1]
    best = best_of_many({name: [values[rows] for rows in twice] for name, values in hits.items()}) if twice else None
    counted = np.concatenate([match[-1] for match in sampled.kept])
    moves = Moves.of([match[2:5] for match in sampled.kept], len(game.actions[chair.seat]), counted)
    return Predictability(chair, code, best, len(bits), entropy_rate(moves, strata))


def _strata(sampled: Sampled) -> dict[tuple[str, int], IntArray]:
    """The rows of the matches against each opponent in each seat."""
    found: dict[tuple[str, int], list[int]] = {}
    for row, (opponent, seat, *_) in enumerate(sampled.kept):
        found.setdefault((opponent, seat), []).append(row)
    return {key: np.array(found[key]) for key in sorted(found)}


@dataclass(frozen=True)
class Matches:
    """Moves of B matches of T rounds."""

    seats: IntArray  # [B]
    own: IntArray  # [B,T]
    other: IntArray  # [B,T]
    probs: FloatArray  # [B,T,A]
    counted: BoolArray  # [B,T] the rounds that are measured, of each match at least one

    @classmethod
    def of(cls, kept: Sequence[KeptMatch]) -> "Matches":
        """Matches that are equally long."""
        _, seats, own, other, probs, counted = zip(*kept, strict=True)
        return cls(np.array(seats), *(np.stack(each) for each in (own, other, probs, counted)))

    def code_length(self, game: MatrixGame) -> FloatArray:
        """Bits a round [B] in which the coder writes the moves chosen."""
        rows, total = np.arange(len(self.own)), np.zeros(len(self.own))
        for t, belief in enumerate(self._beliefs(game, CODER)):
            total -= self.counted[:, t] * np.log2(belief[rows, self.own[:, t]])
        return np.asarray(total / self.counted.sum(axis=1))

    def hits(self, game: MatrixGame, learner: Learner) -> FloatArray:
        """The probability [B], a mean over rounds, that the player makes the move believed likeliest; ties are shared."""
        total = np.zeros(len(self.own))
        for t, belief in enumerate(self._beliefs(game, learner)):
            likeliest = belief >= belief.max(axis=1, keepdims=True) - 1e-12
            total += self.counted[:, t] * (self.probs[:, t] * likeliest).sum(axis=1) / likeliest.sum(axis=1)
        return np.asarray(total / self.counted.sum(axis=1))

    def _beliefs(self, game: MatrixGame, learner: Learner) -> Iterator[FloatArray]:
        """What the learner, seated opposite, believes of the next move before each round."""
        listener: Listener = learner.predictor(Table(game, 1 - self.seats))
        for t in range(self.own.shape[1]):
            yield listener.belief()
            listener.hear(self.other[:, t], self.own[:, t])

"""A player's tells: what it does too often or too rarely in a situation, and what that is worth to who knows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.chairs import Chair
from analysis.contexts import ChairContexts, Context, ContextSums
from analysis.grouped import of_the_best, ratios, without_each
from analysis.interval import Estimate
from analysis.resampling import holm
from arenas.history import BoolArray, FloatArray, IntArray
from opponents.outcome import EVEN

SIGNIFICANT = 0.05
ADDS = 0.25
"""A tell that brings less than this part of its worth to who knows the greater ones already is theirs in other words."""
LEAST, LEAST_WORTH = 0.002, 0.01
"""Points a round, of the largest payoff, that a tell must add over all rounds, and be worth in its own, to be told."""
MUCH_NARROWER = 0.5
"""A situation that brings nearly all that a wider one does is told in its place if it comes at most this much as often."""
KNOWN, LEAST_ROUNDS = 0.75, 2
"""Situations are looked at that this share of the groups of matches know, and that come so often in a group on average: with
fewer, Student's t says "sure" too often."""
PER_CHAIR = 8
"""Most tells that are told of a chair."""


@dataclass(frozen=True)
class Tell:
    """In one situation of a context a player makes one move (or step) too often or too rarely.

    move: that from which the best answer there gains most, as against even play. probability: of that move there. answer: the
    best answer, counted like the move. worth: points a round beyond the game's value that it wins there. share: how often the
    situation comes, of all rounds. p: of there being nothing to win, corrected for all answers and all situations looked at
    (Holm 1979). added: points a round of all rounds that it brings to who knows the tells before it. elsewhere: the mean
    probability on no answer there, which is never so high that nothing is concluded.
    """

    chair: Chair
    context: Context
    situation: int
    move: int
    answer: int
    probability: Estimate
    worth: Estimate
    share: float
    p: float
    added: float = 0.0
    elsewhere: float = 0.0

    @property
    def brings(self) -> float:
        """Points a round, over all rounds."""
        return self.worth.mean * self.share

    @property
    def sure(self) -> bool:
        """Whether it is more than chance gives, with all that was looked at."""
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class Looked:
    """A situation that was looked at, with what is needed to see whose tell it repeats."""

    tell: Tell
    states: BoolArray  # [F]
    won: FloatArray  # [F] points in all rounds of each state, by the tell's answer


def strongest(chairs: Sequence[tuple[Chair, ChairContexts]]) -> list[Tell]:
    """The sure tells of some chairs of one agent, the most worth first; each adds something to those of its chair before it.

    All situations of all the chairs are one family of tests.
    """
    looked = [_situations(chair, contexts) for chair, contexts in chairs]
    everything = [case.tell.p for cases in looked for case in cases]
    corrected = iter(holm(everything))
    found: list[Tell] = []
    for (_, contexts), cases in zip(chairs, looked, strict=True):
        sure = [replace(case, tell=replace(case.tell, p=next(corrected))) for case in cases]
        largest = float(np.abs(contexts.game.payoff).max())
        worthy = [case for case in sure if case.tell.sure and case.tell.worth.mean >= LEAST_WORTH * largest]
        found += _distinct(worthy, float(contexts.sums.counts.sum()), LEAST * largest)
    return sorted(found, key=lambda tell: (-tell.brings, tell.chair, tell.context.name, tell.situation))


def _situations(chair: Chair, contexts: ChairContexts) -> list[Looked]:
    """Every situation that comes often enough for a test, with its uncorrected p-value."""
    cases = []
    whole = contexts.sums.counts.sum()
    for context in contexts.known():
        sums = contexts.read(context)
        probs, variances, _ = ratios(sums.probs, sums.counts[:, :, None])
        answers = sums.best(sums.probs.sum(axis=0))
        groups, rounds = (sums.counts > 0).sum(axis=0), sums.counts.sum(axis=0)
        played = int((sums.counts.sum(axis=1) > 0).sum())
        enough = (groups >= max(KNOWN * played, 2)) & (rounds >= LEAST_ROUNDS * played)
        for situation in np.flatnonzero(enough).tolist():
            answer, freedom = int(answers[situation]), float(groups[situation]) - 1.0
            move = _telling(probs[situation], sums.responses[answer])
            value = _worth(sums, situation)
            likely = Estimate(float(probs[situation, move]), float(variances[situation, move]), freedom)
            share = float(rounds[situation] / whole)
            tell = Tell(
                chair,
                context,
                situation,
                move,
                answer,
                likely,
                value,
                share,
                _chance(sums, situation),
                elsewhere=float(sums.elsewhere[situation]),
            )
            cases.append(Looked(tell, sums.of_state == situation, _won(contexts, sums, answer)))
    return cases


def _telling(probs: FloatArray, won: FloatArray) -> int:
    """The move, of probabilities [n], that is off even play to the most gain of an answer that wins [n] from each.

    Of equal ones the likeliest: what is played too often is told rather than what is therefore played too rarely.
    """
    gained = (probs - 1.0 / len(probs)) * won
    return int(np.where(gained >= gained.max() - EVEN, probs, -1.0).argmax())


def _worth(sums: ContextSums, situation: int) -> Estimate:
    """Points a round of the situation that its best answer wins."""
    probs, counts = sums.probs[:, [situation]], sums.counts[:, situation]
    left = np.nan_to_num(sums.best_mean(without_each(probs)))
    return of_the_best(float(sums.best_mean(probs.sum(axis=0))), left, counts, float(sums.apart[situation] / counts.sum()))


def _chance(sums: ContextSums, situation: int) -> float:
    """The p-value of nothing being won in a situation: one-sided t-tests of every answer, corrected for their number."""
    won, variance, groups = ratios(sums.probs[:, situation] @ sums.responses.T, sums.counts[:, [situation]])  # [m]
    answer = int(won.argmax())
    if not variance[answer] > 0:
        return 0.0 if won[answer] > EVEN else 1.0
    from scipy.special import stdtr

    return min(1.0, len(won) * float(stdtr(groups[0] - 1.0, -won[answer] / np.sqrt(variance[answer]))))


def _won(contexts: ChairContexts, sums: ContextSums, answer: int) -> FloatArray:
    """Points [F] that an answer wins in each state, over all its rounds."""
    actions = (np.arange(contexts.sums.n) + sums.origin[:, None]) % contexts.sums.n
    events: FloatArray = np.take_along_axis(contexts.probs.sum(axis=0), actions, axis=1)
    return np.asarray(events @ sums.responses[answer])


def _distinct(cases: Sequence[Looked], rounds: float, least: float) -> list[Tell]:
    """The tells that bring most, one after the other, each measured by what it adds to those before."""
    if not cases:
        return []
    known: FloatArray = np.zeros(len(cases[0].states))
    left, told = list(cases), list[Tell]()
    while left and len(told) < PER_CHAIR:
        added: list[float] = [float((case.won - known)[case.states].sum()) / rounds for case in left]
        best = _narrowed(left, added, _first_best(added))
        case = left.pop(best)
        if added[best] >= max(ADDS * case.tell.brings, least):
            told.append(replace(case.tell, added=added[best]))
            known = np.where(case.states, case.won, known)
    return told


def _narrowed(cases: Sequence[Looked], added: Sequence[float], place: int) -> int:
    """The place of the narrowest case within this one that adds nearly as much: there the tell is, and not in the rest."""
    wide = cases[place]
    within = [
        other
        for other, case in enumerate(cases)
        if case.tell.share <= MUCH_NARROWER * wide.tell.share
        and added[other] >= (1.0 - ADDS) * added[place]
        and not (case.states & ~wide.states).any()
    ]
    return min(within, key=lambda other: cases[other].tell.share, default=place)


def _first_best(added: Sequence[float]) -> int:
    """The place of the highest, the first of those that differ from it by rounding only."""
    places: IntArray = np.flatnonzero(np.array(added) >= max(added) - 1e-12)
    return int(places[0])

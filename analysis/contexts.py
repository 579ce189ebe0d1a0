"""What a player's next move depends on: each context's entropy in bits, and what is won by who knows it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.answered import SILENT
from analysis.best_response import TIE, stage_payoff
from analysis.grouped import halvings, jackknife, of_the_best, without_each
from analysis.interval import Estimate
from analysis.near_zero import Within, never_negative
from analysis.score import entropy
from analysis.states import SURE, StateSums, shares
from arenas.history import BoolArray, FloatArray, IntArray
from arenas.matrix_game import MatrixGame
from opponents.outcome import EVEN

WIN, TIE_OUTCOME, LOSS = 0, 1, 2
MOST_SITUATIONS = 300
"""Contexts that tell more situations apart are left out of the tables: they would hold a handful of rounds each."""


@dataclass(frozen=True)
class Past:
    """The last rounds of states [F], latest first: own and other's moves, 0 where there were fewer rounds."""

    own: tuple[IntArray, ...]
    other: tuple[IntArray, ...]
    outcome: IntArray  # of the last round: WIN, TIE_OUTCOME or LOSS
    rounds: IntArray  # how many are known
    m: int
    n: int


@dataclass(frozen=True)
class Context:
    """What situations are told apart by once `looks_back` rounds were played; `steps` counts moves from the own last one.

    `digits` says what a situation's number is made of: a letter or figure for each part, with so many values.
    """

    name: str
    title: str
    looks_back: int
    digits: str
    situation: Callable[[Past], IntArray]
    steps: bool = False

    def situations(self, m: int, n: int) -> int:
        """How many there are, with m actions of the other and n own ones."""
        return math.prod({"m": m, "n": n}.get(digit) or int(digit) for digit in self.digits)


def _nothing(past: Past) -> IntArray:
    return np.zeros_like(past.outcome)


def _step(past: Past) -> IntArray:
    return (past.own[0] - past.own[1]) % past.n


# the dependencies that Brockbank & Vul 2024 looked for in people, from the side of the player that is read
CONTEXTS: tuple[Context, ...] = (
    Context("always", "nothing", 0, "", _nothing),
    Context("opening", "the first round", 0, "2", lambda past: np.minimum(past.rounds, 1)),
    Context("outcome", "last outcome", 1, "3", lambda past: past.outcome),
    Context("own", "own last move", 1, "n", lambda past: past.own[0]),
    Context("other", "other's last move", 1, "m", lambda past: past.other[0]),
    Context("outcome_own", "outcome, own move", 1, "3n", lambda past: past.outcome * past.n + past.own[0]),
    Context("both", "last round", 1, "mn", lambda past: past.other[0] * past.n + past.own[0]),
    Context("own_two", "own last two moves", 2, "nn", lambda past: past.own[1] * past.n + past.own[0]),
    Context("other_two", "other's last two", 2, "mm", lambda past: past.other[1] * past.m + past.other[0]),
    Context(
        "both_two",
        "last two rounds",
        2,
        "mnmn",
        lambda past: ((past.other[1] * past.n + past.own[1]) * past.m + past.other[0]) * past.n + past.own[0],
    ),
    Context("step", "own step", 1, "", _nothing, steps=True),
    Context("outcome_step", "step by outcome", 1, "3", lambda past: past.outcome, steps=True),
    Context(
        "dual",
        "step by outcome, step",
        2,
        "3n",
        lambda past: past.outcome * past.n + _step(past),
        steps=True,
    ),
)


@dataclass(frozen=True)
class ContextReading:
    """One context of one chair. All is over groups of matches; entropies have the jackknife's correction of bias.

    bits: entropy of the move given the context. gain: what it says of the move, the largest entropy less `bits`. beyond: the
    same less what the plain frequencies of these rounds say; of steps, this may be negative. worth: points a round beyond the
    game's value for an opponent who knows this context and nothing else. sure: share of rounds in situations with a move above
    90 %; certain: share of the situations that came up which are such (Brockbank & Vul 2024). Where situations come a few times
    only, as those of two rounds do, entropies are held with 92 instead of 95 %.
    """

    context: Context
    probs: FloatArray  # [S,n] of moves, or of steps
    share: FloatArray  # [S] of the rounds
    bits: Within
    gain: Within
    beyond: Within
    worth: Estimate
    sure: float
    certain: float
    elsewhere: FloatArray  # [S] probability on no answer; what is silent is in none of these numbers

    @property
    def situations(self) -> int:
        """How many came up."""
        return int((self.share > 0).sum())


@dataclass(frozen=True)
class ContextSums:
    """A chair's sums by the situations of one context: the events counted are moves, or steps."""

    context: Context
    probs: FloatArray  # [G,S,n]
    moves: FloatArray  # [G,n] plain moves of the same rounds
    of_state: IntArray  # [F] the situation of each state, -1 where it has none
    origin: IntArray  # [F] what steps are counted from
    responses: FloatArray  # [m,n] points of the responder beyond the game's value
    elsewhere: FloatArray  # [S] mean probability on no answer

    @cached_property
    def counts(self) -> FloatArray:
        """Rounds [G,S]; a distribution sums to 1."""
        return np.asarray(self.probs.sum(axis=2))

    @property
    def often(self) -> bool:
        """Whether situations come as often as there are groups, so that draws are enough to correct what few of them add."""
        came, groups = (self.counts.sum(axis=0) > 0).sum(), (self.counts.sum(axis=1) > 0).sum()
        return bool(groups > 1 and self.counts.sum() >= came * groups)

    def best(self, probs: FloatArray) -> IntArray:
        """The best response [...,S] to sums [...,S,n]; the first of equally good ones."""
        worth = probs @ self.responses.T
        scale = np.abs(self.responses).max(initial=1.0) * np.maximum(probs.sum(axis=-1, keepdims=True), 1.0)
        return np.asarray((worth >= worth.max(axis=-1, keepdims=True) - 1e3 * TIE * scale).argmax(axis=-1))

    def best_mean(self, probs: FloatArray) -> FloatArray:
        """Points a round [...] that the best responses win from sums [...,S,n]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((probs @ self.responses.T).max(axis=-1).sum(axis=-1) / probs.sum(axis=(-2, -1)))

    @cached_property
    def apart(self) -> FloatArray:
        """Points [S] in all rounds that responses win which were chosen on one half of the groups, in the other half."""
        first = halvings(self.counts.sum(axis=1) > 0).astype(np.float64)
        one = np.tensordot(first, self.probs, 1)  # [HALVINGS,S,n]
        other = self.probs.sum(axis=0) - one
        won = (self.responses[self.best(one)] * other + self.responses[self.best(other)] * one).sum(axis=2)
        return np.asarray(won.mean(axis=0))


class ChairContexts:
    """All contexts of a chair that its sums reach back to; what there is no answer in is left out of all of them."""

    def __init__(self, game: MatrixGame, seat: int, sums: StateSums) -> None:
        self.game, self.seat, self.sums = game, seat, sums.answered()
        self._played = sums.without(sums.silent_rounds())
        self.responses = stage_payoff(game, 1 - seat) - game.value(1 - seat)
        self.past = _past(game, seat, sums)
        self.probs = np.ascontiguousarray(self.sums.probs.transpose(1, 2, 0))  # [G,F,n]
        self.round_robin = _goes_round(self.responses)

    def known(self) -> list[Context]:
        """The contexts that make sense in this game, and of which any situation is answered."""
        m, n = self.sums.m, self.sums.n
        return [
            context
            for context in CONTEXTS
            if context.looks_back <= self.sums.depth
            and context.situations(m, n) <= MOST_SITUATIONS
            and (self.round_robin or not context.steps)
            and self.read(context).counts.any()
        ]

    def read(self, context: Context) -> ContextSums:
        """The sums by the situations of a context."""
        able = self.past.rounds >= context.looks_back
        of_state = np.where(able, context.situation(self.past), -1)
        lost = self._elsewhere(of_state, able, context.situations(self.sums.m, self.sums.n))
        able &= lost[of_state] <= SILENT
        origin = self.past.own[0] if context.steps else np.zeros_like(of_state)
        actions = (np.arange(self.sums.n) + origin[:, None]) % self.sums.n  # [F,n]
        events = np.take_along_axis(self.probs, actions[None], axis=2) if context.steps else self.probs
        probs = np.zeros((len(events), context.situations(self.sums.m, self.sums.n), self.sums.n))
        np.add.at(probs.swapaxes(0, 1), of_state[able], events[:, able].swapaxes(0, 1))
        moves = self.probs[:, able].sum(axis=1)
        return ContextSums(context, probs, moves, np.where(able, of_state, -1), origin, self.responses, lost)

    def _elsewhere(self, of_state: IntArray, able: BoolArray, situations: int) -> FloatArray:
        """The mean probability on no answer [S] in each situation, but for rounds that are silent as a whole."""
        lost, counts = np.zeros(situations), np.zeros(situations)
        np.add.at(lost, of_state[able], self._played.lost.sum(axis=0)[able])
        np.add.at(counts, of_state[able], self._played.counts.sum(axis=0)[able])
        return shares(lost, counts)


def reading(sums: ContextSums) -> ContextReading:
    """The numbers of a context."""
    counts, total = sums.counts, sums.probs.sum(axis=0)
    sizes, left, most = counts.sum(axis=1), without_each(sums.probs), float(np.log2(sums.probs.shape[2]))
    whole, less = conditional_entropy(total), conditional_entropy(left)
    plain = conditional_entropy(sums.moves.sum(axis=0)[None])
    plain_less = conditional_entropy(without_each(sums.moves)[:, None])
    gain = never_negative(float(most - whole), most - less, sizes)
    best, best_left = sums.best_mean(total), sums.best_mean(left)
    apart = float(sums.apart.sum() / sizes.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        probs, share = total / total.sum(axis=1, keepdims=True), total.sum(axis=1) / total.sum()
    above = np.nan_to_num(probs).max(axis=1) > SURE + EVEN
    return ContextReading(
        context=sums.context,
        probs=probs,
        share=share,
        bits=gain.less_than(most),
        gain=gain,
        beyond=_beyond(float(plain - whole), plain_less - less, sizes, sums.context.steps),
        worth=of_the_best(float(best), best_left, sizes, apart),
        sure=float(share[above].sum()),
        certain=float(above[share > 0].mean()),
        elsewhere=sums.elsewhere,
    )


def _beyond(whole: float, left: FloatArray, sizes: FloatArray, steps: bool) -> Within:
    """What is said of a move beyond the plain shares, or of a step, of which that may be less than nothing."""
    if not steps:
        return never_negative(whole, left, sizes)
    estimate = jackknife(whole, left, sizes)
    return Within(estimate.mean, estimate.mean - estimate.half_width, estimate.mean + estimate.half_width)


def conditional_entropy(sums: FloatArray) -> FloatArray:
    """Bits [...] of an event given its situation, from sums [...,S,n]; the plug-in estimate."""
    counts = sums.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        probs = np.nan_to_num(sums / counts[..., None])
        return np.asarray((counts * entropy(probs)).sum(axis=-1) / counts.sum(axis=-1))


def _past(game: MatrixGame, seat: int, sums: StateSums) -> Past:
    lengths = np.repeat(np.arange(sums.depth + 1), np.diff(sums.starts))
    rest = np.arange(sums.states) - sums.starts[lengths]
    own, other = [], []
    for _ in range(2):
        rest, digit = np.divmod(rest, sums.m * sums.n)
        other.append(digit // sums.n)
        own.append(digit % sums.n)
    gain = game.payoff[seat, own[0], other[0]] - game.value(seat)
    outcome = np.where(gain > EVEN, WIN, np.where(gain < -EVEN, LOSS, TIE_OUTCOME))
    return Past(tuple(own), tuple(other), outcome, lengths, sums.m, sums.n)


def _goes_round(payoff: FloatArray) -> bool:
    """Whether payoff [m,n] stays the same when both move on by one action, so that a step is worth the same from anywhere."""
    return payoff.shape[0] == payoff.shape[1] and np.array_equal(np.roll(payoff, (1, 1), (0, 1)), payoff)

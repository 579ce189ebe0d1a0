"""Measures of all sequences of an agent together: how evenly it uses the answers, and what follows what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.grouped import halvings, jackknife, of_the_best
from analysis.near_zero import Within, never_negative
from analysis.randomness import chance
from analysis.randomness.collected import PARTS, Kept
from analysis.randomness.measures import Measure
from analysis.randomness.single import CHI_SQUARE, DIVERGENCE, ENTROPY, EXACT, LARGEST, MOST_SHOWN, PROBABILITY
from analysis.randomness.tasks import Task
from analysis.score import entropy
from arenas.history import BoolArray, FloatArray

MOST_PAIRS = 12
"""Most answers of which the probability of each after each is a measure of its own."""
POOLED, FIRST_ORDER, AFTER = "chi-square of all answers", "first-order information", "probability after"


def overall_measures(task: Task, agent: str, kept: Sequence[Kept]) -> list[Measure]:
    """Measures of the mean distribution over all steps, of all answers counted together, and of each after each."""
    n = sum(one.matches for one in kept)
    return [*_pooled(task, agent, kept, n), *_mean_distribution(task, agent, kept, n), *_conditional(task, agent, kept, n)]


def _pooled(task: Task, agent: str, kept: Sequence[Kept], n: int) -> list[Measure]:
    """Pearson's statistic of all answers of all sequences; it grows with their number where they are not uniform."""
    counts = sum(one.counts for one in kept)
    draws = int(np.sum(counts))
    value = float((np.asarray(counts, dtype=np.float64) ** 2).sum() * task.count / draws - draws)
    expected, low, high = chance.expected_chi_square(draws, task.count)
    return [
        Measure(
            POOLED,
            agent,
            value,
            expected=expected,
            expected_low=low,
            expected_high=high,
            n=n,
            source="Pearson 1900",
            task=task.title,
        )
    ]


def _mean_distribution(task: Task, agent: str, kept: Sequence[Kept], n: int) -> list[Measure]:
    """What the mean of the distributions says; parts of the sequences are left out in turn to see how sure it is."""
    dealt = Dealt.of(kept)
    even = np.full(task.count, 1.0 / task.count)
    found = []
    for name, (function, source) in EXACT.items():
        key = task.words[int(dealt.whole.argmax())] if name == LARGEST else ""
        value = _within(name, dealt, function)
        found.append(_measure(f"{name} overall", agent, value, float(function(even)), n, source, task, key))
    for place, word in enumerate(task.words if task.count <= MOST_SHOWN else ()):
        share = jackknife(float(dealt.whole[place]), dealt.left[:, place], dealt.sizes)
        low, high = max(share.mean - share.half_width, 0.0), min(share.mean + share.half_width, 1.0)
        value = Within(float(dealt.whole[place]), low, high)
        found.append(_measure(PROBABILITY, agent, value, 1.0 / task.count, n, "", task, word))
    return found


@dataclass(frozen=True)
class Dealt:
    """The mean distribution of all sequences [K], of those without each part [G,K], and the sequences in each part [G].

    halves [2,HALVINGS,K] are the mean distributions of both halves of the parts, in several ways of halving them.
    """

    whole: FloatArray
    left: FloatArray
    sizes: FloatArray
    halves: FloatArray

    @classmethod
    def of(cls, kept: Sequence[Kept]) -> "Dealt":
        """Of sequences in several wordings, which count in equal parts."""
        sizes = np.sum([one.part_matches for one in kept], axis=0)
        first = halvings(sizes > 0)
        return cls(
            _mean_without(kept, np.zeros((1, PARTS), dtype=np.bool_))[0],
            _mean_without(kept, np.eye(PARTS, dtype=np.bool_)),
            sizes.astype(np.float64),
            np.stack([_mean_without(kept, first), _mean_without(kept, ~first)]),
        )


def _mean_without(kept: Sequence[Kept], out: BoolArray) -> FloatArray:
    """The mean distributions [R,K] without the parts out [R,PARTS], wordings in equal parts.

    A wording of which nothing would be left, as of one whose sequences are all alike and count once, stays whole.
    """
    means = []
    for one in kept:
        total = ~out @ one.probs
        total = np.where(total.sum(axis=1, keepdims=True) > 0, total, one.probs.sum(axis=0))
        means.append(total / total.sum(axis=1, keepdims=True))
    return np.asarray(np.mean(means, axis=0))


def _within(name: str, dealt: Dealt, function: Callable[[FloatArray], FloatArray]) -> Within:
    """A measure of the mean distribution with its interval."""
    whole, left = float(function(dealt.whole)), function(dealt.left)
    most = float(np.log2(len(dealt.whole)))
    if name == ENTROPY:
        return never_negative(most - whole, most - left, dealt.sizes).less_than(most)
    if name in (DIVERGENCE, CHI_SQUARE):
        return never_negative(whole, left, dealt.sizes)
    estimate = of_the_best(whole, left, dealt.sizes, _chosen_apart(name, dealt))
    return Within(estimate.mean, max(estimate.mean - estimate.half_width, 0.0), min(estimate.mean + estimate.half_width, 1.0))


def _chosen_apart(name: str, dealt: Dealt) -> float:
    """The probability of the answer that is likeliest in the other half; or how far those above 1/K there are so here, too."""
    there, here = dealt.halves, dealt.halves[::-1]
    if name == LARGEST:
        return float(np.take_along_axis(here, there.argmax(axis=-1)[..., None], axis=-1).mean())
    even = 1.0 / there.shape[-1]
    return float(((there > even) * (here - even)).sum(axis=-1).mean())


def _measure(name: str, agent: str, value: Within, expected: float, n: int, source: str, task: Task, key: str) -> Measure:
    return Measure(name, agent, value.mean, value.low, value.high, expected, n=n, source=source, task=task.title, key=key)


def _conditional(task: Task, agent: str, kept: Sequence[Kept], n: int) -> list[Measure]:
    """What is known of an answer by the one before it: the mutual information in the mean distributions, in bits."""
    after = sum(one.after for one in kept)
    if not np.size(after):
        return []
    table = np.asarray(after, dtype=np.float64)
    weight = table.sum(axis=1)
    given = table[weight > 0] / weight[weight > 0, None]
    share = weight[weight > 0] / weight.sum()
    known = max(float(entropy(share @ given) - share @ entropy(given)), 0.0)
    found = [Measure(FIRST_ORDER, agent, known, expected=0.0, n=n, source="Shannon 1948", task=task.title)]
    if task.count <= MOST_PAIRS:
        places = np.flatnonzero(weight > 0)
        for before, row in zip(places, given, strict=True):
            for word, prob in zip(task.words, row.tolist(), strict=True):
                key = f"{word} after {task.words[before]}"
                found.append(Measure(AFTER, agent, prob, expected=1.0 / task.count, n=n, task=task.title, key=key))
    return found

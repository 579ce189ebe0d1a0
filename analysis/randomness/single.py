"""Measures of one answer in a fresh context: exact where it is read, so that only the choice of wordings leaves doubt."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

import numpy as np

from analysis.grouped import jackknife, without_each
from analysis.interval import Estimate, Sample, stratified
from analysis.randomness.collected import Kept
from analysis.randomness.exact import chi_square_divergence, divergence, largest, total_variation
from analysis.randomness.measures import UNKNOWN, Measure
from analysis.randomness.tasks import Task
from analysis.score import entropy
from arenas.history import FloatArray
from arenas.random_number import RandomNumber

MOST_SHOWN = 100
"""Most answers whose probabilities are measures of their own."""
SEVEN = "7"
ENTROPY, VARIATION, DIVERGENCE, CHI_SQUARE, LARGEST, OFF_MENU, PROBABILITY = (
    "entropy in bits",
    "total variation",
    "divergence in bits",
    "chi-square divergence",
    "largest probability",
    "off-menu mass",
    "probability",
)
EXACT = {
    ENTROPY: (entropy, "Shannon 1948"),
    VARIATION: (total_variation, "half the sum of |p - u|"),
    DIVERGENCE: (divergence, "Kullback & Leibler 1951"),
    CHI_SQUARE: (chi_square_divergence, "the sum of (p - u)**2 / u"),
    LARGEST: (largest, "the likeliest answer's"),
}


def single_measures(task: Task, agent: str, wordings: Mapping[str, Kept]) -> list[Measure]:
    """The measures over the wordings in equal parts, and where there are several, of each alone.

    Wordings in which more than half of the probability is on no answer are in none but the mass itself.
    """
    found = _over(task, agent, list(wordings.values()))
    if len(wordings) > 1:
        for wording, kept in wordings.items():
            found += _over(task, agent, [kept], wording, kept.matches)
    return found


def _over(task: Task, agent: str, wordings: Sequence[Kept], wording: str = "", matches: int | None = None) -> list[Measure]:
    """Means over wordings of what their distributions say."""
    answered = [kept for kept in wordings if not kept.silent]

    def measure(name: str, parts: Sequence[Estimate], expected: float, source: str, key: str = "") -> Measure:
        values = np.array([part.mean for part in parts])
        mean = stratified([Sample(len(values), float(values.mean()), float(((values - values.mean()) ** 2).sum()))])
        half = mean.half_width if len(values) > 1 else parts[0].half_width
        n = len(values) if matches is None else matches
        low, high = mean.mean - half, mean.mean + half
        return Measure(
            name, agent, mean.mean, low, high, expected, n=n, source=source, task=task.title, wording=wording, key=key
        )

    lost = [Estimate(kept.off_menu / kept.matches, UNKNOWN, 0.0) for kept in wordings]
    found = [measure(OFF_MENU, lost, 0.0, "probability put on no answer")]
    if not answered:
        return found
    even, overall = np.full(task.count, 1.0 / task.count), np.mean([_distribution(kept) for kept in answered], axis=0)
    for name, (function, source) in EXACT.items():
        key = task.words[int(overall.argmax())] if name == LARGEST else ""
        found.append(measure(name, [_statistic(kept, function) for kept in answered], float(function(even)), source, key))
    shown = task.words if task.count <= MOST_SHOWN else (SEVEN,) if isinstance(task.game, RandomNumber) else ()
    for place, word in enumerate(task.words):
        if word in shown:
            shares = [_statistic(kept, itemgetter((..., place))) for kept in answered]
            found.append(measure(PROBABILITY, shares, 1.0 / task.count, "", word))
    return found


def _distribution(kept: Kept) -> FloatArray:
    return np.asarray(kept.probs.sum(axis=0) / kept.probs.sum())


def _statistic(kept: Kept, function: Callable[[FloatArray], FloatArray]) -> Estimate:
    """A number of the distribution in a wording: exact, or where it is estimated corrected for bias, by the jackknife."""
    whole = float(function(_distribution(kept)))
    if not kept.sampled:
        return Estimate(whole, UNKNOWN, 0.0)
    sizes = kept.part_matches.astype(np.float64)
    counted = np.flatnonzero(sizes)
    if len(counted) < 2:
        return Estimate(UNKNOWN, UNKNOWN, 0.0)
    left = without_each(kept.probs[counted])
    found = jackknife(whole, function(left / left.sum(axis=1, keepdims=True)), sizes[counted])
    return found if found.variance > 0 else Estimate(found.mean, UNKNOWN, 0.0)  # draws that are all alike do not say how sure

"""Planted truths of random choices: what the distributions of answers say, and how well they are guessed."""

from collections.abc import Callable
from functools import partial

import numpy as np
from planted_truths import LEAST, MOST, Held, Planted, held, of_estimate

from analysis.interval import stratified
from analysis.randomness import chance, exact
from analysis.randomness.collected import Kept
from analysis.randomness.guessing import best_of_half, scores
from analysis.randomness.measures import Measure
from analysis.randomness.overall import overall_measures
from analysis.randomness.single import ENTROPY, LARGEST, single_measures
from analysis.randomness.tasks import Task
from analysis.resampling import sample_of
from analysis.score import entropy
from arenas.random_number import RandomNumber

LENGTH, COUNT = 10, 6
BASES = {
    "favourites": np.array([32, 16, 8, 4, 2, 1]) / 63,
    "nearly even": np.array([1.15, 1.1, 1.0, 1.0, 0.9, 0.85]) / 6,
    "even": np.full(COUNT, 1 / COUNT),
}
SPREAD = 0.05


def sequences(base: str, number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Answers [M,T] and distributions [M,T,K] of sequences whose every one has a mood of its own."""
    moods = rng.dirichlet(BASES[base] / SPREAD, number)
    probs = np.repeat(moods[:, None], LENGTH, axis=1)
    chosen = (rng.random((number, LENGTH, 1)) > np.cumsum(probs, axis=2)[..., :-1]).sum(axis=2)
    return chosen, probs


def measures(base: str, number: int, rng: np.random.Generator) -> dict[tuple[str, str], Measure]:
    """Those of all sequences of a run together."""
    one = Kept(Task.of(RandomNumber(1, COUNT, LENGTH)))
    chosen, probs = sequences(base, number, rng)
    one.add(np.arange(number), probs, chosen, np.zeros(chosen.shape))
    return {(m.name, "" if m.name.startswith(LARGEST) else m.key): m for m in overall_measures(one.task, "a", [one])}


OVERALL: dict[str, tuple[tuple[str, str], Callable[[np.ndarray], np.ndarray]]] = {
    "entropy of the mean": (("entropy in bits overall", ""), entropy),
    "total variation of the mean": (("total variation overall", ""), exact.total_variation),
    "divergence of the mean": (("divergence in bits overall", ""), exact.divergence),
    "chi-square divergence of the mean": (("chi-square divergence overall", ""), exact.chi_square_divergence),
    "largest probability of the mean": (("largest probability overall", ""), exact.largest),
    "probability of an answer": (("probability", "3"), lambda probs: probs[2]),
}


def overall(name: str, base: str, number: int, simulations: int, rng: np.random.Generator) -> Held:
    """A measure of the mean distribution."""
    key, function = OVERALL[name]
    found = [measures(base, number, rng)[key] for _ in range(simulations)]
    return held([(m.low, m.value, m.high) for m in found], float(function(BASES[base])))


def wordings(number: int, simulations: int, rng: np.random.Generator) -> Held:
    """The entropy of one answer, over wordings that each have a distribution of their own."""
    task = Task.of(RandomNumber(1, COUNT, 1))
    found = []
    for _ in range(simulations):
        kept = {}
        for wording, probs in enumerate(rng.dirichlet(BASES["favourites"] / SPREAD, number)):
            kept[str(wording)] = Kept(task)
            kept[str(wording)].add(np.zeros(1, np.int64), probs[None, None], np.zeros((1, 1), np.int64), np.zeros((1, 1)))
        (one,) = [m for m in single_measures(task, "a", kept) if m.name == ENTROPY and not m.wording]
        found.append((one.low, one.value, one.high))
    return held(found, float(entropy(rng.dirichlet(BASES["favourites"] / SPREAD, 400_000)).mean()))


def best_guesser(base: str, number: int, simulations: int, rng: np.random.Generator) -> Held:
    """The right guesses of the best guesser, chosen on the other half."""
    small, large = (scores(*sequences(base, many, rng)) for many in (number * simulations, 40_000))
    truth = max(float(values[:, 0].mean()) for values in large.values())
    found = []
    for run in range(simulations):
        part = {name: values[run * number : (run + 1) * number] for name, values in small.items()}
        found.append(of_estimate(stratified([sample_of(best_of_half(part))])))
    return held(found, truth)


def band(simulations: int, rng: np.random.Generator) -> Held:
    """What true randomness gives, of the chi-square statistic of 40 sequences: here the truth is what varies."""
    law = chance.expected(LENGTH, COUNT, 40)
    drawn = rng.integers(0, COUNT, (simulations, 40, LENGTH))
    counts = (drawn[..., None] == np.arange(COUNT)).sum(axis=2)
    means = ((counts - LENGTH / COUNT) ** 2 * COUNT / LENGTH).sum(axis=2).mean(axis=1)
    ends = np.full(simulations, law.low[0]), np.full(simulations, law.high[0])
    return Held(*ends, np.full(simulations, law.mean[0]), means)


ZERO = "at the end of what it can be, only one side can miss it"
TIED = "answers are about as good: it reaches beyond the best of them and the one chosen apart"
FEW = "ten sequences of very different habits"
BEYOND: dict[tuple[str, str, int], tuple[float, float, str]] = {
    **{(f"{name} of the mean", "even", 40): (LEAST, 0.99, ZERO) for name in ("entropy", "divergence", "chi-square divergence")},
    ("largest probability of the mean", "even", 40): (LEAST, 0.99, ZERO),
    ("largest probability of the mean", "nearly even", 40): (LEAST, 0.985, TIED),
    ("total variation of the mean", "favourites", 10): (0.9, MOST, FEW),
}
"""Where an interval is known to hold the truth less or more often, and why."""


def planted(name: str, base: str, number: int) -> Planted:
    """A measure of the mean distribution."""
    least, most, why = BEYOND.get((name, base, number), (LEAST, MOST, ""))
    simulate = partial(overall, name, base, number)
    return Planted("solo", name, f"{base}, {number} sequences", simulate, 1000, least, most, why)


SOLO = [
    *(planted(name, base, 40) for base in BASES for name in OVERALL),
    *(planted(name, "favourites", 10) for name in OVERALL),
    Planted("solo", "entropy of one answer", "3 wordings", partial(wordings, 3)),
    Planted("solo", "entropy of one answer", "10 wordings", partial(wordings, 10)),
    Planted("solo", "right guesses of the best guesser", "40 sequences", partial(best_guesser, "favourites", 40)),
    Planted("solo", "by chance: chi-square", "40 sequences", band),
]

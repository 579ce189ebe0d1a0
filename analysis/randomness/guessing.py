"""How well the predictors of `opponents` guess the answers of a sequence: predictability as in a game against somebody."""

from functools import lru_cache

import numpy as np

from analysis.interval import Sample, stratified
from analysis.randomness.chance import uniform_sequences
from analysis.randomness.collected import Kept
from analysis.randomness.measures import Measure
from arenas.errors import UserError
from arenas.history import FloatArray, IntArray
from opponents.guesser import guesses
from opponents.learner import Learner
from opponents.opponent import OPPONENTS

DOUBT = 0.01
"""The share of its belief that every guesser gives to all answers alike, so that the bits lost to a sure mistake are finite."""
SIMULATED = 400
BEST = "best guesser"
KNOWS = "who knows the distribution"


def guessers() -> dict[str, Learner]:
    """Every registered opponent that is a predictor and nothing else, with its defaults, by name."""
    kinds = {name: OPPONENTS.get(name) for name in OPPONENTS.names()}
    return {name: kind() for name, kind in kinds.items() if issubclass(kind, Learner)}


def scored(beliefs: FloatArray, probs: FloatArray) -> FloatArray:
    """Right guesses a step and bits a step that beliefs [B,T,K] lose against distributions probs [B,T,K]: [B,2].

    Both are expected over the distribution, not counted on the answers that the dice made. The likeliest answer is guessed; of
    several each as often. The bits are the cross-entropy of the belief, of which `DOUBT` is spread over all answers.
    """
    likeliest = beliefs >= beliefs.max(axis=-1, keepdims=True) - 1e-12
    hits = (probs * likeliest).sum(axis=-1) / likeliest.sum(axis=-1)
    careful = (1.0 - DOUBT) * beliefs + DOUBT / beliefs.shape[-1]
    bits = -(probs * np.log2(careful)).sum(axis=-1)
    return np.column_stack([hits.mean(axis=1), bits.mean(axis=1)])


def scores(answers: IntArray, probs: FloatArray) -> dict[str, FloatArray]:
    """The scores [B,2] of every guesser that can take these answers [B,T] with distributions probs [B,T,K]."""
    found = {}
    for name, learner in guessers().items():
        try:
            beliefs = guesses(learner, answers, probs.shape[-1])
        except UserError:
            continue  # a predictor of other games
        found[name] = scored(beliefs, probs)
    return found


def best_of_half(found: dict[str, FloatArray]) -> FloatArray:
    """The hits of the guesser that is best on the other half of the sequences [B]: chosen and measured on different ones."""
    hits = np.stack([values[:, 0] for values in found.values()])  # [G,B]
    even = np.arange(hits.shape[1]) % 2 == 0
    result = np.empty(hits.shape[1])
    for half in (even, ~even):
        result[half] = hits[hits[:, ~half].mean(axis=1).argmax()][half]
    return result


@lru_cache(maxsize=64)
def bits_lost_by_chance(length: int, count: int) -> dict[str, float]:
    """The bits a step that each guesser loses on truly random sequences, by simulation."""
    answers = uniform_sequences(max(min(SIMULATED, 400_000 // (length * count)), 1), length, count)
    found = scores(answers, np.full((*answers.shape, count), 1.0 / count))
    return {name: float(values[:, 1].mean()) for name, values in found.items()}


def guess_measures(agent: str, wordings: list[Kept]) -> list[Measure]:
    """How often and at what loss each guesser guesses an agent's answers; wordings count in equal parts."""
    if not wordings:
        return []
    task = wordings[0].task
    heard = [kept.heard() for kept in wordings]
    found = [scores(answers, probs) for answers, probs in heard]
    n = sum(len(answers) for answers, _ in heard)
    chance = bits_lost_by_chance(task.length, task.count)
    measures = []
    for name in found[0]:
        hits = _measure("right guesses", agent, [values[name][:, 0] for values in found], 1.0 / task.count, name, task.title, n)
        bits = _measure("bits lost", agent, [values[name][:, 1] for values in found], chance[name], name, task.title, n)
        measures += [hits, bits]
    if all(len(answers) > 3 for answers, _ in heard):
        best = [best_of_half(values) for values in found]
        measures.append(_measure("right guesses", agent, best, 1.0 / task.count, BEST, task.title, n))
    return measures


def _measure(name: str, agent: str, parts: list[FloatArray], expected: float, key: str, task: str, n: int) -> Measure:
    mean = stratified([Sample(len(v), float(v.mean()), float(((v - v.mean()) ** 2).sum())) for v in parts])
    low, high = mean.mean - mean.half_width, mean.mean + mean.half_width
    return Measure(name, agent, mean.mean, low, high, expected, n=n, source="opponents", task=task, key=key)

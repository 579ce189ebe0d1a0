"""Planted truths of texts: how diverse they are, and what judges and raters say of them."""

from dataclasses import replace
from functools import partial
from itertools import combinations, product

import numpy as np
from planted_truths import SOME, Held, Interval, Planted, held, of_estimate

from analysis.davidson import probabilities
from analysis.ratings.agreement import agreement, position
from analysis.ratings.correlations import correlations
from analysis.ratings.crossed import crossed_mean
from analysis.ratings.strengths import strengths
from analysis.texts.judged import reports
from analysis.texts.resampling import TopicResult, on_topic, over_topics
from arenas.judgement import Judgement
from arenas.rating import FIRST, SECOND, TIE, Rating

TIME = "2026-01-31T12:00:00+00:00"


def topics(count: int, texts: int, apart: float, simulations: int, rng: np.random.Generator) -> Held:
    """The mean over topics of a measure that is itself the mean of numbers about one of the topic's own."""
    found = []
    for _ in range(simulations):
        made: list[TopicResult] = []
        for _ in range(count):
            numbers = 10 + apart * rng.standard_normal() + rng.standard_normal(texts)
            made.append(on_topic(partial(_mean_of, numbers), np.array([False]), texts, rng))
        mean, low, high = over_topics(made, rng)
        found.append((float(low[0]), float(mean[0]), float(high[0])))
    return held(found, 10.0)


def _mean_of(numbers: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.array([numbers[places].mean()])


def judged(texts: int, simulations: int, rng: np.random.Generator) -> Held:
    """How much a judge likes a writer's texts, each compared with one of another writer."""
    found = []
    for _ in range(simulations):
        liking = rng.normal(0.5, 0.8, texts) - rng.normal(0.0, 0.8, texts)
        rows = []
        for n, better in enumerate((1 / (1 + np.exp(-liking))).tolist()):
            ids = (f"a{n}:0:0", f"b{n}:0:0")
            for first, second, p in ((*ids, better), (*ids[::-1], 1 - better)):
                rows.append(Judgement(f"{first}", "judge", "taste", first, second, p, 0.0))
        (report,) = reports(rows, {f"{who}{n}": who for who in "ab" for n in range(texts)})
        found.append(of_estimate(report.shares["a"]))
    many = np.random.default_rng(1).normal(0.5, 0.8 * np.sqrt(2), 4_000_000)
    return held(found, float((1 / (1 + np.exp(-many))).mean()))


# --- raters


def scale(rater: str, text: str, originality: int, pleasantness: int) -> Rating:
    """An answer to both scales."""
    return Rating(f"{rater}/{text}", rater, "scale", text, TIME, originality=originality, pleasantness=pleasantness)


def pair(rater: str, first: str, second: str, preference: str) -> Rating:
    """An answer about two texts."""
    return Rating(f"{rater}/{first}/{second}", rater, "pair", first, TIME, second=second, preference=preference)


def rated_mean(texts: int, raters: int, simulations: int, rng: np.random.Generator) -> Held:
    """The mean rating where texts and raters differ, and everybody rates everything."""
    names = [(f"r{r}", f"t{t}") for r, t in product(range(raters), range(texts))]
    told = [scale(rater, text, 3, 3) for rater, text in names]
    found = []
    for _ in range(simulations):
        noise = rng.normal(0, 0.4, (raters, 1)) + rng.normal(0, 0.5, texts) + rng.normal(0, 0.7, (raters, texts))
        value = dict(zip(names, noise.ravel().tolist(), strict=True))
        found.append(of_estimate(crossed_mean(told, lambda rating, value=value: value[rating.rater, rating.first])))  # type: ignore[misc]
    return held(found, 0.0)


LEVELS, TIES = np.array([0.8, 0.1, -0.9]), 0.5


def preferred(texts: int, raters: int, simulations: int, rng: np.random.Generator) -> Held:
    """Log-strengths of three writers, of whose texts each rater compares every two writers so often."""
    models = {f"{k}:{n}": str(k) for k in range(3) for n in range(texts)}
    found: list[list[Interval]] = []
    for _ in range(simulations):
        told: list[Rating] = []
        for rater, (one, other), n in product(range(raters), combinations(range(3), 2), range(texts)):
            first, second = (one, other) if rng.random() < 0.5 else (other, one)
            chances = probabilities(np.array([LEVELS[first] - LEVELS[second]]), TIES)[0]
            shown = [f"{side}:{rng.integers(texts) if side == other else n}" for side in (first, second)]
            answer = (FIRST, TIE, SECOND)[int(rng.choice(3, p=chances))]
            told.append(replace(pair(f"r{rater}", shown[0], shown[1], answer), id=f"{len(told):05}"))
        found.append([of_estimate(line.strength) for line in sorted(strengths(told, models), key=lambda line: line.model)])
    return held(found, LEVELS)


def agreed(texts: int, simulations: int, rng: np.random.Generator) -> Held:
    """Krippendorff's alpha of four raters of so many texts."""

    def alpha(number: int) -> Interval:
        quality = rng.normal(3, 1, (1, number))
        answers = np.clip(np.round(quality + rng.normal(0, 0.8, (4, number))), 1, 5).astype(int)
        told = [scale(f"r{r}", f"t{t}", int(answers[r, t]), 3) for r in range(4) for t in range(number)]
        found = agreement(told, "originality", rng)
        assert found is not None
        return found.low, found.value, found.high

    truth = float(np.mean([alpha(400)[1] for _ in range(20)]))
    return held([alpha(texts) for _ in range(simulations)], truth)


def liked(texts: int, simulations: int, rng: np.random.Generator) -> Held:
    """Spearman's rho of pleasantness with originality over texts rated once."""

    def rho(number: int) -> Interval:
        pleasant = rng.integers(1, 6, number)
        original = np.where(rng.random(number) < 0.5, pleasant, rng.integers(1, 6, number))
        told = [scale("r", f"t{t}", int(original[t]), int(pleasant[t])) for t in range(number)]
        (line,) = [one for one in correlations(told, rng) if {one.one, one.other} == {"originality", "pleasantness"}]
        assert line.rho is not None
        return line.rho.low, line.rho.value, line.rho.high

    return held([rho(texts) for _ in range(simulations)], 0.5)


def leaning(pairs: int, simulations: int, rng: np.random.Generator) -> Held:
    """How often the first is preferred, of pairs without a text in common."""
    found = []
    for _ in range(simulations):
        told = [pair(f"r{n % 4}", f"a{n}", f"b{n}", FIRST if rng.random() < 0.6 else SECOND) for n in range(pairs)]
        found.append(of_estimate(position(told).first))
    return held(found, 0.6)


BY_TEXTS = "never surer than texts alone make it"
TWO_RATERS = "two raters say little about others"
ALIKE = "topics seem to differ by chance in some of the simulations"
TOPICS = "three topics can be drawn in few ways"
TEXTS = [
    Planted("texts", "diversity over topics", "12 topics of 12 texts, topics differ", partial(topics, 12, 12, 1.0), 1000),
    Planted("texts", "diversity over topics", "6 topics of 12 texts, topics differ", partial(topics, 6, 12, 1.0), 1000),
    Planted(
        "texts",
        "diversity over topics",
        "6 topics of 12 texts, topics alike",
        partial(topics, 6, 12, 0.0),
        1000,
        most=0.99,
        why=ALIKE,
    ),
    Planted(
        "texts",
        "diversity over topics",
        "3 topics of 12 texts, topics differ",
        partial(topics, 3, 12, 1.0),
        1000,
        least=0.91,
        why=TOPICS,
    ),
    Planted("texts", "diversity over topics", "1 topic of 20 texts", partial(topics, 1, 20, 0.0)),
    Planted("texts", "a judge's share", "20 texts of each writer", partial(judged, 20)),
]
RATE = [
    Planted("rate", "mean rating", "12 texts, 8 raters", partial(rated_mean, 12, 8)),
    Planted("rate", "mean rating", "30 texts, 2 raters", partial(rated_mean, 30, 2), least=0.75, why=TWO_RATERS),
    Planted(
        "rate", "strength in pairs", "10 texts of 3 writers, 4 raters", partial(preferred, 10, 4), most=0.985, why=BY_TEXTS
    ),
    Planted("rate", "strength in pairs", "20 texts of 3 writers, 1 rater", partial(preferred, 20, 1)),
    Planted("rate", "Krippendorff's alpha", "4 raters, 30 texts", partial(agreed, 30), SOME),
    Planted("rate", "Spearman's rho", "40 texts", partial(liked, 40), SOME),
    Planted("rate", "preference for the first", "60 pairs", partial(leaning, 60)),
]

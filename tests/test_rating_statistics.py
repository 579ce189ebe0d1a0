"""What ratings say: against published values, closed forms, brute force and planted truths."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from evalica import Winner, newman
from scipy.optimize import minimize
from scipy.stats import spearmanr
from small_runs import tells
from written_runs import written_run

from analysis.davidson import probabilities
from analysis.ratings.agreement import agreement, alpha, answer_counts, position
from analysis.ratings.correlations import correlations, spearman, text_means
from analysis.ratings.crossed import crossed_estimate, crossed_mean
from analysis.ratings.results import groups, mean_ratings, results
from analysis.ratings.strengths import HALF, fitted, strengths
from arenas.history import FloatArray
from arenas.rating import FIRST, SECOND, TIE, Rating
from arenas.ratings import RatingBook

TIME = "2026-01-31T12:00:00+00:00"
RESULTS = (FIRST, TIE, SECOND)


def scale(number: int, rater: str, text: str, originality: int, pleasantness: int) -> Rating:
    return Rating(f"s{number:05}", rater, "scale", text, TIME, originality=originality, pleasantness=pleasantness)


def pair(number: int, rater: str, first: str, second: str, preference: str) -> Rating:
    return Rating(f"p{number:05}", rater, "pair", first, TIME, second=second, preference=preference)


def planted(levels: FloatArray, ties: float, each: int, raters: int, seed: int) -> tuple[list[Rating], dict[str, str]]:
    """Pairs of texts, each rater comparing every two models so often, with answers drawn from Davidson's model."""
    dice = np.random.default_rng(seed)
    names = [f"model{place}" for place in range(len(levels))]
    models = {f"{name}:{n}": name for name in names for n in range(each)}
    told: list[Rating] = []
    for rater, (one, other), n in product(range(raters), combinations(range(len(levels)), 2), range(each)):
        sides = (one, other) if dice.random() < 0.5 else (other, one)
        probs = probabilities(np.array([levels[sides[0]] - levels[sides[1]]]), ties)[0]
        shown = [f"{names[side]}:{dice.integers(each) if side == other else n}" for side in sides]
        told.append(pair(len(told), f"r{rater}", *shown, RESULTS[dice.choice(3, p=probs)]))  # type: ignore[arg-type]
    return told, models


def test_davidsons_probabilities_are_his() -> None:
    a, b, ties = 3.0, 0.5, 0.8
    total = a + b + ties * np.sqrt(a * b)
    assert probabilities(np.log([a / b]), ties)[0] == pytest.approx([a / total, ties * np.sqrt(a * b) / total, b / total])
    assert probabilities(np.array([2000.0]), ties)[0] == pytest.approx([1, 0, 0])


def test_two_models_without_ties_have_a_closed_form() -> None:
    told = [pair(n, "r", f"a:{n}", f"b:{n}", FIRST if n < 8 else SECOND) for n in range(12)]
    strong, weak = strengths(told, {f"{m}:{n}": m for m in "ab" for n in range(12)})
    assert (strong.model, strong.won, strong.tied, strong.lost, strong.share) == ("a", 8, 0, 4, pytest.approx(8 / 12))
    assert strong.strength.mean - weak.strength.mean == pytest.approx(np.log((8 + HALF) / (4 + HALF)), abs=1e-6)
    # without anything shared, the variance is the binomial one
    p, n = 8.5 / 13, 13 * 8.5 / 13 * 4.5 / 13
    expected = sum((float(k < 8) - p) ** 2 for k in range(12)) / n**2 / 4 * 24 / 23
    assert strong.strength.variance == pytest.approx(expected, rel=1e-6)


def test_strengths_are_the_likeliest_by_a_general_optimizer() -> None:
    told, models = planted(np.array([0.9, 0.0, -0.4, -0.5]), 0.7, 6, 3, seed=4)
    names = [f"model{place}" for place in range(4)]

    def loss(free: FloatArray) -> float:
        level, ties = np.append(free[:3], -free[:3].sum()), np.exp(free[3])
        total = 0.0
        for rating in told:
            one, other = (names.index(models[text]) for text in rating.texts)
            total -= np.log(probabilities(level[[one]] - level[[other]], ties)[0, RESULTS.index(str(rating.preference))])
        for one, other in combinations(range(4), 2):
            total -= HALF * np.log(probabilities(level[[one]] - level[[other]], ties)[0, [0, 2]]).sum()
        return float(total)

    best = minimize(loss, np.zeros(4), tol=1e-9).x
    expected = dict(zip(names, np.append(best[:3], -best[:3].sum()), strict=True))
    for line in strengths(told, models):
        assert line.strength.mean == pytest.approx(expected[line.model], abs=1e-4)


def test_strengths_are_those_of_another_program_where_that_converges() -> None:
    told, models = planted(np.array([0.9, 0.0, -0.4, -0.5]), 0.7, 6, 3, seed=9)
    winners = {FIRST: Winner.X, TIE: Winner.Draw, SECOND: Winner.Y}
    rows = [(models[r.first], models[str(r.second)], winners[str(r.preference)], 1.0) for r in told]
    rows += [
        (one, other, won, HALF) for one, other in combinations(sorted(set(models.values())), 2) for won in (Winner.X, Winner.Y)
    ]
    xs, ys, won, weights = map(list, zip(*rows, strict=True))
    scores = np.log(newman(xs, ys, won, weights=weights, tolerance=1e-9, limit=100_000).scores)
    expected = (scores - scores.mean()).to_dict()
    for line in strengths(told, models):
        assert line.strength.mean == pytest.approx(expected[line.model], abs=1e-6)


def test_strengths_depend_neither_on_order_nor_on_names_nor_on_sides() -> None:
    told, models = planted(np.array([0.7, 0.1, -0.8]), 0.5, 5, 2, seed=1)
    before = {line.model: line for line in strengths(told, models)}
    mixed = random.Random(1).sample(told, len(told))
    assert {line.model: line for line in strengths(mixed, models)} == before
    renamed = {"model0": "z", "model1": "a", "model2": "m"}
    turned = {FIRST: SECOND, SECOND: FIRST, TIE: TIE}
    other = [replace(r, first=str(r.second), second=r.first, preference=turned[str(r.preference)]) for r in told]
    for line in strengths(other, {text: renamed[model] for text, model in models.items()}):
        same = before[{new: old for old, new in renamed.items()}[line.model]]
        assert line.strength.mean == pytest.approx(same.strength.mean, abs=1e-7)
        assert line.strength.variance == pytest.approx(same.strength.variance, rel=1e-5)
        assert (line.won, line.tied, line.lost) == (same.won, same.tied, same.lost)


def test_one_that_always_wins_has_a_finite_strength_and_one_never_seen_none() -> None:
    told = [pair(n, "r", f"a:{n}", f"b:{n}", FIRST) for n in range(20)]
    strong, weak = strengths(told, {f"{m}:{n}": m for m in "abc" for n in range(20)})
    assert (strong.model, weak.model) == ("a", "b")
    assert strong.strength.mean == pytest.approx(np.log(20.5 / 0.5) / 2, abs=1e-6)
    assert strengths([], {}) == []


def test_planted_strengths_lie_in_their_intervals_as_often_as_promised() -> None:
    levels = np.array([0.8, 0.1, -0.9])
    inside = [
        abs(line.strength.mean - levels[int(line.model[-1])]) <= line.strength.half_width
        for seed in range(60)
        for line in strengths(*planted(levels, 0.5, 10, 4, seed))
    ]
    # 95 % are promised; 180 draws in threes leave about 3 points of chance
    assert 0.88 <= np.mean(inside) <= 0.995


def test_influence_is_what_leaving_a_rating_out_changes() -> None:
    told, models = planted(np.array([0.5, 0.0, -0.5]), 0.6, 20, 5, seed=2)
    lines = {line.model: line.strength.mean for line in strengths(told, models)}
    names = sorted(lines)
    sides = np.array([[names.index(models[text]) for text in r.texts] for r in told])
    result = np.array([RESULTS.index(str(r.preference)) for r in told])
    level, influence = fitted(sides, result, len(names))
    assert level == pytest.approx([lines[name] for name in names])
    for left_out in range(0, len(told), 40):
        without = {line.model: line.strength.mean for line in strengths(told[:left_out] + told[left_out + 1 :], models)}
        change = level - np.array([without[name] for name in names])
        assert change == pytest.approx(influence[left_out], abs=0.1 * np.abs(influence[left_out]).max())


def by_hand(influence: Sequence[float], ratings: Sequence[Rating], shared: str) -> float:
    """The sum over all two ratings that share a text or rater, by looking at every two."""
    total = 0.0
    for (one, a), (two, b) in product(zip(influence, ratings, strict=True), repeat=2):
        text, rater = bool(set(a.texts) & set(b.texts)), a.rater == b.rater
        total += one * two * {"text": text, "rater": rater, "both": text and rater}[shared]
    return total


def test_crossed_variance_counts_every_two_that_share_something_once() -> None:
    dice = np.random.default_rng(3)
    told = []
    for n in range(60):
        first, second = dice.choice(8, 2, replace=False)
        told.append(pair(n, f"r{dice.integers(4)}", f"t{first}", f"t{second}", FIRST))
    # the influences of one text and of one rater lean together, so that no bound from below is reached
    lean = dict(zip([f"t{n}" for n in range(8)] + [f"r{n}" for n in range(4)], dice.normal(size=12), strict=True))
    influence = np.array([lean[r.rater] + sum(lean[t] for t in r.texts) + 0.3 * dice.normal() for r in told])
    text, rater = by_hand(influence.tolist(), told, "text"), by_hand(influence.tolist(), told, "rater") * 4 / 3
    own = sum(
        max(by_hand(influence[mine].tolist(), [told[n] for n in mine], "text"), float((influence[mine] ** 2).sum()))
        for mine in ([n for n, r in enumerate(told) if r.rater == name] for name in ("r0", "r1", "r2", "r3"))
    )
    expected = max(text, text + rater - own) * 8 / 7
    assert crossed_estimate(0.0, influence, told).variance == pytest.approx(expected)
    assert expected > text * 8 / 7


def test_the_mean_of_texts_rated_once_is_the_ordinary_one() -> None:
    numbers = [1, 2, 2, 5, 4, 3]
    told = [scale(n, "anna", f"t{n}", number, 1) for n, number in enumerate(numbers)]
    mean = crossed_mean(told, lambda rating: float(rating.originality or 0))
    assert mean.mean == pytest.approx(np.mean(numbers))
    assert mean.variance == pytest.approx(np.var(numbers, ddof=1) / len(numbers))
    # the same rating by others is no new knowledge of texts
    copies = told + [replace(rating, id=f"x{rating.id}", rater="ben") for rating in told]
    again = crossed_mean(copies, lambda rating: float(rating.originality or 0))
    assert again.variance == pytest.approx(mean.variance)
    assert np.isnan(crossed_mean(told[:1], lambda rating: 1.0).half_width)


def test_planted_means_lie_in_their_intervals_as_often_as_promised() -> None:
    inside = []
    for seed in range(150):
        dice = np.random.default_rng(seed)
        text, rater = dice.normal(0, 0.5, 12), dice.normal(0, 0.4, 8)
        told = [scale(0, f"r{r}", f"t{t}", 3, 3) for r in range(8) for t in range(12)]
        value = {(f"r{r}", f"t{t}"): text[t] + rater[r] + dice.normal(0, 0.7) for r in range(8) for t in range(12)}
        mean = crossed_mean(told, lambda rating, value=value: float(value[rating.rater, rating.first]))  # type: ignore[misc]
        inside.append(abs(mean.mean) <= mean.half_width)
    assert 0.88 <= np.mean(inside) <= 0.99


def test_alpha_is_krippendorffs_published_one() -> None:
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": four observers, twelve units
    nan = float("nan")
    data = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
    told = [
        scale(10 * unit + rater, f"r{rater}", f"t{unit:02}", int(value), 1)
        for rater, row in enumerate(data)
        for unit, value in enumerate(row)
        if value == value
    ]
    found = agreement(told, "originality", np.random.default_rng(0))
    assert found is not None
    assert round(found.value, 3) == 0.815
    assert found.low < 0.815 < found.high
    assert found.units == 11
    assert round(alpha(answer_counts(told, "originality"), "nominal"), 3) == 0.743
    # everybody said the same of everything: agreement beyond chance is not defined
    assert agreement(told, "pleasantness", np.random.default_rng(0)) is None


def test_a_preference_is_the_same_in_both_orders() -> None:
    told = [
        pair(0, "a", "x", "y", FIRST),
        pair(1, "b", "y", "x", SECOND),
        pair(2, "a", "z", "y", TIE),
        pair(3, "b", "y", "z", FIRST),
    ]
    assert answer_counts(told, "preference").tolist() == [[2, 0, 0], [1, 1, 0]]
    expected = krippendorff.alpha([[0, 1], [0, 0]], level_of_measurement="nominal", value_domain=[0, 1])
    assert alpha(answer_counts(told, "preference"), "nominal") == pytest.approx(expected)


def test_rho_is_scipys_and_goes_by_text() -> None:
    dice = np.random.default_rng(3)
    rows = np.column_stack([dice.integers(1, 6, 40), dice.integers(1, 6, 40)]).astype(float)
    assert spearman(rows) == pytest.approx(spearmanr(rows[:, 0], rows[:, 1]).statistic)
    assert np.isnan(spearman(np.array([[1.0, 2.0], [1.0, 3.0]])))
    told = [scale(0, "a", "x", 1, 5), scale(1, "b", "x", 2, 5), pair(2, "a", "x", "y", FIRST), pair(3, "b", "y", "x", TIE)]
    assert text_means(told, "originality") == {"x": 1.5}
    assert text_means(told, "preference") == {"x": 0.75, "y": 0.25}


def test_a_planted_taste_for_the_pleasant_is_found() -> None:
    dice = np.random.default_rng(8)
    pleasant, original = dice.integers(1, 6, 60), dice.integers(1, 6, 60)
    told = [scale(n, f"r{r}", f"t{n}", int(original[n]), int(pleasant[n])) for n in range(60) for r in range(2)]
    told = [replace(rating, id=f"s{place}") for place, rating in enumerate(told)]
    for n in range(300):
        one, other = dice.choice(60, 2, replace=False)
        better = pleasant[one] + dice.normal() > pleasant[other] + dice.normal()
        told.append(pair(n, "r0", f"t{one}", f"t{other}", FIRST if better else SECOND))
    found = {(line.one, line.other): line for line in correlations(told, np.random.default_rng(0))}
    liked, fresh = found["pleasantness", "preference"], found["originality", "preference"]
    assert liked.rho is not None
    assert fresh.rho is not None
    assert liked.rho.low > 0.5
    assert fresh.rho.low < 0 < fresh.rho.high
    assert (liked.published, fresh.published) == (0.34, -0.08)


def test_a_lean_to_the_first_is_found_and_both_orders_are_compared() -> None:
    told = [pair(2 * n, "judge", f"a{n}", f"b{n}", FIRST) for n in range(10)]
    told += [pair(2 * n + 1, "judge", f"b{n}", f"a{n}", FIRST if n < 6 else SECOND) for n in range(10)]
    found = position(told)
    assert (found.first.mean, found.decided) == (0.8, 20)
    assert (found.consistent, found.both_orders) == (pytest.approx(0.4), 10)
    assert found.first.mean - found.first.half_width > 0.5
    nobody = position([pair(0, "a", "x", "y", TIE)])
    assert (nobody.decided, nobody.both_orders) == (0, 0)


def test_people_and_judges_are_always_apart(tmp_path: Path) -> None:
    models = {"x": "m", "y": "n"}
    person, judge = scale(0, "Anna", "x", 1, 1), replace(scale(1, "Anna", "x", 5, 5), judge=True)
    assert groups([person, judge]) == {"people": [person], "judge Anna": [judge]}
    assert mean_ratings([person], models)[0].originality.mean == 1
    lines = list(results([person, judge], models))
    people, judged = (
        next(n for n, line in enumerate(lines) if line.startswith(f"== {name}")) for name in ("people", "judge Anna")
    )
    assert "1.00" in lines[people + 2]
    assert "5.00" in lines[judged + 2]


def test_the_command_prints_what_the_ratings_say(tmp_path: Path) -> None:
    run = written_run(tmp_path / "run.sqlite", {"the sea": {"base": ["a", "b"], "dpo": ["c", "d"]}})
    assert "no ratings yet" in tells("rate", run, "--results").output
    book = RatingBook(run)
    for n, (rater, text, stars) in enumerate(product(("Anna", "Ben"), ("base/1", "base/2", "dpo/1", "dpo/2"), (2,))):
        book.add(scale(n, rater, f"the_sea/{text}:0:0", stars + n % 2, 4 if "dpo" in text else 1 + n % 2))
    for n, rater in enumerate(("Anna", "Ben")):
        book.add(pair(n, rater, "the_sea/dpo/1:0:0", "the_sea/base/1:0:0", FIRST))
    book.close()
    before = tells("rate", run, "--results").output
    assert before == tells("rate", run, "--results").output
    assert "people, 2 raters: 10 ratings" in before
    for words in ("originality 1-5", "strength", "alpha", "rho", "West & Potts (2025)", "4.00"):
        assert words in before

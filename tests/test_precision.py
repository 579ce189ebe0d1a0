"""How sure a mean is, and how many matches more would make it surer: against simulation and closed forms."""

import math

import numpy as np
import pytest
from planted import RPS, planted, planted_history
from statsmodels.stats.multitest import multipletests

from analysis.match_means import MatchMeans, match_means
from analysis.precision import precisions, repeats_needed
from analysis.resampling import holm, mean_estimate, mean_interval
from analysis.score import MEASURES, scores
from arenas.dice import Dice
from arenas.fixture import Fixture
from arenas.hide_and_seek import HideAndSeek
from arenas.play import play, take_seats
from arenas.record import record_of
from opponents.mixture import Mixture
from opponents.ngram import Ngram


def test_means_of_matches_are_their_scores_and_what_the_dice_paid() -> None:
    game = HideAndSeek(places=3, rounds=9)
    chairs = np.array([[0, 1], [1, 0], [0, 1]])
    *_, history = play(game, take_seats(game, [Mixture().sit, Ngram().sit], chairs), Dice.roll([1, 2, 3], 2, 9))
    means = match_means(game, history)
    for match in range(3):
        record = record_of(history, match)
        for seat, score in enumerate(scores(game, record)):
            assert means[match, seat, :-1] == pytest.approx([getattr(score, name) for name in MEASURES])
            assert means[match, seat, -1] == pytest.approx(record.pay[seat].mean() - game.value(seat))


def test_means_do_not_depend_on_how_matches_are_grouped() -> None:
    rows = [("a", "b", repeat, repeat / 7) for repeat in range(6)]
    whole, parts = planted(rows), MatchMeans()
    for row in reversed(rows):
        planted([row], means=parts)
    for name, key in (("a", ("b", 0)), ("b", ("a", 0))):
        one, other = whole.strata("rps", name)[key], parts.strata("rps", name)[key]
        assert one.repeats == other.repeats
        np.testing.assert_array_equal(one.values, other.values)
    assert whole.line_ups("rps") == parts.line_ups("rps") == 1


def test_a_stratum_is_deterministic_where_all_its_matches_are_equal() -> None:
    means = planted([("a", "b", 1, 0.5), ("a", "b", 2, 0.5), ("a", "c", 1, 0.5), ("a", "c", 2, 0.6), ("a", "d", 1, 0.5)])
    strata = means.strata("rps", "a")
    assert {key[0]: stratum.deterministic for key, stratum in strata.items()} == {"b": True, "c": False, "d": False}


@pytest.mark.parametrize(("deviations", "wanted"), [((1.0,), 0.1), ((1.0, 3.0, 0.0), 0.3), ((0.2, 0.2), 0.05)])
def test_the_needed_repeats_are_the_fewest_that_are_enough(deviations: tuple[float, ...], wanted: float) -> None:
    """Strata of just these deviations at n and at one repeat fewer."""

    def stratum(deviation: float, n: int) -> np.ndarray:
        values = np.arange(n) - (n - 1) / 2
        return values * deviation / (values.std(ddof=1) if deviation else 1.0)

    needed = repeats_needed([stratum(deviation, 50) for deviation in deviations], wanted)
    for n, enough in ((int(needed), True), (int(needed) - 1, False)):
        half = mean_estimate([[stratum(deviation, n) for deviation in deviations]]).half_width
        assert (half <= wanted + 1e-9) == enough


def test_what_is_not_random_needs_one_match_and_what_was_seen_once_cannot_be_planned() -> None:
    assert repeats_needed([np.full(4, 0.3), np.zeros(9)], 0.01) == 1.0
    assert math.isnan(repeats_needed([np.array([0.3]), np.array([0.1])], 0.01))


def test_expected_pay_is_as_much_surer_as_its_variance_is_smaller() -> None:
    rng = np.random.default_rng(0)
    rows = [("a", "b", repeat, 0.0) for repeat in range(400)]
    history = planted_history(RPS, [0.0] * 400)
    history.expected[:, 0, 0] = rng.normal(0, 0.1, 400)
    history.pay[:, 0, 0] = history.expected[:, 0, 0] + rng.normal(0, 0.5, 400)
    means = MatchMeans()
    means.add(RPS, [Fixture("rps", (a, b), repeat) for a, b, repeat, _ in rows], history)
    (line,) = precisions(means, ["a"], wanted=0.01)
    assert line.times == pytest.approx(26, rel=0.15)
    assert line.expected == pytest.approx(1.966 * 0.1 / 20, rel=0.1)
    assert line.expected_repeats == pytest.approx((1.96 * 0.1 / 0.01) ** 2, rel=0.15)
    assert (line.arena, line.agent, line.line_ups, line.matches) == ("rps", "a", 1, 400)


def test_four_equal_throws_do_not_say_that_nothing_is_random() -> None:
    """Of even players the dice were equal by chance; of players whose moves are certain they had to be."""
    certain = [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]] * 4
    for probs, random in ((None, True), (certain, False)):
        means = MatchMeans()
        means.add(RPS, [Fixture("rps", ("a", "b"), repeat) for repeat in range(4)], planted_history(RPS, [-1.0] * 4, probs))
        (line,) = precisions(means, ["a"])
        assert (math.isnan(line.paid), math.isnan(line.paid_repeats)) == (random, random)
        assert (line.expected, line.expected_repeats) == (0.0, 1.0)


def test_many_comparisons_are_corrected_as_holm_did() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.04, float("nan"), 0.03])[::2] == pytest.approx([0.06, 0.06])
    p = np.random.default_rng(0).uniform(0, 0.3, 12)
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([]) == []


def test_what_is_equal_in_every_repeat_counts_once_and_has_no_interval_of_its_own() -> None:
    exact = mean_interval([[np.full(9, 0.25)]], np.random.default_rng(0))
    assert (exact.mean, exact.low, exact.high, exact.matches, exact.exact) == (0.25, 0.25, 0.25, 1, True)
    assert math.isnan(exact.p)
    mixed = mean_interval([[np.full(9, 0.25), np.array([0.0, 1.0, 0.5])]], np.random.default_rng(0))
    assert mixed.matches == 4
    alone = mean_interval([[np.array([0.25])]], np.random.default_rng(0))
    assert math.isnan(alone.low)
    assert not alone.beyond_doubt


def coverage(simulations: int, sizes: tuple[int, ...], skewed: bool) -> float:
    """How often the bootstrap interval of a mean of strata in equal parts holds the truth."""
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(simulations):
        draw = (lambda n: rng.exponential(1.0, n) - 1.0) if skewed else (lambda n: rng.normal(0.0, 1.0, n))
        strata = [place + (1 + place) * draw(n) for place, n in enumerate(sizes)]
        found = mean_interval([strata], rng, 500)
        inside += found.low <= (len(sizes) - 1) / 2 <= found.high
    return inside / simulations


@pytest.mark.parametrize(("sizes", "skewed"), [((20,) * 8, False), ((4,) * 10, False), ((200, 100), False), ((20,) * 10, True)])
def test_intervals_of_means_hold_the_truth(sizes: tuple[int, ...], skewed: bool) -> None:
    assert 0.93 <= coverage(1000, sizes, skewed) <= 0.97

"""Intervals near a bound and of the best of several answers, against closed forms and simulation."""

import numpy as np
import pytest
from scipy import stats

from analysis.grouped import HALVINGS, halvings, jackknife, of_the_best, reach, without_each
from analysis.near_zero import never_negative

GROUPS = 20


def squares(offset: np.ndarray, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """The squared length of a mean of 20 groups of normal numbers about an offset, and of those without each group."""
    groups = rng.normal(offset, 1.0, (GROUPS, len(offset)))
    return float((groups.mean(axis=0) ** 2).sum()), ((without_each(groups) / (GROUPS - 1)) ** 2).sum(axis=1)


@pytest.mark.parametrize(
    ("offset", "least", "most"),
    [
        ((0.0,), 0.95, 0.995),
        ((0.0, 0.0), 0.95, 0.995),
        ((0.5, 0.0), 0.93, 0.97),
        ((1.0, 1.0), 0.93, 0.97),
        ((9.0, 0.0), 0.93, 0.97),
    ],
)
def test_a_sum_of_squares_is_held_at_0_near_it_and_far_from_it(offset: tuple[float, ...], least: float, most: float) -> None:
    rng, truth = np.random.default_rng(1), float(np.square(offset).sum())
    found = [never_negative(*squares(np.array(offset), rng), np.ones(GROUPS)) for _ in range(1000)]
    assert least <= np.mean([one.low <= truth <= one.high for one in found]) <= most
    assert all(0 <= one.low <= one.mean <= one.high for one in found)
    if truth == 0:
        assert np.mean([one.low == 0 for one in found]) > 0.95


def test_the_jackknifes_own_interval_misses_at_the_bound_what_this_one_holds() -> None:
    rng = np.random.default_rng(2)
    drawn = [squares(np.zeros(1), rng) for _ in range(1000)]
    plain = [jackknife(whole, left, np.ones(GROUPS)) for whole, left in drawn]
    assert np.mean([abs(one.mean) <= one.half_width for one in plain]) < 0.88


def test_what_has_no_chance_in_it_is_exact_and_a_single_group_says_nothing() -> None:
    exact = never_negative(0.25, np.full(GROUPS, 0.25), np.ones(GROUPS))
    assert (exact.low, exact.mean, exact.high) == pytest.approx((0.25, 0.25, 0.25))
    nothing = never_negative(0.0, np.zeros(GROUPS), np.ones(GROUPS))
    assert (nothing.low, nothing.mean, nothing.high) == (0.0, 0.0, 0.0)
    assert np.isnan(never_negative(0.25, np.array([0.25]), np.ones(1)).low)
    rest = never_negative(0.25, np.linspace(0.2, 0.3, GROUPS), np.ones(GROUPS)).less_than(1.0)
    assert rest.low < rest.mean < rest.high < 1.0


def test_the_reach_is_that_of_both_ends_at_a_point_and_of_one_over_a_range() -> None:
    """Imbens & Manski (2004), equation 7."""
    assert reach(0.0, 19.0) == pytest.approx(stats.t.ppf(0.975, 19))
    assert reach(50.0, 19.0) == pytest.approx(stats.t.ppf(0.95, 19))
    middle = reach(0.7, 19.0)
    assert stats.t.cdf(middle + 0.7, 19) - stats.t.cdf(-middle, 19) == pytest.approx(0.95, abs=1e-6)


def test_the_best_lies_between_what_flatters_and_what_does_not() -> None:
    left, sizes = np.linspace(0.28, 0.32, GROUPS), np.ones(GROUPS)
    alike = of_the_best(0.3, left, sizes, 0.3)
    assert alike.half_width == pytest.approx(jackknife(0.3, left, sizes).half_width, rel=1e-6)
    apart = of_the_best(0.3, left, sizes, 0.1)
    assert apart.mean == pytest.approx(0.2)
    assert apart.mean + apart.half_width > 0.3 > 0.1 > apart.mean - apart.half_width
    assert of_the_best(0.3, np.full(GROUPS, 0.3), sizes, 0.3).half_width == 0.0


@pytest.mark.parametrize("counted", [2, 7, 20])
def test_halves_are_as_even_as_can_be_and_always_the_same(counted: int) -> None:
    which = np.arange(GROUPS) < counted
    first = halvings(which)
    assert first.shape == (HALVINGS, GROUPS)
    assert (first.sum(axis=1) == counted // 2).all()
    assert not first[:, counted:].any()
    np.testing.assert_array_equal(first, halvings(which))

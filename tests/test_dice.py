"""Chance: what is rolled, and what is made of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from arenas.dice import Dice, choose, match_seed

distributions = hnp.arrays(np.float64, 5, elements=st.sampled_from([0.0, 1e-300, 1e-9, 0.1, 0.3, 1.0])).filter(
    lambda p: p.sum() > 0
)
rolls = st.one_of(st.floats(0.0, 1.0, exclude_max=True), st.sampled_from([0.0, 5e-324, 1.0 - 2.0**-53, 0.5]))


@given(weights=distributions, roll=rolls)
def test_dice_never_choose_what_has_no_probability(weights: np.ndarray, roll: float) -> None:
    probs = weights / weights.sum()
    assert probs[choose(probs[None], np.array([roll]))[0]] > 0


def test_dice_choose_by_the_cumulative_distribution() -> None:
    probs = np.tile([0.25, 0.0, 0.5, 0.25], (6, 1))
    assert choose(probs, np.array([0.0, 0.2499, 0.25, 0.7499, 0.75, 0.9999])).tolist() == [0, 0, 2, 2, 3, 3]


def test_dice_scale_to_a_total_that_is_not_quite_one() -> None:
    nearly, over = [0.0, 0.5, 0.5 - 1e-10], [0.0, 0.5, 0.5 + 1e-10]
    assert choose(np.array([nearly, over]), np.array([1.0 - 2.0**-53] * 2)).tolist() == [2, 2]


def test_dice_of_a_match_do_not_depend_on_its_wave_or_its_length() -> None:
    wave, alone, short = Dice.roll([5, 6, 7], 2, 9), Dice.roll([6], 2, 9), Dice.roll([6], 2, 4)
    np.testing.assert_array_equal(wave.rolls[1], alone.rolls[0])
    np.testing.assert_array_equal(wave.seeds[1], alone.seeds[0])
    np.testing.assert_array_equal(alone.rolls[:, :, :4], short.rolls)
    np.testing.assert_array_equal(alone.seeds[:, :, :4], short.seeds)
    assert not np.array_equal(wave.rolls[0], wave.rolls[1])
    assert not np.array_equal(wave.rolls[0, 0], wave.rolls[0, 1])


def test_dice_are_uniform_and_independent_of_each_other() -> None:
    dice = Dice.roll([match_seed(1, f"m{i}") for i in range(200)], 2, 50)
    assert dice.rolls.min() >= 0.0
    assert dice.rolls.max() < 1.0
    cells, cases = 20, dice.rolls.size
    counts = np.bincount((dice.rolls.ravel() * cells).astype(int), minlength=cells)
    chi_square = ((counts - cases / cells) ** 2 / (cases / cells)).sum()
    assert chi_square < 43.8, "the 99.9 % quantile of chi-square with 19 degrees of freedom"
    low_bits = (dice.seeds % 2).ravel().astype(float)
    neighbours = [
        np.corrcoef(dice.rolls[:, 0].ravel(), dice.rolls[:, 1].ravel()),
        np.corrcoef(dice.rolls[:, :, :-1].ravel(), dice.rolls[:, :, 1:].ravel()),
        np.corrcoef(dice.rolls.ravel(), low_bits),
    ]
    assert max(abs(c[0, 1]) for c in neighbours) < 4 / np.sqrt(cases / 2)


def test_a_seed_follows_from_run_and_fixture_alone() -> None:
    assert match_seed(1, "rps/a-vs-b/0") == match_seed(1, "rps/a-vs-b/0")
    assert len({match_seed(1, "x"), match_seed(2, "x"), match_seed(1, "y")}) == 3
    assert 0 <= match_seed(0, "") < 2**128

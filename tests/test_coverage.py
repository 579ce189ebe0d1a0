"""Every 95 % interval that is printed holds the truth that was planted, as often as it says; RELIABILITY.md is the table.

`python tests/test_coverage.py` prints that table.
"""

import numpy as np
import pytest
from planted_truths import LEAST, MOST, Planted
from truths_of_habits import HABITS
from truths_of_means import MEANS, best_of_equals
from truths_of_players import PLAYERS
from truths_of_solo import SOLO
from truths_of_texts import RATE, TEXTS

PLANTED: tuple[Planted, ...] = (*MEANS, *HABITS, *PLAYERS, *SOLO, *TEXTS, *RATE)
HEAD = ("command", "estimator", "setting", "simulations", "coverage", "mean width", "beyond .93 to .97 because")


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_an_interval_holds_the_truth(planted: Planted) -> None:
    coverage = planted.run().coverage
    print(row(planted))
    assert planted.least <= coverage <= planted.most


def test_only_what_says_why_may_lie_beyond() -> None:
    """Every exception has a reason, and no name stands twice."""
    for planted in PLANTED:
        assert ((planted.least, planted.most) != (LEAST, MOST)) == bool(planted.why), planted.name
    assert len({planted.name for planted in PLANTED}) == len(PLANTED)


def test_choosing_and_measuring_on_different_halves_takes_the_bias_of_the_best_away() -> None:
    """Eight opponents that win as much: the best over all matches flatters itself, the one chosen on a half does not."""
    naive, split, said = flattery()
    print(said)
    error = float(split.std() / np.sqrt(len(split)))
    assert float(naive.mean()) > 0.05
    assert abs(float(split.mean())) < 3 * error


def flattery() -> tuple[np.ndarray, np.ndarray, str]:
    """By how much the best of 8 equals looks better than it is, chosen and measured on all matches, and on different halves."""
    naive, split = best_of_equals(8, 40, 2000)
    error = split.std() / np.sqrt(len(split))
    return (
        naive,
        split,
        f"The best of 8 opponents that win as much as each other, in {len(split):,} simulations of 40 matches each, looks "
        f"{naive.mean():+.4f} better than it is without the split, {split.mean():+.4f} with it (standard error {error:.4f}).",
    )


def row(planted: Planted) -> str:
    """A line of the table."""
    found = planted.run()
    why = "" if LEAST <= found.coverage <= MOST else planted.why
    numbers = (f"{planted.simulations:,}", f"{found.coverage:.3f}", f"{found.width:.3g}")
    return f"| {' | '.join((planted.command, planted.estimator, planted.setting, *numbers, why))} |"


def table() -> None:
    """Print every line as soon as it is known."""
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for planted in PLANTED:
        print(row(planted), flush=True)
    print(f"\n{flattery()[2]}")


if __name__ == "__main__":
    table()

"""Whether spoken answers are what the probabilities said that they would be."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from arenas.history import FloatArray, IntArray

FEWEST_EXPECTED = 5.0
"""Answers that are expected less often than this are counted together (Cochran 1954)."""
SURE = 0.001
"""The probability of as large a difference by chance below which read and spoken answers are said to differ."""


@dataclass(frozen=True)
class Agreement:
    """Spoken answers against read ones.

    `p_answers`: a chi-square test of which answers were given, among those that are answers; 1 where one cell is left.
    `p_share`: a binomial test of how many were answers at all. `off` and `off_low`, `off_high`: the spoken share of
    non-answers with its 95 % interval (Clopper & Pearson 1934); `read_off`: the same as read.
    """

    answers: int
    samples: int
    p_answers: float
    p_share: float
    read_off: float
    off: float
    off_low: float
    off_high: float

    @property
    def holds(self) -> bool:
        """Whether nothing beyond chance was found."""
        return min(self.p_answers, self.p_share) > SURE


def agreement(read: FloatArray, counts: IntArray, samples: int) -> Agreement:
    """The spoken `counts` [A] of `samples` answers against the probabilities `read` [A], which sum to the share of answers."""
    answers, on_menu = int(counts.sum()), min(float(read.sum()), 1.0)
    share = stats.binomtest(answers, samples, on_menu)
    interval = share.proportion_ci(0.95)
    return Agreement(
        answers=answers,
        samples=samples,
        p_answers=_chi_square(read, counts),
        p_share=float(share.pvalue),
        read_off=1.0 - on_menu,
        off=1.0 - answers / samples,
        off_low=1.0 - float(interval.high),
        off_high=1.0 - float(interval.low),
    )


def total_variation(read: FloatArray, counts: IntArray) -> float:
    """Half the sum of differences between the normalised `read` [A] and the shares of the `counts` [A]; NaN without counts."""
    if not counts.sum():
        return float("nan")
    return float(np.abs(read / read.sum() - counts / counts.sum()).sum() / 2.0)


def _chi_square(read: FloatArray, counts: IntArray) -> float:
    """The p-value of the counts among answers, cells of few expected answers counted together."""
    expected = np.sort(read) / read.sum() * counts.sum()
    seen = counts[np.argsort(read)]
    few = int((np.cumsum(expected) < FEWEST_EXPECTED).sum()) + 1 if expected[0] < FEWEST_EXPECTED else 0
    few = max(few, int((expected < FEWEST_EXPECTED).sum()))
    cells = [np.concatenate([[cell[:few].sum()], cell[few:]]) if few else cell for cell in (seen.astype(float), expected)]
    if len(cells[0]) < 2:
        return 1.0
    return float(stats.chisquare(cells[0].tolist(), (cells[1] * cells[0].sum() / cells[1].sum()).tolist()).pvalue)

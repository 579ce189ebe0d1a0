"""Davidson's model of wins and ties, at its greatest likelihood: what ratings of players and strengths in pairs share."""

from dataclasses import dataclass

import numpy as np

from arenas.history import BoolArray, FloatArray

MOST_STEPS = 200
SMALLEST_STEP = 1e-10


@dataclass(frozen=True)
class DavidsonFit:
    """Log-strengths `levels` [...,n], 0 on average, and Davidson's tie parameter `ties` [...]: 0 where nobody tied.

    `information` [...,n+1,n+1] is what the comparisons say about the levels and the logarithm of `ties`, made invertible where
    they say nothing: of the mean of the levels, and of ties where there are none.
    """

    levels: FloatArray
    ties: FloatArray
    information: FloatArray


def fitted(wins: FloatArray, ties: FloatArray) -> DavidsonFit:
    """Davidson (1970), which is Bradley & Terry (1952) with ties, of one table or of many; by Newton's method.

    wins [...,n,n] are those of the row, a tie of i and j stands in both ties[i,j] and ties[j,i]. Levels are finite only where
    every group has lost to some other. The likelihood is that of an exponential family in levels and the logarithm of the tie
    parameter, so that its gradient is what was observed less what is expected, and it has one maximum.
    """
    *many, n = wins.shape[:-1]
    tied: BoolArray = np.asarray(ties.any(axis=(-2, -1)))
    total = wins + np.swapaxes(wins, -2, -1) + ties
    place = np.zeros((*many, n + 1))  # levels, and the logarithm of the tie parameter
    for _ in range(MOST_STEPS):
        levels = place[..., :n]
        chances = probabilities(levels[..., :, None] - levels[..., None, :], _tie_parameter(place, tied)[..., None, None])
        tie = chances[..., 1]
        points = chances[..., 0] + tie / 2.0
        of_levels = (wins + ties / 2.0 - total * points).sum(axis=-1)
        of_ties = (ties - total * tie).sum(axis=(-2, -1)) / 2.0
        information = _information(total, points, tie, tied)
        gradient = np.concatenate([of_levels, of_ties[..., None]], axis=-1)
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        largest = np.abs(step).max(axis=-1, keepdims=True)
        place += step / np.maximum(largest, 1.0)  # never further at once than e times the odds
        if largest.max(initial=0.0) < SMALLEST_STEP:
            break
    return DavidsonFit(place[..., :n], _tie_parameter(place, tied), information)


def probabilities(difference: FloatArray, ties: FloatArray | float) -> FloatArray:
    """Probabilities [...,3] of win, tie and loss for levels that differ by [...]: as a : ties sqrt(a b) : b."""
    half = np.abs(difference) / 2.0
    # divided by the larger of both strengths, so that nothing overflows
    win, loss, tie = np.exp(difference / 2.0 - half), np.exp(-difference / 2.0 - half), ties * np.exp(-half)
    return np.stack([win, tie, loss], axis=-1) / (win + tie + loss)[..., None]


def _tie_parameter(place: FloatArray, tied: BoolArray) -> FloatArray:
    return np.where(tied, np.exp(place[..., -1]), 0.0)


def _information(total: FloatArray, points: FloatArray, tie: FloatArray, tied: BoolArray) -> FloatArray:
    """The negative second derivatives [...,n+1,n+1] of the log-likelihood: the covariances of points and ties."""
    n = total.shape[-1]
    spread = total * (points * (1.0 - points) - tie / 4.0)
    information = np.zeros((*total.shape[:-2], n + 1, n + 1))
    # nothing depends on the mean of the levels, which the constant keeps at 0, nor on the tie parameter where nobody ties
    information[..., :n, :n] = np.eye(n) * spread.sum(axis=-1)[..., None] - spread + 1.0
    both = (total * tie * (0.5 - points)).sum(axis=-1)  # 0 where nobody ties
    information[..., :n, n], information[..., n, :n] = both, both
    information[..., n, n] = np.where(tied, (total * tie * (1.0 - tie)).sum(axis=(-2, -1)) / 2.0, 1.0)
    return information

"""How sure the score is: its interval beside that of what the dice paid, and the matches each needs for a wanted precision."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from analysis.match_means import MatchMeans
from analysis.resampling import Strata, mean_estimate, sample_of

MOST_REPEATS = 10**9
LEAST_BITS = 1e-6
"""Mean entropy of a match below which its moves count as certain."""


@dataclass(frozen=True)
class Precision:
    """One agent in one arena: 95 % half-widths of its mean pay, expected and as the dice paid it, in points a round.

    `matches` in `line_ups` (opponents and seats). The needed matches are for the precision asked for, in line-ups of equal
    repeats; NaN where there was but one match of each line-up. What the dice paid is NaN, too, where it was the same in all
    matches of a line-up though its distributions left it to chance: so few matches do not say how much it spreads.
    """

    arena: str
    agent: str
    line_ups: int
    matches: int
    expected: float
    paid: float
    expected_repeats: float
    paid_repeats: float

    @property
    def times(self) -> float:
        """How many times as many matches the dice need for as narrow an interval; infinite where expected pay is exact, NaN
        where it is not known how much the dice spread.
        """
        return (self.paid / self.expected) ** 2 if self.expected > 1e-9 else float("inf")


def precisions(means: MatchMeans, agents: Collection[str], wanted: float = 0.01) -> list[Precision]:
    """Every agent in every arena that pays."""
    found = []
    for arena in means.arenas(scored=True):
        for agent in (name for name in means.names(arena) if name in agents):
            strata = list(means.strata(arena, agent).values())
            both = [[stratum.column(column) for stratum in strata] for column in ("pay", "paid")]
            widths = [mean_estimate([column]).half_width for column in both]
            needed = [repeats_needed(column, wanted) for column in both]
            if _spread_unseen(means, arena, agent):
                widths[1] = needed[1] = float("nan")
            matches = sum(len(stratum.repeats) for stratum in strata)
            found.append(Precision(arena, agent, len(strata), matches, *widths, *needed))
    return found


def _spread_unseen(means: MatchMeans, arena: str, agent: str) -> bool:
    """Whether some line-up of several matches was paid the same in all of them though its moves were left to chance."""
    alike = means.games[arena].seats_alike
    for (opponent, seat), stratum in means.strata(arena, agent).items():
        paid, bits = stratum.column("paid"), stratum.column("entropy")
        if len(paid) < 2 or np.ptp(paid) > 1e-12:
            continue
        if opponent:
            bits = np.append(bits, means.strata(arena, opponent)[agent, seat if alike else 1 - seat].column("entropy"))
        if np.isnan(bits).any() or bits.max() > LEAST_BITS:  # of estimated distributions nobody knows the bits
            return True
    return False


def repeats_needed(strata: Strata, wanted: float) -> float:
    """The fewest repeats of every line-up for which the 95 % half-width of their mean is at most `wanted`; NaN if unknown.

    By the spread within each line-up as it was seen, and Student's t with the degrees of freedom of so many repeats. Never
    fewer than 2, which any interval needs, but 1 where nothing is random.
    """
    from scipy.special import stdtrit

    samples = [sample_of(values) for values in strata]
    freedom = sum(sample.count - 1 for sample in samples)
    if not freedom:
        return float("nan")
    pooled = sum(sample.squares for sample in samples) / freedom
    spreads = np.array([sample.squares / (sample.count - 1) if sample.count > 1 else pooled for sample in samples])
    if spreads.sum() <= 1e-18:
        return 1.0
    single = float(spreads.sum()) / len(samples) ** 2  # the variance of the mean at one repeat
    shape = float(spreads.sum()) ** 2 / float((spreads**2).sum())  # line-ups that spread, as Satterthwaite counts them
    repeats = 2
    while repeats < MOST_REPEATS:
        needed = math.ceil(single * (float(stdtrit(shape * (repeats - 1), 0.975)) / wanted) ** 2 - 1e-9)
        if needed <= repeats:
            return float(repeats)
        # t falls with every repeat, so what is needed at one more can only be less
        repeats = min(needed, max(repeats + 1, math.ceil(single * (1.96 / wanted) ** 2)))
    return float(MOST_REPEATS)

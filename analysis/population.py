"""How good a player is in a population, from the table of who wins what from whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenas.history import FloatArray


@dataclass(frozen=True)
class PopulationScore:
    """One player's numbers in a population (Lanctot et al. 2023, arXiv 2303.03196), in the points of the table.

    `population_return` is the mean over all players, itself among them; `exploitability` is what the player that wins most from
    it wins, `worst` its name; `aggregate` is the first less the second.
    """

    name: str
    population_return: float
    exploitability: float
    worst: str

    @property
    def aggregate(self) -> float:
        """PopulationReturn less WithinPopExpl."""
        return self.population_return - self.exploitability


def population_scores(names: Sequence[str], table: FloatArray) -> list[PopulationScore]:
    """Scores, the highest aggregate first; table [n,n] is what the row player wins from the column player.

    The exploitability is the largest of n means, so the noise of the means biases it upwards: play many games a pair.
    """
    if table.shape != (len(names), len(names)) or not np.isfinite(table).all():
        raise ValueError(f"a table of {len(names)} players must be square and finite, got shape {table.shape}")
    worst = np.argmin(table, axis=1)
    scores = [
        PopulationScore(name, float(row.mean()), -float(row[j]), names[j])
        for name, row, j in zip(names, table, worst, strict=True)
    ]
    return sorted(scores, key=lambda score: (-score.aggregate, score.name))


def outsider_score(name: str, row: FloatArray, members: Sequence[str]) -> PopulationScore:
    """The score of a player from outside against the members of a population; row [n] is what it wins from each."""
    j = int(np.argmin(row))
    return PopulationScore(name, float(row.mean()), 0.0 - float(row[j]), members[j])

"""Nash averaging: players rated by their pay against the hardest mixture of the others."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from arenas.equilibrium import equilibrium, shares
from arenas.history import FloatArray

SLACK = 1e-7
"""Part of the largest pay that a strategy may fall short of the value by, and still be optimal."""


@dataclass(frozen=True)
class NashAverage:
    """The max-entropy equilibrium of a table of pay [n,m] between agents and opponents, and what it rates everybody at.

    `ratings` are the agents' pay against the opponents' mixture, `other_ratings` the opponents' pay against the agents'.
    """

    weights: FloatArray  # [n]
    other_weights: FloatArray  # [m]
    ratings: FloatArray  # [n]
    other_ratings: FloatArray  # [m]
    value: float


def nash_average(table: FloatArray) -> NashAverage:
    """Balduzzi et al. (2018), "Re-evaluating evaluation", arXiv 1806.02643, of agents against opponents.

    Known flaw: whoever is closest to unbeatable, such as a player that is uniform, takes the whole mass, and noise decides over
    the rest. Read the ratings, not the weights.
    """
    unit = float(np.abs(table).max(initial=0.0)) or 1.0
    value, vertex, other = equilibrium(table / unit)
    if _unique(table / unit, value, vertex, other):
        weights, others = vertex, other
    else:
        weights = _most_even(table / unit, value, vertex)
        others = _most_even(-table.T / unit, -value, other)
    return NashAverage(weights, others, table @ others, -(weights @ table), value * unit)


def _unique(table: FloatArray, value: float, vertex: FloatArray, other: FloatArray) -> bool:
    """Whether the equilibrium is the only one: as many on either side, and whoever is left out would lose by it."""
    rows, columns = vertex > SLACK, other > SLACK
    losing = (table @ other)[~rows] < value - SLACK
    beaten = (vertex @ table)[~columns] > value + SLACK
    return bool(rows.sum() == columns.sum() and losing.all() and beaten.all())


def _most_even(table: FloatArray, value: float, vertex: FloatArray) -> FloatArray:
    """The strategy [n] of largest entropy among those that earn the value against everybody.

    Starts at an optimal one; where the search for a more even one fails, that stays.
    """
    from scipy.optimize import minimize

    n = len(vertex)
    floor = 1e-12
    search: Any = minimize  # its types do not know of constraints of both kinds
    solution = search(
        lambda p: float((p * np.log(p + floor)).sum()),
        vertex,
        jac=lambda p: np.log(p + floor) + 1.0,
        bounds=[(0.0, 1.0)] * n,
        constraints=[
            {"type": "eq", "fun": lambda p: p.sum() - 1.0, "jac": lambda _: np.ones(n)},
            {"type": "ineq", "fun": lambda p: p @ table - value + SLACK, "jac": lambda _: table.T},
        ],
        method="SLSQP",
        options={"maxiter": 200, "ftol": 1e-12},
    )
    found = shares(solution.x)
    return found if (found @ table).min() >= value - 10 * SLACK else vertex

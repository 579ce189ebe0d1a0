"""The equilibrium of a table of pay between two sides, one of which loses what the other wins."""

from typing import Any

import numpy as np

from arenas.history import FloatArray


def equilibrium(table: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Value for the rows of a table [n,m] and an optimal mixed strategy of each side, [n] and [m].

    By linear programming (HiGHS; von Neumann 1928): the row player maximises v subject to (x A)_j >= v for every column j; the
    column player's strategy is the dual. Raises `RuntimeError` if none was found.
    """
    from scipy.optimize import linprog

    rows, columns = table.shape
    # solved in units of the largest payoff: the solver's tolerances are absolute
    unit = float(np.abs(table).max(initial=0.0)) or 1.0
    solution: Any = linprog(
        c=np.r_[np.zeros(rows), -1.0],
        A_ub=np.c_[-table.T / unit, np.ones(columns)],
        b_ub=np.zeros(columns),
        A_eq=np.r_[np.ones(rows), 0.0][None],
        b_eq=[1.0],
        bounds=[(0, None)] * rows + [(None, None)],
        method="highs",
    )
    if solution.status != 0:
        raise RuntimeError(f"the equilibrium of a table of {table.shape} was not found: {solution.message}")
    return 0.0 - unit * float(solution.fun), shares(solution.x[:rows]), shares(-solution.ineqlin.marginals)


def shares(weights: FloatArray) -> FloatArray:
    """Weights as probabilities, once what rounding took below 0 is 0."""
    clipped = np.clip(weights, 0.0, None)
    return np.asarray(clipped / clipped.sum())

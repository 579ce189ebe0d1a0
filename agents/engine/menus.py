"""From the mass of every form to the answers of rows over their menus."""

import json
from collections.abc import Callable, Sequence

import numpy as np

from agents.engine.answers import Answers, Found
from agents.model import Answered
from arenas.history import FloatArray, IntArray

MARKED = 0.1
"""Mass off the menu, or on other forms than the history's, from which a row's reading is kept for looking."""
SHOWN = 5
"""The most tokens and forms that are kept."""
Likeliest = Callable[[Sequence[int]], list[list[tuple[str, float]]]]
"""The likeliest tokens of some rows that begin no answer."""


def summed(answers: Answers, found: Found, menu_of: IntArray, likeliest: Likeliest) -> Answered:
    """The answers of rows [B] over the menus `menu_of` [B]. Where a row puts nothing at all on its menu, it is uniform."""
    by_form = answers.by_form(found)
    width = max(map(len, answers.paths.of_menu))
    mass, begun, usual = np.zeros((len(menu_of), width)), np.zeros(len(menu_of)), np.zeros(len(menu_of))
    legal = np.zeros_like(mass)
    for menu, actions in enumerate(answers.paths.of_menu):
        rows = np.flatnonzero(menu_of == menu)
        if not len(rows):
            continue
        for a, forms in enumerate(actions):
            mass[rows, a], legal[rows, a] = by_form[rows][:, forms].sum(axis=1), 1.0 / len(actions)
            usual[rows] += by_form[rows, forms[0]]
        begun[rows] = answers.begun(found, frozenset(form for forms in actions for form in forms))[rows]
    on_menu = mass.sum(axis=1)
    probs = np.where(on_menu[:, None] > 0.0, mass / np.where(on_menu > 0.0, on_menu, 1.0)[:, None], legal)
    unended = np.clip(begun - on_menu, 0.0, np.maximum(1.0 - on_menu, 0.0))
    off_menu = np.clip(1.0 - on_menu - unended, 0.0, 1.0)
    looked_at = np.flatnonzero((on_menu < 1.0 - MARKED) | (usual < (1.0 - MARKED) * on_menu)).tolist()
    readings = [""] * len(menu_of)
    for row, outside in zip(looked_at, likeliest(looked_at), strict=True):
        readings[row] = _reading(answers.paths.forms, by_form[row], outside)
    return Answered(probs, off_menu, unended, readings)


def _reading(forms: Sequence[str], shares: FloatArray, outside: list[tuple[str, float]]) -> str:
    """The likeliest tokens off the menu and the likeliest forms, as JSON."""
    order = np.argsort(-shares, kind="stable")[:SHOWN].tolist()
    likely = [(forms[form], round(float(shares[form]), 6)) for form in order if shares[form] > 0.0]
    return json.dumps({"outside": outside, "forms": likely}, ensure_ascii=False)

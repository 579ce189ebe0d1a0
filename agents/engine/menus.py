"""From the mass of every form to the answers of rows over their menus."""

import json
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from agents.engine.answers import Answers, Found
from agents.engine.pieces import Pieces
from agents.engine.reading import Reading
from agents.engine.sampling import cut
from agents.model import Answered, Sampling
from arenas.history import FloatArray, IntArray

MARKED = 0.1
"""Mass off the menu, or on other forms than the history's, from which a row's reading is kept for looking."""
SHOWN = 5
"""The most tokens and forms that are kept."""
THINKS = 0.5
"""The probability of a token that opens thoughts from which a model is said to think by itself."""
THINKING = "the model opens its thoughts by itself ({text!r}): give it `thinking: {{tokens: N, samples: K}}`"
Outside = list[tuple[str, float]]
"""Tokens that begin no answer, with their probabilities."""


def summed(
    answers: Answers, found: Found, menu_of: IntArray, outside: Callable[[Sequence[int]], list[Outside]], samples: int = 1
) -> Answered:
    """The answers of rows over the menus `menu_of` [B], from what was found of [B * samples] rows: the mean over the samples.

    Where a row puts nothing at all on its menu, it is uniform.
    """
    by_form = _mean(answers.by_form(found), samples)
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
        begun[rows] = _mean(answers.begun(found, frozenset(form for forms in actions for form in forms)), samples)[rows]
    on_menu = mass.sum(axis=1)
    probs = np.where(on_menu[:, None] > 0.0, mass / np.where(on_menu > 0.0, on_menu, 1.0)[:, None], legal)
    unended = np.clip(begun - on_menu, 0.0, np.maximum(1.0 - on_menu, 0.0))
    off_menu = np.clip(1.0 - on_menu - unended, 0.0, 1.0)
    looked_at = np.flatnonzero((on_menu < 1.0 - MARKED) | (usual < (1.0 - MARKED) * on_menu)).tolist()
    readings = [""] * len(menu_of)
    for row, others in zip(looked_at, outside([row * samples for row in looked_at]), strict=True):
        readings[row] = _reading(answers.paths.forms, by_form[row], others)
    return Answered(probs, off_menu, unended, readings)


def likeliest(answers: Answers, reading: Reading, rows: Sequence[int], sampling: Sampling, pieces: Pieces) -> list[Outside]:
    """The likeliest tokens in some rows that begin no answer."""
    begin = {node[0] for node in answers.paths.nodes[1:]}
    shown: list[Outside] = []
    if not rows:
        return shown

    def best(logits: Tensor, _: Tensor) -> Tensor:
        top = torch.softmax(cut(logits, sampling), dim=-1).topk(min(SHOWN + len(begin), logits.shape[1]), dim=-1)
        return torch.stack([top.values.double(), top.indices.double()], dim=1)

    for probs, numbers in reading.last_of(rows).in_parts(best)[:, 0].tolist():
        tokens = [int(number) for number in numbers]
        if tokens[0] in pieces.thinking_tokens and probs[0] > THINKS:
            pieces.notes[THINKING.format(text=pieces.spelled(tokens[0]))] = None
        others = [(pieces.spelled(token), round(p, 6)) for token, p in zip(tokens, probs, strict=True) if token not in begin]
        shown.append([(text, p) for text, p in others if p > 0.0][:SHOWN])
    return shown


def _mean(array: FloatArray, samples: int) -> FloatArray:
    """The mean over every `samples` rows that follow each other."""
    mean: FloatArray = array.reshape(-1, samples, *array.shape[1:]).mean(axis=1)
    return mean


def _reading(forms: Sequence[str], shares: FloatArray, outside: Outside) -> str:
    """The likeliest tokens off the menu and the likeliest forms, as JSON."""
    order = np.argsort(-shares, kind="stable")[:SHOWN].tolist()
    likely = [(forms[form], round(float(shares[form]), 6)) for form in order if shares[form] > 0.0]
    return json.dumps({"outside": outside, "forms": likely}, ensure_ascii=False)

"""Who beats whom in a report: circles, groups and those who stand apart, in words and in a drawing."""

import re

import numpy as np
import pytest
from planted import planted_pairs

from analysis.beats import BeatsGraph, beats_graph
from analysis.charts import beats
from analysis.charts.drawing import specification
from analysis.charts.figure import WIDE
from analysis.page.words import circles
from analysis.payoffs import payoffs

LINE = np.array([[0.0, 1.0, 1.0, 1.0], [-1.0, 0.0, 1.0, 1.0], [-1.0, -1.0, 0.0, 1.0], [-1.0, -1.0, -1.0, 0.0]])
RING = np.zeros((6, 6))
for winner, loser in ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3), (4, 3)):
    RING[winner, loser], RING[loser, winner] = 0.5, -0.5


def graph(names: str, table: np.ndarray) -> BeatsGraph:
    return beats_graph(payoffs(planted_pairs(names, table, 5, 0.0, np.random.default_rng(0))), seed=1)


def test_a_ranking_with_uneven_differences_is_not_said_to_be_no_ranking() -> None:
    found = graph("abcd", LINE)
    assert found.cyclic.share == pytest.approx(1 / 6)
    said = " ".join(circles(found))
    assert "17 %" in said
    assert "not the difference of two ratings" in said
    assert "No circle" in said
    assert "no ranking" not in said.lower()


def test_groups_and_who_stands_apart_are_named() -> None:
    found = graph("abcdez", RING)
    said = " ".join(circles(found))
    assert "Beating each other in circles, so that none of them is above the others: a, b and c." in said
    assert "Unbeaten beyond chance, but beating nobody: z." in said
    assert "e" not in beats.apart(found)


def test_who_beats_nobody_is_drawn_below_and_not_above() -> None:
    found = graph("abcdez", RING)
    figure = beats.figure(found, ["a", "z"])
    assert figure is not None
    assert "who beats nobody and is beaten by nobody" in figure.reading
    nodes = {
        node["name"]: node["y"]
        for layer in specification(figure, WIDE)["layer"]
        for node in layer.get("data", {}).get("values", [])
        if "name" in node
    }
    assert set(nodes) == set("abcdez")
    assert nodes["z"] > nodes["d"] > nodes["e"] == pytest.approx(nodes["a"], abs=30)
    assert re.search("Below all", (beats.figure(graph("abcd", LINE), ["a"]) or figure).reading) is None

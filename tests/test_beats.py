"""The beats-graph and the cyclic share of games whose truth is planted."""

import math

import numpy as np
import pytest
from planted import planted, planted_pairs

from analysis.alignment_words import graph_in_words
from analysis.beats import beats_graph, cyclic_share
from analysis.payoffs import payoffs

CIRCLE = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
RANKING = np.subtract.outer([0.6, 0.2, -0.1, -0.7], [0.6, 0.2, -0.1, -0.7])
RPS_NAMES = ("rock", "paper", "scissors")


def test_rock_paper_and_scissors_are_wholly_cyclic() -> None:
    graph = beats_graph(payoffs(planted_pairs(RPS_NAMES, CIRCLE, 5, 0.1, np.random.default_rng(0))), seed=1)
    assert graph.cyclic.share == pytest.approx(1.0, abs=0.01)
    assert graph.cycles == (("paper", "rock", "scissors"),)
    assert graph.components == (("paper", "rock", "scissors"),)
    assert {(edge.winner, edge.loser) for edge in graph.edges} == {
        ("paper", "rock"),
        ("rock", "scissors"),
        ("scissors", "paper"),
    }
    assert {spot.tier for spot in graph.layout} == {0}


def test_a_ranking_is_not_cyclic_at_all() -> None:
    graph = beats_graph(payoffs(planted_pairs("abcd", RANKING, 5, 0.0, np.random.default_rng(0))), seed=1)
    assert graph.cyclic.share == pytest.approx(0.0, abs=1e-12)
    assert graph.cyclic.ratings == pytest.approx({"a": 0.6, "b": 0.2, "c": -0.1, "d": -0.7})
    assert (graph.cycles, graph.components) == ((), ())
    assert [(spot.name, spot.tier) for spot in graph.layout] == [("a", 0), ("b", 1), ("c", 2), ("d", 3)]
    assert all(math.isnan(edge.holm) for edge in graph.edges), "nothing is random, so that nothing is tested"


@pytest.mark.parametrize("part", [0.1, 0.5])
def test_a_mixture_has_the_share_that_was_mixed_in(part: float) -> None:
    """The two parts are orthogonal, so that their squares add up."""
    ranking = np.subtract.outer([1.0, 0.0, -1.0], [1.0, 0.0, -1.0])
    table = math.sqrt((1 - part) / (ranking**2).sum()) * ranking + math.sqrt(part / (CIRCLE**2).sum()) * CIRCLE
    found = cyclic_share(payoffs(planted_pairs("abc", table, 3, 0.0, np.random.default_rng(0))), seed=1)
    assert found.share == found.raw == pytest.approx(part)


def test_chance_is_not_taken_for_a_circle() -> None:
    """Noise alone looks cyclic; what it adds on average is taken off, and the interval reaches the truth."""
    rng = np.random.default_rng(1)
    found = [cyclic_share(payoffs(planted_pairs("abcd", RANKING / 4, 10, 0.5, rng)), seed=1) for _ in range(60)]
    raw, share = (float(np.mean([getattr(one, name) for one in found])) for name in ("raw", "share"))
    assert raw > 0.05
    assert share < raw / 2
    assert np.mean([one.low <= 0.001 for one in found]) > 0.9


def test_a_circle_of_four_without_triangles_is_cyclic() -> None:
    """Agents and opponents that meet only each other."""
    wins = [("a", "x"), ("x", "b"), ("b", "y"), ("y", "a")]
    rows = [(one, other, repeat, 0.5) for one, other in wins for repeat in range(3)]
    graph = beats_graph(payoffs(planted(rows)), seed=1)
    assert graph.cycles == (("a", "x", "b", "y"),)
    assert graph.cyclic.share == pytest.approx(1.0)
    assert graph.compared == 4


def test_a_strict_ranking_may_have_a_share_that_is_no_circle() -> None:
    """Everybody wins 1 from all below: a sixth of it is no difference of ratings, though a ranking tells all of it."""
    table = np.sign(np.subtract.outer([3.0, 2, 1, 0], [3.0, 2, 1, 0]))
    graph = beats_graph(payoffs(planted_pairs("abcd", table, 3, 0.0, np.random.default_rng(0))), seed=1)
    assert graph.cyclic.share == pytest.approx(1 / 6)
    said = " ".join(graph_in_words(graph))
    assert "difference of two ratings" in said
    assert "no ranking" not in said
    assert "nobody beats in a circle" in said
    assert "6 of 6 pairs that met are decided beyond doubt (6 of them as nothing in them is random)" in said
    assert (graph.compared, graph.tested) == (6, 0)


def test_a_circle_of_five_is_a_group() -> None:
    rows = [(a, b, repeat, 0.5) for a, b in ("ab", "bc", "cd", "de", "ea") for repeat in range(3)]
    graph = beats_graph(payoffs(planted(rows)), seed=1)
    assert graph.cycles == ()
    said = " ".join(graph_in_words(graph))
    assert "everybody is in a circle with everybody else, of whatever length: a, b, c, d, e" in said
    assert "nobody" not in said


def test_pairs_within_chance_have_no_edge_and_holm_counts_them_all() -> None:
    rng = np.random.default_rng(2)
    edges = [len(beats_graph(payoffs(planted_pairs("abcdef", np.zeros((6, 6)), 8, 1.0, rng)), seed=1).edges) for _ in range(40)]
    assert np.mean(np.array(edges) > 0) < 0.15, "some edge in about 5 % of graphs without any"


def test_nothing_depends_on_names_or_order() -> None:
    rng = np.random.default_rng(3)
    rows = [(a, b, repeat, float(rng.normal(0.3, 1))) for a, b in ("ab", "bc", "ac", "ad", "db") for repeat in range(6)]
    other = str.maketrans("abcd", "zwyx")
    turned = [(b.translate(other), a.translate(other), repeat, -pay) for a, b, repeat, pay in reversed(rows)]
    before, after = (beats_graph(payoffs(planted(some)), seed=1) for some in (rows, turned))
    assert (after.cyclic.share, after.cyclic.low, after.cyclic.high) == pytest.approx(
        (before.cyclic.share, before.cyclic.low, before.cyclic.high)
    )
    renamed = [(edge.winner.translate(other), edge.loser.translate(other), edge.pay) for edge in before.edges]
    assert [(edge.winner, edge.loser, edge.pay) for edge in after.edges] == renamed


def test_few_matches_say_nothing_and_nobody_met_is_no_error() -> None:
    alone = beats_graph(payoffs(planted([("a", "b", 1, 0.5)])), seed=1)
    assert alone.edges == ()
    assert math.isnan(alone.cyclic.low)
    assert alone.cyclic.share == pytest.approx(0.0, abs=1e-12)
    empty = beats_graph(payoffs(planted([("a", "b", 1, 0.0)]), arenas=[]), seed=1)
    assert (empty.players, empty.edges) == ((), ())

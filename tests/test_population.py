"""Scores in a population, by hand."""

import numpy as np
import pytest

from analysis.population import population_scores


def test_scores_of_a_small_population() -> None:
    table = np.array([[0.0, 3.0, -1.0], [-3.0, 0.0, 0.5], [1.0, -0.5, 0.0]])
    scores = population_scores(["rock", "paper", "scissors"], table)
    assert [score.name for score in scores] == ["rock", "scissors", "paper"]
    rock, scissors, paper = scores
    assert (rock.population_return, rock.exploitability, rock.worst) == (pytest.approx(2 / 3), 1.0, "scissors")
    assert (scissors.population_return, scissors.exploitability, scissors.worst) == (pytest.approx(1 / 6), 0.5, "paper")
    assert (paper.population_return, paper.exploitability, paper.worst) == (pytest.approx(-2.5 / 3), 3.0, "rock")
    assert rock.aggregate == pytest.approx(2 / 3 - 1)


def test_who_loses_to_nobody_is_credited_with_what_it_wins_at_least() -> None:
    """The published formula takes the table as it is: a player's own cell, 0, is the worst of one that beats everybody."""
    (best, *_) = population_scores(["a", "b"], np.array([[0.0, 2.0], [-2.0, 0.0]]))
    assert (best.name, best.exploitability, best.worst, best.aggregate) == ("a", 0.0, "a", 1.0)


def test_a_table_with_holes_is_a_bug() -> None:
    with pytest.raises(ValueError, match="square and finite"):
        population_scores(["a", "b"], np.array([[0.0, np.nan], [1.0, 0.0]]))
    with pytest.raises(ValueError, match=r"got shape \(1, 2\)"):
        population_scores(["a", "b"], np.zeros((1, 2)))

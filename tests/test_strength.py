"""Ratings of players against closed forms, the likelihood itself, OpenSpiel and planted rankings."""

import math
import warnings

import evalica
import numpy as np
import pytest
from planted import planted, planted_pairs
from scipy.optimize import minimize

from analysis.alpha_rank import alpha_rank, alpha_rank_of_two
from analysis.nash_averaging import nash_average
from analysis.payoffs import complete, outcomes, payoffs
from analysis.player_ratings import player_ratings
from analysis.strength import Outcomes, bradley_terry, elo, rate, resampled

RPS = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])


def some_tables(n: int, seed: int, ties: bool = True) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    wins = rng.integers(0, 9, (n, n)).astype(float)
    tied = np.triu(rng.integers(0, 5, (n, n)), 1).astype(float) * ties
    np.fill_diagonal(wins, 0.0)
    return wins, tied + tied.T


def test_two_players_have_the_odds_they_showed() -> None:
    wins, none = np.array([[0.0, 6.0], [2.0, 0.0]]), np.zeros((2, 2))
    fit = bradley_terry(wins, none, prior=0.0)
    assert fit.ratings[0] - fit.ratings[1] == pytest.approx(400 * math.log10(3))
    assert fit.win_chances()[0, 1] == pytest.approx(0.75)
    assert fit.ties == 0.0


def test_ties_of_equals_are_as_common_as_they_were() -> None:
    """Davidson: of equals, the share of ties is v / (1 + v)."""
    fit = bradley_terry(np.array([[0.0, 3.0], [3.0, 0.0]]), np.array([[0.0, 2.0], [2.0, 0.0]]), prior=0.0)
    assert fit.ratings == pytest.approx([0.0, 0.0])
    assert fit.ties / (1 + fit.ties) == pytest.approx(2 / 8)


@pytest.mark.parametrize("prior", [0.0, 1.0])
def test_the_fit_has_the_largest_likelihood(prior: float) -> None:
    wins, ties = some_tables(4, 1)

    def loss(values: np.ndarray) -> float:
        strength, v = np.exp(np.append(values[:4], 0.0)), math.exp(values[4])
        both = np.add.outer(strength, strength) + 2 * v * np.sqrt(np.outer(strength, strength))
        won, tied = np.log(strength[:, None] / both), np.log(2 * v * np.sqrt(np.outer(strength, strength)) / both)
        likelihood = (wins * won[:4, :4]).sum() + (ties * tied[:4, :4]).sum() / 2
        return -float(likelihood + prior * (won[:4, 4] + won[4, :4]).sum())

    best = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-9})
    fit = bradley_terry(wins, ties, prior)
    wanted = best.x[:4] * 400 / math.log(10)
    wanted = wanted if prior else wanted - wanted.mean()
    assert fit.ratings == pytest.approx(wanted, abs=0.01)
    assert fit.ties == pytest.approx(math.exp(best.x[4]), rel=1e-4)


def test_many_tables_at_once_are_rated_as_each_alone() -> None:
    tables = [some_tables(5, seed, ties=seed != 2) for seed in range(4)]  # one of them without any tie
    fit = bradley_terry(*(np.stack(part) for part in zip(*tables, strict=True)))
    for place, (wins, ties) in enumerate(tables):
        alone = bradley_terry(wins, ties)
        assert fit.ratings[place] == pytest.approx(alone.ratings, abs=1e-7)
        assert fit.ties[place] == pytest.approx(alone.ties, abs=1e-9)


def test_at_elos_point_of_rest_everybody_has_the_points_that_are_expected() -> None:
    wins, ties = some_tables(5, 2)
    fit = elo(wins, ties, prior=0.0)
    played = wins + wins.T + ties
    points = (wins + ties / 2).sum(axis=1)
    assert (played * fit.win_chances()).sum(axis=1) == pytest.approx(points, abs=1e-5)


def test_elo_in_many_orders_comes_to_rest_there() -> None:
    wins, none = some_tables(4, 3, ties=False)
    matches = [(i, j) for i in range(4) for j in range(4) for _ in range(int(wins[i, j]))]
    rng = np.random.default_rng(0)
    order = np.concatenate([rng.permutation(len(matches)) for _ in range(1500)])
    xs, ys = ([matches[k][side] for k in order] for side in (0, 1))
    walked = evalica.elo(xs, ys, [evalica.Winner.X] * len(xs), k=0.5).scores
    rated = elo(wins, none, prior=0.0).ratings
    assert [float(walked[i] - walked.mean()) for i in range(4)] == pytest.approx(rated.tolist(), abs=3.0)


def test_without_ties_the_ratings_are_those_of_bradley_and_terry() -> None:
    wins, none = some_tables(6, 8, ties=False)
    rows = [(i, j, wins[i, j]) for i in range(6) for j in range(6) if i != j]
    xs, ys, weights = (list(part) for part in zip(*rows, strict=True))
    winners = [evalica.Winner.X] * len(xs)
    scores = evalica.bradley_terry(xs, ys, winners, weights=weights, tolerance=1e-12, limit=10_000).scores
    wanted = 400 * np.log10([scores[i] for i in range(6)])
    assert bradley_terry(wins, none, prior=0.0).ratings == pytest.approx(wanted - wanted.mean(), abs=1e-5)
    assert elo(wins, none, prior=0.0).ratings == pytest.approx(wanted - wanted.mean(), abs=1e-5)


def test_two_sides_that_meet_only_each_other_are_rated() -> None:
    """Where evalica's own iteration swings to and fro."""
    wins = np.zeros((4, 4))
    wins[:2, 2:], wins[2:, :2] = [[6.0, 3.0], [2.0, 1.0]], [[2.0, 2.0], [3.0, 1.0]]
    fit = bradley_terry(wins, np.zeros((4, 4)), prior=0.0)
    assert ((wins + wins.T) * fit.win_chances()).sum(axis=1) == pytest.approx(wins.sum(axis=1), abs=1e-9)


def test_who_never_lost_has_a_finite_rating_above_the_rest() -> None:
    fit = bradley_terry(np.array([[0.0, 9.0], [0.0, 0.0]]), np.zeros((2, 2)))
    assert np.isfinite(fit.ratings).all()
    assert fit.ratings[0] > 100 > -100 > fit.ratings[1]


def shuffled(results: Outcomes, order: list[int]) -> Outcomes:
    """The same results of players who have changed places, in another order and with some pairs turned."""
    place = {old: new for new, old in enumerate(order)}
    rows = [((place[i], place[j]), row.tolist()) for (i, j), row in zip(results.pairs, results.counts, strict=True)]
    turned = [((j, i), row[::-1]) if k % 2 else ((i, j), row) for k, ((i, j), row) in enumerate(reversed(rows))]
    return Outcomes(tuple(pair for pair, _ in turned), np.array([row for _, row in turned]))


@pytest.mark.parametrize("with_ties", [True, False])
def test_ratings_do_not_depend_on_names_or_order(with_ties: bool) -> None:
    rng = np.random.default_rng(4)
    pairs = tuple((i, j) for i in range(5) for j in range(i))
    results = Outcomes(pairs, rng.integers(0, 12, (len(pairs), 3)).astype(float))
    order = [3, 1, 4, 0, 2]
    before = rate(list("abcde"), results, np.random.default_rng(1), with_ties, 50)
    names = [f"{'zyxwv'[old]}" for old in order]
    after = rate(names, shuffled(results, order), np.random.default_rng(1), with_ties, 50)
    back = dict(zip("zyxwv", "abcde", strict=True))
    for one, other in zip(before, after, strict=True):
        assert back[other.name] == one.name
        assert (other.rating, other.low, other.high) == pytest.approx((one.rating, one.low, one.high), abs=1e-4)


def test_as_many_matches_are_drawn_again() -> None:
    counts = np.array([[5.0, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0, 4.0, 0.0]])
    drawn = resampled(counts, np.random.default_rng(0), 4000)
    np.testing.assert_allclose(drawn.sum(axis=2), np.tile(counts.sum(axis=1), (4000, 1)))
    assert (drawn[:, 2] == counts[2]).all()
    assert drawn[:, 0, 0].var() == pytest.approx(8 * 5 / 8 * 3 / 8 * 8 / 7, rel=0.05)


def test_matches_equal_in_every_repeat_count_once() -> None:
    rows = [("a", "b", repeat, 0.5) for repeat in range(20)] + [("a", "c", repeat, 0.5 - repeat) for repeat in range(3)]
    names, results = outcomes(planted(rows))
    assert names == ("a", "b", "c")
    assert dict(zip(results.pairs, results.counts.tolist(), strict=True)) == {(0, 1): [1, 0, 0], (0, 2): [1, 0, 2]}


def test_a_planted_ranking_is_found() -> None:
    strength = np.array([0.3, 0.1, -0.1, -0.3])
    means = planted_pairs("dbca", np.subtract.outer(strength, strength), 40, 0.5, np.random.default_rng(5))
    ratings = player_ratings(means, "dbca", "", seed=1)
    for found in (ratings.bradley_terry, ratings.elo, ratings.nash):
        assert [row.name for row in found] == list("dbca")
        assert all(row.low <= getattr(row, "rating", getattr(row, "number", None)) <= row.high for row in found)
    assert ratings.nash_weights[0].number == pytest.approx(1.0, abs=1e-5)
    assert ratings.alpha_rank[0].name == "d"
    assert ratings.left_out == ()


def test_alpha_rank_is_openspiels() -> None:
    from open_spiel.python.egt import alpharank

    rng = np.random.default_rng(7)
    one = rng.normal(size=(5, 5)) / 4
    one -= one.T
    one /= np.abs(one).max() * 1.0
    two = rng.normal(size=(3, 4))
    two /= np.abs(two).max()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, joint = (alpharank.compute(tables, m=50, alpha=0.1)[2] for tables in ([one], [two, -two]))
    assert alpha_rank(one, alpha=0.1) == pytest.approx(wanted, abs=1e-9)
    agents, others = alpha_rank_of_two(two, alpha=0.1)
    assert agents == pytest.approx(joint.reshape(3, 4).sum(axis=1), abs=1e-9)
    assert others == pytest.approx(joint.reshape(3, 4).sum(axis=0), abs=1e-9)


def test_alpha_rank_of_known_games() -> None:
    assert alpha_rank(RPS) == pytest.approx([1 / 3] * 3)
    assert alpha_rank(np.zeros((4, 4))) == pytest.approx([0.25] * 4)
    assert alpha_rank(np.array([[0.0, 1.0], [-1.0, 0.0]])) == pytest.approx([1.0, 0.0], abs=1e-6)
    order = [2, 0, 1]
    skewed = RPS * np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]])
    assert alpha_rank(skewed[np.ix_(order, order)]) == pytest.approx(alpha_rank(skewed)[order])


def test_nash_averages_of_known_games() -> None:
    assert nash_average(RPS).weights == pytest.approx([1 / 3] * 3, abs=1e-5)
    clones = RPS[np.ix_([0, 1, 2, 2], [0, 1, 2, 2])]
    assert nash_average(clones).weights == pytest.approx([1 / 3, 1 / 3, 1 / 6, 1 / 6], abs=1e-4)
    skewed = np.array([[2.0, -1.0], [-1.0, 1.0]])
    average = nash_average(skewed)
    assert average.weights == pytest.approx([2 / 5, 3 / 5], abs=1e-5)
    assert average.value == pytest.approx(1 / 5, abs=1e-6)
    assert average.ratings == pytest.approx([1 / 5, 1 / 5], abs=1e-5)
    assert average.other_ratings == pytest.approx([-1 / 5, -1 / 5], abs=1e-5)


def test_the_uniform_player_takes_the_whole_nash_mass() -> None:
    """The known flaw of Nash averaging, on which the report must not build."""
    table = np.array([[0.0, 0.0, 0.0], [0.3, -0.1, 0.2], [0.2, 0.2, -0.1]])
    assert nash_average(table).weights[0] < 0.1, "two that cover for each other are better than uniform play"
    table[1:] -= 0.2
    assert nash_average(table).weights == pytest.approx([1.0, 0.0, 0.0], abs=1e-5)


def test_who_has_not_met_everybody_is_left_out_of_the_tables() -> None:
    rows = [(a, b, r, 0.1 * r) for a, b in (("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "x")) for r in range(3)]
    table = payoffs(planted(rows))
    assert complete(table, ["a", "b", "c"], ["x", "y"]) == (["a", "b"], ["x", "y"])
    ratings = player_ratings(planted(rows), "abc", "xy", seed=1)
    assert ratings.left_out == ("c",)
    assert {row.name for row in ratings.bradley_terry} == set("abcxy")


def test_nobody_met_is_no_error() -> None:
    from analysis.match_means import MatchMeans

    assert player_ratings(MatchMeans(), ["a"], [], seed=1).bradley_terry == ()

"""The bits that are left to who has learned from other matches."""

import numpy as np
import pytest
from planted_players import mixed, played, remembering

from analysis.entropy_rate import DEPTH, Moves, beliefs, contexts, entropy_rate
from arenas.history import History
from arenas.play import Table
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.ctw import ContextTree

GAME = RockPaperScissors(rounds=30)
EVEN = (1 / 3,) * 3
COPYCAT = np.broadcast_to(0.85 * np.eye(3) + 0.05, (3, 3, 3))


def moves_of(history: History) -> Moves:
    """The first seat's, of all matches."""
    chosen, probs = history.chosen, history.probs
    return Moves.of([(chosen[i, 0], chosen[i, 1], probs[i, 0]) for i in range(len(chosen))], 3)


def one_stratum(matches: int) -> dict[tuple[str, int], np.ndarray]:
    """All matches against one opponent."""
    return {("other", 0): np.arange(matches)}


def test_the_sums_believe_what_the_mixture_believes_that_hears_round_by_round() -> None:
    history = played(RockPaperScissors(rounds=80), remembering(COPYCAT, EVEN), mixed(3, 2, 1), 1, seed=4)
    moves, listener = moves_of(history), ContextTree(depth=DEPTH).predictor(Table(GAME, np.ones(1, np.int64)))
    for t in range(80):
        learned = np.arange(80) < t
        np.testing.assert_allclose(beliefs(moves, contexts(moves), learned)[t], listener.belief()[0], atol=1e-9)
        listener.hear(moves.other[t : t + 1], moves.own[t : t + 1])


def test_a_match_does_not_reach_into_the_next() -> None:
    history = played(GAME, mixed(1, 1, 1), mixed(1, 1, 1), 3, seed=1)
    for depth, places in enumerate(contexts(moves_of(history))):
        starts = places[::30]
        assert len(set(starts.tolist())) == 1, depth
        assert len(places) == 90
        assert places.max() + 1 == len(np.unique(places))


def test_what_is_learned_in_one_half_is_worth_bits_in_the_other() -> None:
    """Matches of 30 rounds are too short to learn in, and many of them teach nearly all there is."""
    history = played(GAME, remembering(COPYCAT, EVEN), mixed(1, 1, 1), 400, seed=1)
    found = entropy_rate(moves_of(history), one_stratum(400))
    truth = (np.log2(3) + 29 * -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.05))) / 30
    assert found is not None
    assert truth < found.mean < truth + 0.03
    even = played(GAME, mixed(1, 1, 1), mixed(1, 1, 1), 400, seed=1)
    beside = entropy_rate(moves_of(even), one_stratum(400))
    assert beside is not None
    assert np.log2(3) < beside.mean < np.log2(3) + 0.01


@pytest.mark.parametrize("matches", [1, 2, 3])
def test_too_few_matches_say_nothing(matches: int) -> None:
    history = played(GAME, mixed(1, 1, 1), mixed(1, 1, 1), matches, seed=1)
    assert entropy_rate(moves_of(history), one_stratum(matches)) is None

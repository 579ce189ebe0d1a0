"""What moves depend on: planted dependencies are found at their true size, and the intervals hold it as often as they say."""

import numpy as np
import pytest
from planted_players import Meeting, fixtures, kept_run, mixed, moody, played, remembering

from analysis.chairs import GROUPS, Chair, CountedOnce, group_of
from analysis.contexts import CONTEXTS, LOSS, TIE_OUTCOME, WIN, ChairContexts, ContextReading, conditional_entropy, reading
from analysis.gather import gather
from analysis.states import StateGatherer, StateSums, deepest, entropy_and_sureness
from arenas.hide_and_seek import HideAndSeek
from arenas.history import LOGGED, History
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore

GAME = RockPaperScissors(rounds=20)
BY_NAME = {context.name: context for context in CONTEXTS}
SIMULATIONS, MATCHES = 400, 40
WIN_STAY = np.empty(
    (3, 3, 3)
)  # [own, other]: stays after a win, goes to what beats its last move after a loss, is even on a tie
for own in range(3):
    for other in range(3):
        won = (own - other) % 3
        WIN_STAY[own, other] = np.roll([0.9, 0.05, 0.05], own + {0: 0, 1: 0, 2: 1}[won]) if won else np.full(3, 1 / 3)


def sums_of(history: History, game: MatrixGame = GAME, part: slice = slice(None), seat: int = 0, memory: int = 2) -> StateSums:
    """The sums of one seat over some matches, dealt to the groups in turn."""
    m, n = len(game.actions[1 - seat]), len(game.actions[seat])
    sums = StateSums(m, n, memory)
    chosen = history.chosen[part]
    sums.add(np.arange(len(chosen)) % GROUPS, chosen[:, 1 - seat], chosen[:, seat], history.probs[part][:, seat])
    return sums


def read(sums: StateSums, name: str, game: MatrixGame = GAME, seat: int = 0) -> ContextReading:
    """One context."""
    return reading(ChairContexts(game, seat, sums).read(BY_NAME[name]))


# --- the sums


@pytest.mark.parametrize(
    "game", [GAME, HideAndSeek(places=2, rounds=9), Matrix(((2, 0, -1), (-1, 1, 3)), ("u", "d"), ("l", "m", "r"))]
)
def test_states_are_those_of_a_loop_over_the_rounds(game: MatrixGame) -> None:
    chance = np.random.default_rng(3)
    m, n = len(game.actions[1]), len(game.actions[0])
    other, own = chance.integers(0, m, (5, 7)), chance.integers(0, n, (5, 7))
    probs = chance.dirichlet(np.ones(n), (5, 7))
    sums = StateSums(m, n, 2)
    sums.add(np.array([0, 1, 2, 0, 19]), other, own, probs)
    for length in range(3):
        counts, totals = sums.last(length)
        by_hand = np.zeros((*[m, n] * length, n))
        rounds = np.zeros([m, n] * length)
        for match in range(5):
            for t in range(length, 7):
                place = tuple(x for back in range(length, 0, -1) for x in (other[match, t - back], own[match, t - back]))
                by_hand[place] += probs[match, t]
                rounds[place] += 1
        np.testing.assert_array_equal(counts, rounds.ravel())
        np.testing.assert_allclose(totals, by_hand.reshape(-1, n), atol=1e-12)
    np.testing.assert_array_equal(sums.counts.sum(axis=1)[[0, 1, 2, 19]], [14, 7, 7, 7])
    assert sums.last(0, np.array([1]))[0].sum() == 7


def test_sums_do_not_depend_on_how_matches_come(tmp_path: object) -> None:
    history = played(GAME, remembering(WIN_STAY, (1, 0, 0)), mixed(1, 2, 3), 12, seed=2)
    meetings = [Meeting("rps", ("model", "other"), history), Meeting("rps", ("foe", "model"), history)]
    run = kept_run(tmp_path / "run", {"rps": GAME}, ["model"], meetings)  # type: ignore[operator]
    store = RunStore.read(run)
    whole, single = StateGatherer(["model"]), StateGatherer(["model"])
    gather(store, [whole])
    for names, part in store.histories(most_rounds=1):
        single.add(GAME, names, part)
    assert list(whole.chairs) == list(single.chairs) == [Chair("rps", "model", 0)]
    for sums, again in zip(whole.chairs.values(), single.chairs.values(), strict=True):
        assert sums.counts.sum() == 24 * GAME.rounds
        np.testing.assert_array_equal(sums.counts, again.counts)
        np.testing.assert_array_equal(sums.probs, again.probs)
        np.testing.assert_array_equal(sums.bits, again.bits)
    store.close()


def test_groups_are_dealt_in_turn_and_by_nothing_else() -> None:
    groups = [group_of(fixture) for fixture in fixtures("rps", "a", "b", 40)]
    assert sorted(groups) == sorted([*range(GROUPS)] * 2)
    assert groups == [group_of(fixture) for fixture in fixtures("hide", "a", "b", 40)]
    assert groups != [group_of(fixture) for fixture in fixtures("rps", "b", "a", 40)]


def test_deterministic_repeats_count_once() -> None:
    certain = remembering(np.eye(3)[np.array([[1, 1, 1], [2, 2, 2], [0, 0, 0]])], (1, 0, 0))
    for other, expected in ((certain, 1), (mixed(1, 1, 1), 6)):
        history = played(GAME, certain, other, 6, seed=4)
        for parts in ([slice(0, 6)], [slice(i, i + 1) for i in range(6)]):
            states = StateGatherer(["model"])
            once = CountedOnce([states])
            names = fixtures("rps", "model", "other", 6)
            for part in parts:
                arrays = {name: getattr(history, name)[part] for name in LOGGED}
                once.add(GAME, names[part], History(**arrays, played=history.played))
            assert states.chairs[Chair("rps", "model", 0)].counts.sum() == expected * GAME.rounds


def test_many_actions_shorten_the_memory() -> None:
    assert deepest(3, 3, 2) == 2
    assert deepest(10, 10, 2) == 2
    assert deepest(40, 40, 2) == 1
    assert deepest(100, 100, 2) == 0


# --- known dependencies


def test_a_planted_dependency_is_found_in_the_contexts_that_hold_it() -> None:
    history = played(GAME, remembering(WIN_STAY, (1 / 3,) * 3), mixed(1, 1, 1), 2000, seed=1)
    sums = sums_of(history)
    known = -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.05))
    truth = known * 2 / 3 + np.log2(3) / 3
    for name in ("both", "both_two", "outcome_step", "dual", "outcome_own"):
        found = read(sums, name)
        assert found.bits.mean == pytest.approx(truth, abs=0.01), name
        assert found.worth.mean == pytest.approx(2 / 3 * 0.85, abs=0.01), name
        assert found.sure == 0.0  # 90 % is not above 90 %
    for name in ("always", "own", "other", "own_two"):
        assert read(sums, name).worth.mean < 0.55, name
    assert read(sums, "always").gain.mean == pytest.approx(0.0, abs=0.001)
    assert read(sums, "outcome_step").gain.mean == pytest.approx(np.log2(3) - truth, abs=0.01)
    assert read(sums, "both").beyond.mean == pytest.approx(np.log2(3) - truth, abs=0.01)
    opening = read(sums, "opening")
    np.testing.assert_allclose(opening.share, [0.05, 0.95])


def test_steps_by_outcome_are_counted_from_the_own_last_move() -> None:
    history = played(GAME, remembering(WIN_STAY, (1, 0, 0)), mixed(3, 2, 1), 500, seed=1)
    probs = read(sums_of(history), "outcome_step").probs
    np.testing.assert_allclose(probs[WIN], [0.9, 0.05, 0.05], atol=1e-9)
    np.testing.assert_allclose(probs[LOSS], [0.05, 0.9, 0.05], atol=1e-9)
    np.testing.assert_allclose(probs[TIE_OUTCOME], [1 / 3] * 3, atol=1e-9)
    from_second = ChairContexts(GAME, 1, sums_of(history, seat=1)).read(BY_NAME["other"])
    np.testing.assert_allclose(reading(from_second).probs, np.tile([3 / 6, 2 / 6, 1 / 6], (3, 1)), atol=1e-9)


def test_a_hider_that_stays_where_it_was_not_found() -> None:
    game = HideAndSeek(places=4, rounds=20)
    table = np.full((4, 4, 4), 0.25)
    for own_place in range(4):
        for sought in range(4):
            if own_place != sought:
                table[own_place, sought] = np.roll([0.97, 0.01, 0.01, 0.01], own_place)
    history = played(game, remembering(table, (0.25,) * 4), mixed(1, 1, 1, 1), 500, seed=1)
    sums = sums_of(history, game)
    found = read(sums, "outcome_step", game)
    assert found.probs[WIN, 0] == pytest.approx(0.97)
    assert found.probs[LOSS, 0] == pytest.approx(0.25)
    assert np.isnan(found.probs[TIE_OUTCOME]).all()
    assert found.sure == pytest.approx(0.75, abs=0.02)
    assert (found.certain, found.situations) == (0.5, 2)
    assert found.worth.mean == pytest.approx(0.75 * 0.72, abs=0.02)
    bits, sure = entropy_and_sureness(sums)
    assert sure.mean == pytest.approx(0.75 * 19 / 20, abs=0.02)
    assert bits.mean < found.bits.mean + 0.2


def test_steps_mean_nothing_where_moves_have_no_round_order() -> None:
    game = Matrix(((2, 0, -1), (-1, 1, 3), (0, 0, 1)), ("u", "m", "d"), ("l", "m", "r"))
    history = played(game, mixed(1, 1, 1), mixed(1, 1, 1), 4, seed=1)
    names = {context.name for context in ChairContexts(game, 0, sums_of(history, game)).known()}
    assert "both" in names
    assert not names & {"step", "outcome_step", "dual"}


def test_who_plays_evenly_tells_nothing() -> None:
    sums = sums_of(played(GAME, mixed(1, 1, 1), remembering(WIN_STAY, (1, 0, 0)), 20, seed=1))
    for context in CONTEXTS:
        found = read(sums, context.name)
        assert found.worth.mean == pytest.approx(0.0, abs=1e-12)
        assert found.gain.mean == pytest.approx(0.0, abs=1e-9)
        assert found.worth.half_width == pytest.approx(0.0, abs=1e-9)


def test_conditional_entropy_is_the_textbooks() -> None:
    joint = np.array([[4.0, 4.0], [8.0, 0.0]])
    assert conditional_entropy(joint) == pytest.approx(0.5)
    assert conditional_entropy(np.stack([joint, joint * 3])).tolist() == pytest.approx([0.5, 0.5])


# --- the bias of an entropy


@pytest.fixture(scope="module")
def simulations() -> tuple[list[StateSums], StateSums]:
    """The sums of 400 small runs of a player with moods, and those of a very large one."""
    table = np.random.default_rng(3).dirichlet([2, 2, 2], (3, 3))  # two answers are equally good after one outcome
    small = played(GAME, moody(table, (0.4, 0.3, 0.3), 0.05, seed=2), mixed(1, 1, 1), SIMULATIONS * MATCHES, seed=3)
    large = played(GAME, moody(table, (0.4, 0.3, 0.3), 0.05, seed=12), mixed(1, 1, 1), 40_000, seed=13)
    parts = [slice(MATCHES * i, MATCHES * (i + 1)) for i in range(SIMULATIONS)]
    return [sums_of(small, part=part) for part in parts], sums_of(large)


def test_the_plug_in_is_biased_and_the_correction_takes_it_away(simulations: tuple[list[StateSums], StateSums]) -> None:
    small, large = simulations
    contexts = [ChairContexts(GAME, 0, sums).read(BY_NAME["both"]) for sums in small]
    truth = float(conditional_entropy(ChairContexts(GAME, 0, large).read(BY_NAME["both"]).probs.sum(axis=0)))
    plain = np.mean([conditional_entropy(context.probs.sum(axis=0)) for context in contexts]) - truth
    ours = np.mean([reading(context).bits.mean for context in contexts]) - truth
    print(f"bits given the last round: plug-in bias {plain:+.5f}, corrected {ours:+.5f}")
    assert plain < -0.001
    assert abs(ours) < 0.3 * abs(plain)

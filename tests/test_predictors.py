"""What predictors believe: worked out by hand, by definition and on people's games; and what a planted mistake does to it."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tables import EVEN, LOPSIDED, RPS, P, R, S, table, view

from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix_game import MatrixGame
from arenas.play import Table
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.context_nodes import ContextNodes, Numbering, mixed
from opponents.ctw import ContextTree
from opponents.guesser import Guessing, guesses
from opponents.history_match import HistoryMatch
from opponents.learner import Learner
from opponents.lz78 import LempelZiv
from opponents.ngram import Ngram
from opponents.opponent import OPPONENTS
from opponents.outcome import OutcomeTransitions
from opponents.ppm import PartialMatching

HUMAN_GAMES = Path(__file__).parents[2] / "shared" / "data" / "human_rps.csv"
LEARNERS = [OPPONENTS.get(name)() for name in OPPONENTS.names() if issubclass(OPPONENTS.get(name), Learner)]


def belief(learner: Learner, mine: list[int], theirs: list[int], game: MatrixGame = RPS, seat: int = 0) -> np.ndarray:
    """The belief of a learner in `seat` after those rounds."""
    return learner.predictor(table(game, [seat])).predict(view(game, [seat], [mine], [theirs]))[0]


# --- all of them


@pytest.mark.parametrize("game", [RPS, LOPSIDED, HideAndSeek(places=2), HideAndSeek(places=21)], ids=repr)
@pytest.mark.parametrize("learner", LEARNERS, ids=repr)
def test_a_belief_is_a_distribution_over_the_others_actions(learner: Learner, game: MatrixGame) -> None:
    seats = np.array([0, 1, 1, 0])
    chance = np.random.default_rng(0)
    predictor = learner.predictor(Table(game, seats))
    for t in range(12):
        got = predictor.belief()
        assert got.shape == (4, game.width)
        assert (got >= 0).all()
        np.testing.assert_allclose(got.sum(axis=1), 1.0, atol=1e-12)
        assert (got[~game.legal_by_seat[1 - seats]] == 0).all()
        if t == 0:
            np.testing.assert_allclose(got, game.legal_by_seat[1 - seats] / game.legal_by_seat[1 - seats].sum(1)[:, None])
        moves = [np.array([chance.integers(len(game.actions[seat])) for seat in side]) for side in (seats, 1 - seats)]
        predictor.hear(*moves)


@pytest.mark.parametrize("learner", LEARNERS, ids=repr)
def test_a_guesser_finds_the_pattern_in_numbers(learner: Learner) -> None:
    """The same number nearly always: everybody comes to expect it, and nobody knows a number before it is said."""
    numbers = np.full((2, 60), 7)
    numbers[1, ::10] = 3
    believed = guesses(learner, numbers, RandomNumber().width)
    assert believed.shape == (2, 60, 11)
    np.testing.assert_allclose(believed[:, 0], 1 / 11)
    assert believed[0, 30:, 7].min() > 0.6
    changed = numbers.copy()
    changed[:, 40:] = 1
    np.testing.assert_array_equal(guesses(learner, changed, 11)[:, :41], believed[:, :41])
    np.testing.assert_array_equal(guesses(learner, numbers[1:], 11)[0], believed[1])


def test_a_guesser_takes_what_it_can_count() -> None:
    with pytest.raises(ValueError, match="numbers must be from 0 to 10, got 0 to 11"):
        guesses(LempelZiv(), np.array([[0, 11]]), 11)
    with pytest.raises(UserError, match="count must be from 2 to 1000, got 1"):
        guesses(LempelZiv(), np.array([[0]]), 1)
    assert guesses(LempelZiv(), np.zeros((3, 0), dtype=np.int64), 4).shape == (3, 0, 4)
    assert Guessing(5, 3).equilibrium[0] == pytest.approx(Guessing(5, 3).value(0))


# --- the tree of contexts


def test_nodes_are_the_same_just_where_row_and_context_are() -> None:
    chance = np.random.default_rng(1)
    symbols = chance.integers(0, 2, size=(7, 600))
    nodes, known = ContextNodes(7, 4), {}
    for t in range(601):
        for row in range(7):
            for d in range(5):
                context = (row, d, tuple(symbols[row, max(0, t - d) : t]), max(0, d - t))
                # before its first round a match has contexts that no later one equals
                assert known.setdefault(context, nodes.path[row, d]) == nodes.path[row, d]
        if t < 600:
            nodes.advance(symbols[:, t])
    assert sorted(known.values()) == list(range(nodes.count))


def test_numbers_are_kept_when_the_table_grows() -> None:
    numbering, keys = Numbering(), mixed(np.arange(1, 5001, dtype=np.uint64))
    first = np.concatenate([numbering.numbers(part) for part in np.split(keys, 100)])
    assert sorted(first) == list(range(5000))
    np.testing.assert_array_equal(numbering.numbers(keys[::-1]), first[::-1])
    assert numbering.count == 5000


# --- context tree weighting


def block_log_probability(depth: int, actions: int, pairs: tuple[tuple[tuple[int, ...], int], ...]) -> float:
    """By definition: log P_w of the moves, each with its context (nearest first), at a node whose contexts are `depth` long."""
    counts, estimator = np.zeros(actions), 0.0
    for _, move in pairs:
        estimator += np.log((counts[move] + 0.5) / (counts.sum() + actions / 2))
        counts[move] += 1
    if depth == 0:
        return estimator
    children = {context[0] for context, _ in pairs}
    split = sum(
        block_log_probability(depth - 1, actions, tuple((context[1:], move) for context, move in pairs if context[0] == child))
        for child in children
    )
    return float(np.logaddexp(estimator, split) - np.log(2))


@pytest.mark.parametrize(("depth", "history"), [(0, "other"), (2, "other"), (3, "own"), (4, "joint"), (5, "joint")])
def test_context_tree_weighting_is_the_mixture_it_is_defined_as(depth: int, history: str) -> None:
    """Beliefs are ratios of block probabilities, computed by the recursion of Willems, Shtarkov & Tjalkens 1995."""
    chance = np.random.default_rng(depth)
    mine, theirs = chance.integers(0, 3, size=(2, 30)).tolist()
    theirs[5:] = [(m + 1) % 3 if t % 4 else theirs[t + 5] for t, m in enumerate(mine[4:-1])]

    def context(t: int) -> tuple[int, ...]:
        sides = {"own": [mine], "other": [theirs], "joint": [theirs, mine]}[history]
        past = [side[i] for i in range(t - 1, -1, -1) for side in sides]
        return (*past, *[-1] * depth)[:depth]

    for t in (0, 1, 2, 9, 30):
        past = tuple((context(i), theirs[i]) for i in range(t))
        blocks = [block_log_probability(depth, 3, (*past, (context(t), move))) for move in range(3)]
        expected = np.exp(np.array(blocks) - block_log_probability(depth, 3, past))
        got = belief(ContextTree(depth, history), mine[:t], theirs[:t])  # type: ignore[arg-type]
        np.testing.assert_allclose(got, expected, atol=1e-12)


@cache
def human_games(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The moves of people and bots [games,T] of complete rounds laid end to end, and which are real."""
    with HUMAN_GAMES.open() as file:
        games = [(row["human_moves"], row["bot_moves"]) for row in csv.DictReader(file) if row["kind"] == kind]
    kept = [[(h, b) for h, b in zip(*game, strict=True) if "-" not in (h, b)] for game in games]
    moves = np.zeros((2, len(kept), max(map(len, kept))), dtype=np.int64)
    real = np.zeros(moves.shape[1:], dtype=bool)
    for row, rounds in enumerate(kept):
        moves[:, row, : len(rounds)] = np.array([["RPS".index(move) for move in pair] for pair in rounds]).T
        real[row, : len(rounds)] = True
    return moves[0], moves[1], real


def bits_a_move(learner: Learner, kind: str) -> float:
    """The mean code length of what people played, by a learner in the bot's chair."""
    human, bot, real = human_games(kind)
    predictor = learner.predictor(Table(RockPaperScissors(rounds=300), np.zeros(len(human), dtype=np.int64)))
    bits = np.zeros(human.shape)
    for t, (person, machine) in enumerate(zip(human.T, bot.T, strict=True)):
        bits[:, t] = -np.log2(predictor.belief()[np.arange(len(human)), person])
        predictor.hear(machine, person)
    return float(bits[real].mean())


@pytest.mark.skipif(not HUMAN_GAMES.exists(), reason="the recorded human games are not here")
def test_context_tree_weighting_codes_people_as_measured() -> None:
    """On the games of Brockbank & Vul 2024: 1.030 bits a move against stable bots, 1.437 against adaptive ones."""
    assert bits_a_move(ContextTree(), "stable") == pytest.approx(1.030, abs=0.0005)
    assert bits_a_move(ContextTree(), "adaptive") == pytest.approx(1.437, abs=0.0005)
    assert bits_a_move(ContextTree(4, "other"), "stable") == pytest.approx(1.070, abs=0.0005)
    for other in (PartialMatching(history="joint"), LempelZiv(), OutcomeTransitions(2), HistoryMatch()):
        assert bits_a_move(other, "stable") > 1.05


# --- partial matching, parsing, search, steps


def test_partial_matching_by_hand() -> None:
    """0 1 0 2 0: after 0 came 1 and 2, once each; with no context came 0 three times, 1 and 2 once."""
    theirs, mine = [0, 1, 0, 2, 0], [0] * 5
    np.testing.assert_allclose(belief(PartialMatching(0, "other"), mine, theirs), np.array([3, 1, 1]) / 5)
    # order 1: n = 2, u = 2: 1/4 each, and 2/4 left for move 0, the only one not seen after 0
    np.testing.assert_allclose(belief(PartialMatching(1, "other"), mine, theirs), [0.5, 0.25, 0.25])
    # order 2: 2 0 never came: the same
    np.testing.assert_allclose(belief(PartialMatching(2, "other"), mine, theirs), [0.5, 0.25, 0.25])
    # 1 1: after 1 came 1 (n = u = 1): 1/2; with no context 0 and 2 are left, neither seen: shared
    np.testing.assert_allclose(belief(PartialMatching(1, "other"), [0, 0], [1, 1]), [0.25, 0.5, 0.25])
    # 2 0 0: after 0 came 0: 1/2; of the rest, with no context, 2 came once (n = u = 1 without the 0s): half; 1 gets the last
    np.testing.assert_allclose(belief(PartialMatching(1, "other"), [0] * 3, [2, 0, 0]), [0.5, 0.25, 0.25])


def test_partial_matching_reads_the_history_it_is_told_to() -> None:
    mine, theirs = [0, 1, 2, 0], [2, 0, 1, 1]
    np.testing.assert_allclose(belief(PartialMatching(1, "own"), mine, theirs)[0], 0.5, err_msg="after my 0 came 0")
    np.testing.assert_allclose(belief(PartialMatching(1, "other"), mine, theirs)[1], 0.5, err_msg="after their 1 came 1")


def test_incremental_parsing_by_hand() -> None:
    """0 | 0 1 | 0 1 2 | 0 1: begun is the phrase 0 1, after which came 2; at the start of phrases came 0 four times."""
    theirs, mine = [0, 0, 1, 0, 1, 2, 0, 1], [0] * 8
    start = np.array([4 + 1 / 3, 1 / 3, 1 / 3]) / 5
    np.testing.assert_allclose(belief(LempelZiv(), mine, theirs), (np.array([0, 0, 1]) + 3 * start) / 4)
    # one more closes nothing: 0 1 2 is known, and nothing ever followed it
    np.testing.assert_allclose(belief(LempelZiv(), [0] * 9, [*theirs, 2]), start)
    # another closes 0 1 2 2
    np.testing.assert_allclose(belief(LempelZiv(), [0] * 10, [*theirs, 2, 2]), (np.array([4, 0, 0]) + 3 * start) / 7)


def latest_longest(said: list[object], theirs: list[int], longest: int) -> tuple[int, int | None]:
    """The length of the longest earlier match, and what followed the latest of that length."""
    best: tuple[int, int | None] = (0, None)
    for i in range(len(said)):
        length = 0
        while length < min(longest, i) and said[i - 1 - length] == said[-1 - length]:
            length += 1
        if length >= best[0]:
            best = (length, theirs[i])
    return best


@pytest.mark.parametrize("longest", [1, 3, 1000])
@pytest.mark.parametrize("history", ["own", "other", "joint"])
def test_history_match_equals_a_plain_search(history: str, longest: int) -> None:
    chance = np.random.default_rng(3)
    mine, theirs = chance.integers(0, 2, size=(2, 50)).tolist()
    for t in range(1, 50, 7):
        said = {"own": mine, "other": theirs, "joint": list(zip(mine, theirs, strict=True))}[history][:t]
        length, follower = latest_longest(said, theirs, longest)
        expected = (length * np.eye(3)[follower] + EVEN) / (length + 1)
        got = belief(HistoryMatch(longest, history), mine[:t], theirs[:t])  # type: ignore[arg-type]
        np.testing.assert_allclose(got, expected)


def test_matches_go_on_beyond_the_rounds_they_were_made_for() -> None:
    short = HistoryMatch().predictor(table(RockPaperScissors(rounds=2), [0]))
    cycle = [0, 1, 2] * 5
    got = short.predict(view(RPS, [0], [[0] * 15], [cycle]))
    np.testing.assert_allclose(got[0].argmax(), 0)
    np.testing.assert_allclose(got, HistoryMatch().predictor(table(RPS, [0])).predict(view(RPS, [0], [[0] * 15], [cycle])))


def test_outcome_transitions_by_hand() -> None:
    #         tie win loss loss tie win
    mine = [0, 1, 0, 1, 2, 0]
    theirs = [0, 0, 1, 2, 2, 2]
    # after a win (rounds 1, and now 5) the other went from 0 to 1: a step of 1, now from 2 to 0
    np.testing.assert_allclose(belief(OutcomeTransitions(), mine, theirs), np.array([4 / 3, 1 / 3, 1 / 3]) / 2)
    # after a tie and a win: the same step; after a loss, a tie: new
    np.testing.assert_allclose(belief(OutcomeTransitions(2), mine, theirs), np.array([4 / 3, 1 / 3, 1 / 3]) / 2)
    np.testing.assert_allclose(belief(OutcomeTransitions(2), mine[:5], theirs[:5]), EVEN)
    # ties, rounds 0 and 4: it stayed at 0
    np.testing.assert_allclose(belief(OutcomeTransitions(), mine[:5], theirs[:5]), np.array([1 / 3, 1 / 3, 4 / 3]) / 2)
    # after losses (rounds 2 and 3) it went on by 1, then stayed: the older counts half
    faded = np.array([1.0 + 1 / 3, 0.5 + 1 / 3, 1 / 3])  # steps 0, 1, 2
    expected = faded / faded.sum()
    lost = belief(OutcomeTransitions(decay=0.5), [*mine, 0], [*theirs, 1])  # the last round is a loss: steps from 1
    np.testing.assert_allclose(lost, np.roll(expected, 1))


def test_outcomes_are_counted_from_the_value_of_the_game() -> None:
    """A seeker who does not find has lost although it was paid nothing; steps go round the other's actions, not the widest."""
    game = HideAndSeek(places=4)
    np.testing.assert_allclose(belief(OutcomeTransitions(), [0, 0], [1, 2], game, seat=1).argmax(), 3)
    # down against right, left, right: won 3, lost, won 3 (the value is 1/2); after the first win the other went on by 1
    np.testing.assert_allclose(
        belief(OutcomeTransitions(), [1, 1, 1], [2, 0, 2], LOPSIDED), np.array([4 / 3, 1 / 3, 1 / 3]) / 2
    )
    # two actions: from 1 a step of 1 is back to 0
    np.testing.assert_allclose(belief(OutcomeTransitions(), [1, 1, 1], [0, 1, 0], LOPSIDED, seat=1)[2], 0)


# --- planted mistakes


def foretold(learner: Learner, mistake: str, theirs_from: str) -> float:
    """How much more often than by chance the likeliest move comes, when `mistake` is made in what the learner hears.

    `copier`: the other plays what the learner played last. `doubler`: it plays every move twice. All else is random.
    """
    chance = np.random.default_rng(8)
    mine, theirs = chance.integers(0, 3, size=(2, 30, 160))
    if theirs_from == "copier":
        theirs[:, 1:] = mine[:, :-1]
    else:
        theirs[:, 1::2] = theirs[:, ::2]
    predictor = learner.predictor(Table(RPS, np.zeros(30, dtype=np.int64)))
    hits = []
    for t in range(160):
        believed = predictor.belief()
        hits.append(believed.argmax(axis=1) == theirs[:, t])
        heard = t - 1 if mistake == "a round late" else t
        if heard >= 0:
            sides = (mine[:, heard], theirs[:, heard])
            predictor.hear(*(sides[::-1] if mistake == "sides swapped" else sides))
    return float(np.mean(hits[80:]) - 1 / 3)


READS = [
    (Ngram(1, "own"), "copier"),
    (Ngram(1, "other"), "doubler"),
    (Ngram(1, "joint"), "copier"),
    (PartialMatching(1, "own"), "copier"),
    (PartialMatching(1, "other"), "doubler"),
    (PartialMatching(1, "joint"), "copier"),
    (ContextTree(3, "own"), "copier"),
    (ContextTree(3, "other"), "doubler"),
    (ContextTree(), "copier"),
    (HistoryMatch(1, "own"), "copier"),
    (HistoryMatch(2, "other"), "doubler"),
    (HistoryMatch(1, "joint"), "copier"),
    (LempelZiv("own"), "copier"),
    (LempelZiv("other"), "doubler"),
    (OutcomeTransitions(), "copier"),
    (OPPONENTS.get("frequency")(decay=0.0), "doubler"),  # type: ignore[call-arg]
]
FOUND = 0.12


@pytest.mark.parametrize(("learner", "other"), READS, ids=lambda case: repr(case))
def test_a_planted_mistake_in_what_is_heard_shows(learner: Learner, other: str) -> None:
    """Each finds the habit that its history shows, and finds it no more when it hears late or takes one side for the other."""
    skill = foretold(learner, "none", other)
    assert skill > FOUND
    assert foretold(learner, "sides swapped", other) < 0.5 * skill
    assert foretold(learner, "a round late", other) < 0.5 * skill


def test_every_learner_has_a_mistake_planted() -> None:
    assert {type(learner) for learner, _ in READS} >= {type(learner) for learner in LEARNERS}


def test_a_longer_memory_is_not_worse_where_it_is_needed() -> None:
    """A cycle of 0 0 1: two rounds tell what is next, one does not."""
    theirs = [0, 0, 1] * 8
    np.testing.assert_allclose(belief(Ngram(2), [0] * 24, theirs), R)
    np.testing.assert_allclose(belief(Ngram(2), [0] * 23, theirs[:23]), P)
    assert belief(ContextTree(2, "other"), [0] * 24, theirs)[0] > 0.85
    assert belief(PartialMatching(2), [0] * 23, theirs[:23])[1] > 0.8
    assert belief(HistoryMatch(2), [0] * 23, theirs[:23]) @ S < 0.2


def test_parameters_have_bounds() -> None:
    with pytest.raises(UserError, match="depth must be from 0 to 48, got 49"):
        ContextTree(49)
    with pytest.raises(UserError, match="order must be from 0 to 48, got -1"):
        PartialMatching(-1)
    with pytest.raises(UserError, match="longest must be from 1 to 10000, got 0"):
        HistoryMatch(0)
    with pytest.raises(UserError, match="memory must be from 1 to 4, got 5"):
        OutcomeTransitions(5)
    with pytest.raises(UserError, match=r"history must be .*, got 'joined': did you mean 'joint'"):
        LempelZiv("joined")  # type: ignore[arg-type]

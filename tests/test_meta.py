"""Players made of predictors: levels of reasoning, votes, bandits, and a shark that finds habits and cannot lose much."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from tables import EVEN, LOPSIDED, RPS, table, view

from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History, IntArray
from arenas.matrix_game import MatrixGame
from arenas.play import Player, Table
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.bandit import Bandit, DiscountedBounds
from opponents.copycat import Copycat
from opponents.ctw import ContextTree
from opponents.cycle import Cycle
from opponents.frequency import Frequency
from opponents.iocaine import Iocaine
from opponents.ngram import Ngram
from opponents.opponent import Opponent
from opponents.pool import Pool, seats_swapped
from opponents.reasoning import DEPTH, Reasoner, equilibrium
from opponents.roshambo import Roshambo, bot_names
from opponents.shark import LEARNERS, Shark
from opponents.strategist import Strategist

PlayOut = Callable[..., History]


# --- levels of reasoning


@pytest.mark.parametrize("move", [0, 1, 2])
def test_in_rock_paper_scissors_the_levels_are_the_six_rotations(move: int) -> None:
    """Egnor's P.0 to P.2 beat the move foretold, the answer to that, and the answer to the answer to that; P' likewise."""
    certain = np.eye(3)[[[move]]]
    answers = Reasoner(table(RPS, [0])).levels(certain, certain)[0].argmax(axis=1)
    assert answers.shape == (2 * DEPTH,)
    assert ((answers - move) % 3).tolist() == [1, 0, 2, 2, 1, 0]


def test_levels_in_hide_and_seek_by_hand() -> None:
    """Of a hider who is thought to sit at 2: look there; a hider who foresees that is in one of the others; and so on."""
    game = HideAndSeek(places=3)
    third, others = np.eye(3)[2], np.array([0.5, 0.5, 0])
    hider, seeker = Reasoner(table(game, [0, 1])).levels(np.stack([[third]] * 2), np.stack([[third]] * 2))
    # the seeker looks at 2; then where a hider who foresees that is; then where one is who foresees that
    np.testing.assert_allclose(seeker[:3], [third, others, third])
    # thought to look at 2 itself, it looks where a hider who avoids 2 would be
    np.testing.assert_allclose(seeker[3:], [others, third, others])
    # the hider avoids a seeker at 2; a seeker who foresees that looks elsewhere, so 2 is safe; and so on
    np.testing.assert_allclose(hider[:3], [others, third, others])
    # thought to hide at 2 it expects a seeker there
    np.testing.assert_allclose(hider[3:], [others, third, others])


def test_answers_are_legal_and_best_for_their_seat() -> None:
    seats = np.array([0, 1])
    chance = np.random.default_rng(2)
    belief = np.zeros((2, 4, 3))
    belief[0], belief[1, :, :2] = chance.dirichlet(np.ones(3), 4), chance.dirichlet(np.ones(2), 4)
    answers = Reasoner(Table(LOPSIDED, seats)).best(0, belief)
    for row in (0, 1):
        for n in range(4):
            worth = LOPSIDED.worth(seats[row : row + 1], belief[row, n][None])[0][LOPSIDED.legal_by_seat[row]]
            assert answers[row, n].argmax() == worth.argmax()
            assert answers[row, n].max() == 1.0


def test_equilibrium_by_seat() -> None:
    both = equilibrium(LOPSIDED, np.array([1, 0, 1]))
    value, row, column = LOPSIDED.equilibrium
    np.testing.assert_allclose(both, [column, [*row, 0.0], column])
    assert (both[1] @ LOPSIDED.payoff[0]).min() == pytest.approx(value)


def test_a_pool_hears_each_side_as_what_it_is() -> None:
    mine, theirs = np.array([[0, 0, 1, 0]]), np.array([[2, 1, 2, 2]])
    learners, here = [Frequency(prior=0.0), Ngram(1, "own"), Ngram(1, "other")], table(RPS, [0])
    of_the_other, of_oneself = Pool(here, learners), Pool(seats_swapped(here), learners)
    for t in range(4):
        of_the_other.hear(mine[:, t], theirs[:, t])
        of_oneself.hear(theirs[:, t], mine[:, t])
    # the other: 2 1 2 2; after my 0 came 1 and 2; after its 2 came 1 and 2
    np.testing.assert_allclose(of_the_other.beliefs()[0], [[0, 0.25, 0.75], [0, 0.5, 0.5], [0, 0.5, 0.5]])
    # oneself, as the other hears it: 0 0 1 0; after the other's 2 came 0 and 0; after my 0 came 0 and 1
    np.testing.assert_allclose(of_oneself.beliefs()[0], [[0.75, 0.25, 0], [1, 0, 0], [0.5, 0.5, 0]])


# --- choosing among answers


def simple(horizons: list[float], patience: float, budget: float = np.inf, game: MatrixGame = RPS) -> Strategist:
    return Strategist(table(game, [0]), [Frequency(prior=0.0)], horizons, patience, budget=budget)


def hear(player: Player, mine: list[int], theirs: list[int], game: MatrixGame = RPS) -> np.ndarray:
    return player.act(view(game, [0], [mine], [theirs])).probs[0]


def test_answers_are_scored_by_what_they_would_have_been_paid() -> None:
    """With one predictor, of frequencies: after rock and rock, the six rotations against a third rock."""
    player = simple([np.inf], np.inf)
    hear(player, [0, 0], [0, 0])
    before = player.scores[0, 0].copy()
    np.testing.assert_allclose(player.answers[0].argmax(axis=1), [1, 0, 2, 2, 1, 0])
    hear(player, [0, 0, 0], [0, 0, 0])
    np.testing.assert_allclose(player.scores[0, 0] - before, [1, 0, -1, -1, 1, 0])
    np.testing.assert_allclose(hear(player, [0, 0, 0], [0, 0, 0]), [0, 1, 0])


def test_a_short_horizon_forgets() -> None:
    player = simple([np.inf, 2.0, 1.0], np.inf)
    hear(player, [0] * 6, [0] * 6)
    long, short, last = player.scores[0, :, 0]
    assert long == 5.0  # each round but the first, in which nothing was known and the answer was uniform
    assert short == pytest.approx(sum(0.5**k for k in range(5)))
    assert last == 1.0


def test_nothing_is_known_before_the_first_round() -> None:
    np.testing.assert_allclose(hear(simple([10.0], 10.0), [], []), EVEN)
    np.testing.assert_allclose(hear(Shark().sit(table(RPS, [0])), [], []), EVEN)


def test_the_equilibrium_is_played_while_no_horizon_has_won_more() -> None:
    """The other always plays what beats the last best answer, so that all choices lose and the safe one does not."""
    player, theirs = simple([np.inf], np.inf), [0]
    for _ in range(10):
        hear(player, [0] * len(theirs), theirs)
        theirs.append(int((player.choices[0, 1].argmax() + 1) % 3))
    np.testing.assert_allclose(hear(player, [0] * len(theirs), theirs), EVEN)
    assert player.choice_scores[0, 1] < 0


# --- the limit to what may be lost


def against_one_who_foresees(opponent: Opponent, game: MatrixGame, seat: int) -> tuple[float, list[np.ndarray]]:
    """Points expected beyond the game's value, and the distributions, when the other takes the most from every one of them."""
    player, mine, theirs, won, played = opponent.sit(table(game, [seat])), [], [], 0.0, []
    for t in range(game.rounds):
        seen = view(game, [seat], [mine], [theirs])
        probs = player.act(seen).probs
        worth = game.worth(np.array([1 - seat]), probs)[0][game.legal_by_seat[1 - seat]]
        theirs.append(int(worth.argmax()))
        mine.append(int(np.flatnonzero(probs[0])[t % np.count_nonzero(probs[0])]))
        won += -worth.max() - game.value(seat)
        played.append(probs[0])
    return won, played


@pytest.mark.parametrize("seat", [0, 1])
@pytest.mark.parametrize("game", [RPS, HideAndSeek(places=4, rounds=60), dataclasses.replace(LOPSIDED, rounds=60)], ids=repr)
def test_a_shark_never_loses_more_than_its_budget_and_a_round(game: MatrixGame, seat: int) -> None:
    """Not even to somebody who foresees its every distribution and takes the most from it."""
    values = game.matrix if seat == 0 else -game.matrix
    unit = game.value(seat) - values.min()
    won, played = against_one_who_foresees(Shark(budget=3.0), game, seat)
    assert -4.0 * unit - 1e-9 <= won
    np.testing.assert_allclose(played[-1], equilibrium(game, np.array([seat]))[0])
    bold, _ = against_one_who_foresees(Shark(budget=1e9), game, seat)
    assert bold < won or won == pytest.approx(0.0, abs=1e-9)


# --- the bandit


def test_a_bandit_tries_every_predictor_once_and_then_what_has_won(play_out: PlayOut) -> None:
    player = DiscountedBounds(table(RPS, [0]), 1.0, 0.05)
    tried, won = [], []
    theirs = [0, 1, 2] * 20
    for t in range(60):
        won.append(RPS.payoff[0, :, theirs[t]] @ hear(player, [0] * t, theirs[:t]))
        tried.append(int(player.arm[0]))
    assert tried[: len(LEARNERS)] == list(range(len(LEARNERS)))
    assert player.trusted.sum() == 59
    # pay from -1 to 1 is counted from 0 to 1
    assert player.won.sum() == pytest.approx((sum(won[:-1]) + 59) / 2)
    assert np.mean(won[30:]) > 0.7


# --- finding habits, and what a planted mistake does

PLAYERS: list[Opponent] = [Shark(), Iocaine(), Bandit()]


class Misheard:
    """A player with a mistake in what it hears: the sides swapped, or everything a round late."""

    foresees = False

    def __init__(self, player: Player, mistake: str) -> None:
        self.player, self.mistake = player, mistake

    def act(self, mine: IntArray, theirs: IntArray) -> np.ndarray:
        if self.mistake == "sides swapped":
            mine, theirs = theirs, mine
        if self.mistake == "a round late":
            mine, theirs = mine[:, :-1], theirs[:, :-1]
        seats = [0] * len(mine)
        return self.player.act(view(RPS, seats, mine.tolist(), theirs.tolist())).probs


def won_from_a_copier(opponent: Opponent, mistake: str) -> float:
    """Points a round, expected over its own dice, from one who plays what beats its last move but one; its moves are random."""
    rows, rounds = 12, 90
    mine = np.random.default_rng(5).integers(0, 3, size=(rows, rounds))
    theirs = np.zeros_like(mine)
    theirs[:, 1:] = (mine[:, :-1] + 1) % 3
    player = Misheard(opponent.sit(Table(RPS, np.zeros(rows, dtype=np.int64))), mistake)
    won = []
    for t in range(rounds):
        probs = player.act(mine[:, :t], theirs[:, :t])
        won.append((probs * RPS.payoff[0, :, theirs[:, t]]).sum(axis=1).mean())
    return float(np.mean(won[30:]))


@pytest.mark.parametrize("opponent", PLAYERS, ids=repr)
def test_a_planted_mistake_in_what_is_heard_costs_the_game(opponent: Opponent) -> None:
    right = won_from_a_copier(opponent, "none")
    assert right > 0.6
    assert won_from_a_copier(opponent, "sides swapped") < 0.5 * right
    assert won_from_a_copier(opponent, "a round late") < 0.5 * right


@pytest.mark.parametrize("opponent", PLAYERS, ids=repr)
@pytest.mark.parametrize("game", [RockPaperScissors(rounds=120), HideAndSeek(places=4, rounds=120)], ids=repr)
def test_habits_are_found_from_either_seat(play_out: PlayOut, game: MatrixGame, opponent: Opponent) -> None:
    makers = [opponent.sit, Cycle().sit, Cycle(step=-1).sit, Copycat().sit]
    pairs = [pair for index in range(1, 4) for pair in ((0, index), (index, 0))]
    history = play_out(game, makers, pairs, range(len(pairs)))
    for match, pair in enumerate(pairs):
        seat = pair.index(0)
        late = history.expected[match, seat, -50:].mean() - game.value(seat)
        most = game.payoff[seat].max() - game.value(seat)
        assert late > (0.5 if isinstance(opponent, Bandit) else 0.8) * most


def test_a_shark_beats_the_learners_it_is_made_of(play_out: PlayOut) -> None:
    game = RockPaperScissors(rounds=200)
    makers = [Shark().sit, Iocaine().sit, ContextTree().sit, Frequency().sit, Ngram(2, "joint").sit, Bandit().sit]
    pairs = [(0, index) for index in range(1, len(makers)) for _ in range(3)]
    won = play_out(game, makers, pairs, range(len(pairs))).expected[:, 0].sum(axis=1).reshape(-1, 3).mean(axis=1)
    assert (won[1:4] > 50).all()
    assert won.min() > -12


def test_parameters_have_bounds() -> None:
    with pytest.raises(UserError, match=r"budget must be from 0.0"):
        Shark(budget=-1.0)
    with pytest.raises(UserError, match=r"temperature must be from 0.0"):
        Shark(temperature=-1.0)
    with pytest.raises(UserError, match=r"discount must be from 0.0 to 1.0, got 1.5"):
        Bandit(discount=1.5)
    with pytest.raises(UserError, match="payoff matrix"):
        Reasoner(Table(RandomNumber(), np.array([0])))


# --- the RoShamBo population


def totals(play_out: PlayOut, bots: list[str], games: int, rounds: int) -> np.ndarray:
    """The shark's points [bots] over a match against each RoShamBo bot, means of `games` matches."""
    makers = [Shark().sit, *(Roshambo(bot).sit for bot in bots)]
    pairs = [(0, 1 + index) for index in range(len(bots)) for _ in range(games)]
    history = play_out(RockPaperScissors(rounds=rounds), makers, pairs, range(len(pairs)))
    return np.asarray(history.expected[:, 0].sum(axis=1).reshape(len(bots), games).mean(axis=1))


def roshambo_bots() -> list[str]:
    try:
        return bot_names()
    except UserError as error:
        pytest.skip(str(error))


def test_a_shark_among_a_few_roshambo_bots(play_out: PlayOut) -> None:
    known = roshambo_bots()
    bots = ["rockbot", "copybot", "flatbot3", "switchalot", "russrocker4", "iocainebot"]
    assert set(bots) <= set(known)
    won = totals(play_out, bots, 2, 250)
    assert (won[:2] > 200).all()
    assert (won[2:5] > 30).all()
    assert won[5] > -17


@pytest.mark.slow
def test_a_sharks_aggregate_beats_iocaine_powders(play_out: PlayOut) -> None:
    """Population return less the worst loss (Lanctot et al. 2023) over 43 bots: above the 250 of `iocainebot`."""
    won = totals(play_out, roshambo_bots(), 6, 1000)
    assert won.mean() + min(0.0, won.min()) > 250.0

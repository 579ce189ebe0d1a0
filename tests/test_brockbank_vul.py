"""The bots of Brockbank & Vul 2024: by hand on short histories, and against the games people played with the originals."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tables import EVEN, RPS, P, R, S, answer, table, view

from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from opponents.brockbank_vul import BrockbankVul
from opponents.brockbank_vul_adaptive import CONTEXTS
from opponents.brockbank_vul_stable import RULES
from opponents.opponent import OPPONENTS

GAMES_OF_PEOPLE = Path(__file__).parents[2] / "shared" / "data" / "human_rps.csv"
LETTERS = {"R": 0, "P": 1, "S": 2}
MODAL = {"R": [0.9, 0.05, 0.05], "P": [0.05, 0.9, 0.05], "S": [0.05, 0.05, 0.9]}
MIXED = {"R": R, "P": P, "S": S, "RP": (R + P) / 2, "RS": (R + S) / 2, "PS": (P + S) / 2, "any": EVEN}

PlayOut = Callable[..., History]


def moves(letters: str) -> list[int]:
    return [LETTERS[letter] for letter in letters]


@pytest.mark.parametrize(
    ("bot", "mine", "theirs", "modal"),
    [
        ("prev_move_positive", "RS", "PP", "R"),
        ("prev_move_negative", "SR", "PP", "S"),
        ("opponent_prev_move_positive", "RR", "RP", "S"),
        ("opponent_prev_move_nil", "RR", "RP", "P"),
        ("win_nil_lose_positive", "RP", "RR", "P"),  # won: stays
        ("win_nil_lose_positive", "RP", "RS", "S"),  # lost: to what beats its own
        ("win_nil_lose_positive", "RP", "RP", "R"),  # tied: to what loses to its own
        ("win_positive_lose_negative", "RP", "RR", "S"),
        ("win_positive_lose_negative", "RP", "RS", "R"),
        ("win_positive_lose_negative", "RP", "RP", "P"),
        ("outcome_transition_dual_dependency", "RP", "RR", "R"),  # won after +: -
        ("outcome_transition_dual_dependency", "PP", "RR", "S"),  # won after 0: +
        ("outcome_transition_dual_dependency", "SP", "RR", "P"),  # won after -: 0
        ("outcome_transition_dual_dependency", "RP", "RS", "P"),  # lost after +: 0
        ("outcome_transition_dual_dependency", "PP", "RS", "R"),  # lost after 0: -
        ("outcome_transition_dual_dependency", "SP", "RS", "S"),  # lost after -: +
        ("outcome_transition_dual_dependency", "RP", "RP", "S"),  # tied after +: +
        ("outcome_transition_dual_dependency", "PP", "RP", "P"),  # tied after 0: 0
        ("outcome_transition_dual_dependency", "SP", "RP", "R"),  # tied after -: -
    ],
)
def test_a_stable_bot_keeps_its_rule_nine_times_in_ten(bot: str, mine: str, theirs: str, modal: str) -> None:
    got = answer(BrockbankVul(bot), RPS, [0, 1], [moves(mine)] * 2, [moves(theirs)] * 2)
    np.testing.assert_allclose(got, [MODAL[modal]] * 2, atol=1e-12)


@pytest.mark.parametrize(
    ("bot", "mine", "theirs", "counter"),
    [
        ("opponent_prev_move", "SSSS", "RPRP", "P"),  # P was followed by R
        ("opponent_prev_move", "SSSS", "RPRR", "PS"),  # R by P and by R: half its counter each
        ("bot_prev_move", "RSRS", "PRPR", "S"),  # own S was followed by P
        ("opponent_bot_prev_move", "RSRR", "PPSP", "S"),  # its P against own R: followed by P
        ("opponent_bot_prev_move", "RSRS", "PPSS", "any"),  # its S against own S: new
        ("opponent_prev_two_moves", "RRRRR", "RPSRP", "R"),
        ("opponent_prev_two_moves", "RRR", "RPS", "any"),
        ("opponent_transitions", "RRRR", "RPSR", "S"),  # three times +: next P
        ("opponent_courn_transitions", "RPSR", "SPSR", "S"),  # from own R to P, P to S, S to R: next P
        ("opponent_outcome_transitions", "RRPP", "PSRS", "P"),  # after its win +, after its losses + and -
        ("opponent_outcome_prev_transition_dual", "SSSSS", "RPSRP", "R"),  # after + and a loss: +
        ("opponent_outcome_prev_transition_dual", "SSS", "RPS", "any"),  # after + and a tie: new
    ],
)
def test_an_adaptive_bot_beats_what_followed_most_often(bot: str, mine: str, theirs: str, counter: str) -> None:
    got = answer(BrockbankVul(bot), RPS, [0, 1], [moves(mine)] * 2, [moves(theirs)] * 2)
    np.testing.assert_allclose(got, [MIXED[counter]] * 2, atol=1e-12)


@pytest.mark.parametrize("bot", [*RULES, *CONTEXTS])
def test_a_bot_is_even_while_history_is_missing(bot: str) -> None:
    looks_back = RULES[bot][0] if bot in RULES else CONTEXTS[bot].looks_back + 1
    history = moves("RPS")
    for seen in range(looks_back):
        got = answer(BrockbankVul(bot), RPS, [0], [history[:seen]], [history[1 : seen + 1]])
        np.testing.assert_allclose(got, [EVEN], atol=1e-12)


@pytest.mark.parametrize("bot", [*RULES, *CONTEXTS])
def test_a_bot_seated_late_or_asked_every_round_is_the_same(bot: str) -> None:
    chance = np.random.default_rng(5)
    mine, theirs = chance.integers(0, 3, (2, 6, 30)).tolist()
    asked = BrockbankVul(bot).sit(table(RPS, [0] * 6))
    for t in range(31):
        seen = view(RPS, [0] * 6, [row[:t] for row in mine], [row[:t] for row in theirs])
        late = BrockbankVul(bot).sit(table(RPS, [0] * 6)).act(seen)
        np.testing.assert_array_equal(asked.act(seen).probs, late.probs)


def test_fifteen_bots_and_one_game() -> None:
    assert len(RULES) == 7
    assert len(CONTEXTS) == 8
    with pytest.raises(UserError, match="plays rock-paper-scissors only: this game has the seats hider and seeker"):
        BrockbankVul().sit(table(HideAndSeek(), [0]))
    with pytest.raises(UserError, match="did you mean 'bot_prev_move'"):
        OPPONENTS.get("brockbank_vul")(bot="bot_prev_mov")  # type: ignore[call-arg]


def games_of_people(kind: str) -> dict[str, list[tuple[list[int], list[int]]]]:
    """Complete games by bot: the bot's moves and the person's."""
    if not GAMES_OF_PEOPLE.is_file():
        pytest.skip("the games of people are not beside this checkout")
    games: dict[str, list[tuple[list[int], list[int]]]] = {}
    with GAMES_OF_PEOPLE.open() as lines:
        for row in csv.DictReader(lines):
            complete = len(row["human_moves"]) == 300 and "-" not in row["human_moves"] + row["bot_moves"]
            if row["kind"] == kind and complete:
                games.setdefault(row["bot"], []).append((moves(row["bot_moves"]), moves(row["human_moves"])))
    return games


def chances_of_what_was_played(bot: str, games: list[tuple[list[int], list[int]]]) -> np.ndarray:
    """The probability [B,t] our bot gives to each move the original made."""
    bots, people = np.array([game[0] for game in games]), np.array([game[1] for game in games])
    player = BrockbankVul(bot).sit(table(RPS, [0] * len(games)))
    chances = []
    for t in range(bots.shape[1]):
        probs = player.act(view(RPS, [0] * len(games), bots[:, :t].tolist(), people[:, :t].tolist())).probs
        chances.append(probs[np.arange(len(games)), bots[:, t]])
    return np.stack(chances, axis=1)


def test_no_adaptive_bot_that_people_met_made_a_move_ours_calls_impossible() -> None:
    games = games_of_people("adaptive")
    assert set(games) == set(CONTEXTS)
    assert sum(map(len, games.values())) == 129
    for bot, played in games.items():
        chances = chances_of_what_was_played(bot, played)
        assert (chances > 0).all(), bot
        swapped = chances_of_what_was_played(bot, [(person, own) for own, person in played])
        assert (swapped == 0).mean() > 0.2, bot  # the check can fail


def test_the_stable_bots_that_people_met_played_our_modal_move_nine_times_in_ten() -> None:
    games = games_of_people("stable")
    assert set(games) == set(RULES)
    for bot, played in games.items():
        modal = chances_of_what_was_played(bot, played)[:, 2:] > 0.5
        assert abs(modal.mean() - 0.9) < 4 * 0.3 / np.sqrt(modal.size), bot

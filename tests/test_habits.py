"""Tells in words: the planted ones are told, others are not; how well moves are foretold; and the command."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from planted_players import Meeting, fixtures, kept_run, mixed, moody, played, remembering
from small_runs import play_small, tells

from analysis.chairs import GROUPS, Chair
from analysis.contexts import CONTEXTS, ChairContexts
from analysis.exact_values import ExactValue, write_exact
from analysis.gather import gather
from analysis.habits_found import habits_found
from analysis.habits_labels import labels
from analysis.interval import Estimate
from analysis.predictability import MatchSample, predictability, predictors
from analysis.states import StateSums
from analysis.tell_words import in_words
from analysis.tells import Tell, strongest
from arenas.fixture import Wave
from arenas.hide_and_seek import HideAndSeek
from arenas.history import LOGGED, History
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore
from opponents.learner import Learner
from opponents.opponent import OPPONENTS

GAME = RockPaperScissors(rounds=20)
R, P, S = range(3)
BY_NAME = {context.name: context for context in CONTEXTS}
EVEN = (1 / 3,) * 3


def contexts_of(
    history: History, game: MatrixGame = GAME, part: slice = slice(None), seat: int = 0
) -> tuple[Chair, ChairContexts]:
    """One seat of some matches, dealt to the groups in turn."""
    sums = StateSums(len(game.actions[1 - seat]), len(game.actions[seat]), 2)
    chosen = history.chosen[part]
    sums.add(np.arange(len(chosen)) % GROUPS, chosen[:, 1 - seat], chosen[:, seat], history.probs[part][:, seat])
    return Chair("arena", "model", seat), ChairContexts(game, seat, sums)


def told(history: History, game: MatrixGame = GAME) -> list[str]:
    """The tells of the first seat, in words."""
    return [in_words(game, tell) for tell in strongest([contexts_of(history, game)])]


# --- planted tells


def test_the_tell_that_was_planted_is_told_in_its_own_words() -> None:
    table = np.full((3, 3, 3), 1 / 3)
    table[R, P] = [0.03, 0.93, 0.04]
    found = told(played(GAME, remembering(table, EVEN), mixed(1, 1, 1), 100, seed=1))
    assert found[0] == "after losing with rock it plays paper 93 % of the time; worth 0.90 a round to who plays scissors"


def test_a_rule_is_told_once_and_not_again_for_each_move() -> None:
    table = np.full((3, 3, 3), 1 / 3)
    for own in range(3):
        table[own, (own + 1) % 3] = np.roll([0.1, 0.8, 0.1], own)  # having lost, it moves on to what beats its last move
    found = told(played(GAME, remembering(table, EVEN), mixed(1, 1, 1), 200, seed=1))
    (said,) = found
    assert said.startswith("after losing it goes to what beats its last move 80 % of the time; worth 0.70 a round")
    assert said.endswith("to who plays what its last move beats")


def test_the_move_that_is_told_is_the_one_the_win_comes_from() -> None:
    """Paper and scissors come as often as each other: to play scissors wins by rock that is rare."""
    history = played(GAME, mixed(0.28, 0.36, 0.36), mixed(1, 1, 1), 40, seed=1)
    assert told(history) == ["it plays rock only 28 % of the time; worth 0.08 a round to who plays scissors"]
    seeker = contexts_of(played(HIDE, mixed(1, 1, 1, 1), mixed(0.1, 0.3, 0.3, 0.3), 40, seed=1), HIDE, seat=1)
    (tell,) = strongest([seeker])
    assert in_words(HIDE, tell) == "it looks in place 1 only 10 % of the time; worth 0.15 a round to who hides in place 1"


def test_tells_are_ranked_by_worth_times_how_often() -> None:
    table = np.full((3, 3, 3), 1 / 3)
    table[:, R] = [0.6, 0.2, 0.2]  # often, and worth 0.4
    table[S, R] = [0.0, 1.0, 0.0]  # rarer, and worth 1
    tells_found = strongest([contexts_of(played(GAME, remembering(table, EVEN), mixed(2, 1, 1), 200, seed=1))])
    brings = [tell.brings for tell in tells_found]
    assert brings == sorted(brings, reverse=True)
    assert [in_words(GAME, tell).split(" it ")[0] for tell in tells_found][:2] == [
        "after the other's rock",
        "after losing with scissors",
    ]
    assert all(tell.sure and tell.added > 0 for tell in tells_found)
    assert tells_found[0].worth.mean == pytest.approx(0.4 * 2 / 3 + 0.1, abs=0.2)


def test_who_plays_evenly_has_no_tell() -> None:
    assert told(played(GAME, mixed(1, 1, 1), mixed(1, 2, 3), 60, seed=1)) == []


@pytest.mark.slow
def test_chance_alone_makes_a_tell_in_at_most_one_run_in_twenty() -> None:
    """Players whose every match has a mood of its own about even play: 5 % of runs may say something, all tells together."""
    runs, matches = 400, 40
    history = played(GAME, moody(np.full((3, 3, 3), 1 / 3), EVEN, 0.02, seed=4), mixed(1, 1, 1), runs * matches, seed=5)
    parts = [slice(matches * i, matches * (i + 1)) for i in range(runs)]
    false = float(np.mean([bool(strongest([contexts_of(history, part=part)])) for part in parts]))
    print(f"runs of even players with a tell: {false:.3f}")
    assert false <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)


# --- words


def tell_of(name: str, situation: int, move: int, seat: int = 0, answer: int = 0) -> Tell:
    """A tell to be put into words."""
    likely, worth = Estimate(0.93, 0, 9), Estimate(0.89, 0, 9)
    return Tell(Chair("arena", "model", seat), BY_NAME[name], situation, move, answer, likely, worth, 0.1, 0.0)


PENNIES = Matrix(rounds=5)
LOPSIDED = Matrix(((2.0, 0.0, -1.0), (-1.0, 1.0, 3.0)), ("up", "down"), ("left", "middle", "right"), rounds=5)
HIDE = HideAndSeek(places=4)
RING = HideAndSeek(places=5)
WORDS: list[tuple[MatrixGame, Tell, str]] = [
    (GAME, tell_of("always", 0, R), "it plays rock"),
    (GAME, tell_of("opening", 0, R), "in the first round it plays rock"),
    (GAME, tell_of("opening", 1, R), "after the first round it plays rock"),
    (GAME, tell_of("outcome", 1, S), "after a tie it plays scissors"),
    (GAME, tell_of("outcome_own", 2 * 3 + R, P), "after losing with rock it plays paper"),
    (GAME, tell_of("own", P, P), "after its own paper it plays paper"),
    (GAME, tell_of("other", S, R), "after the other's scissors it plays rock"),
    (GAME, tell_of("both", S * 3 + R, P), "after rock against scissors it plays paper"),
    (GAME, tell_of("own_two", R * 3 + P, S), "after its own rock, then paper it plays scissors"),
    (GAME, tell_of("other_two", R * 3 + P, S), "after the other's rock, then paper it plays scissors"),
    (
        GAME,
        tell_of("both_two", (R * 3 + P) * 9 + S * 3 + R, S),
        "after paper against rock, then rock against scissors it plays scissors",
    ),
    (GAME, tell_of("step", 0, 0), "from round to round it plays its last move again"),
    (GAME, tell_of("outcome_step", 2, 1), "after losing it goes to what beats its last move"),
    (GAME, tell_of("outcome_step", 0, 2), "after winning it goes to what its last move beats"),
    (GAME, tell_of("dual", 2 * 3 + 0, 0), "after staying and losing it plays its last move again"),
    (GAME, tell_of("dual", 1, 0), "after going to what beats its last move and winning it plays its last move again"),
    (HIDE, tell_of("outcome", 2, 1), "after being found it hides in place 2"),
    (HIDE, tell_of("outcome_step", 0, 0), "after not being found it hides in the same place again"),
    (HIDE, tell_of("outcome_own", 2, 1, seat=1), "after finding the hider in place 3 it looks in place 2"),
    (HIDE, tell_of("outcome", 2, 3, seat=1), "after finding nobody it looks in place 4"),
    (HIDE, tell_of("step", 0, 2), "from round to round it hides 2 places on"),
    (RING, tell_of("step", 0, 4), "from round to round it hides 1 place back"),
    (RING, tell_of("step", 0, 2, seat=1), "from round to round it looks 2 places on"),
    (PENNIES, tell_of("outcome_step", 2, 1), "after losing it plays the other move"),
    (PENNIES, tell_of("dual", 2 * 2 + 1, 0), "after changing and losing it plays its last move again"),
    (
        LOPSIDED,
        tell_of("outcome_own", 2 * 3 + 1, 2, seat=1),
        "after earning less than the game's value with middle it plays right",
    ),
    (LOPSIDED, tell_of("other", 2, 1), "after the other's right it plays down"),
]


@pytest.mark.parametrize(("game", "tell", "words"), WORDS, ids=[words for *_, words in WORDS])
def test_words_fit_the_game(game: MatrixGame, tell: Tell, words: str) -> None:
    said, who = in_words(game, tell).split(" a round to who ")
    assert said == f"{words} 93 % of the time; worth 0.89"
    assert who


ANSWERS: list[tuple[MatrixGame, Tell, str]] = [
    (GAME, tell_of("always", 0, P, answer=S), "plays scissors"),
    (GAME, tell_of("step", 0, 0, answer=P), "plays what beats its last move"),
    (GAME, tell_of("step", 0, 1, answer=S), "plays what its last move beats"),
    (GAME, tell_of("step", 0, 2, answer=R), "plays its last move"),
    (HIDE, tell_of("always", 0, 1, answer=1), "looks in place 2"),
    (HIDE, tell_of("step", 0, 1, answer=1), "looks 1 place on from where it last hid"),
    (HIDE, tell_of("step", 0, 1, seat=1, answer=0), "hides where it last looked"),
    (PENNIES, tell_of("step", 0, 1, answer=1), "plays what it did not play last"),
    (LOPSIDED, tell_of("always", 0, 2, seat=1, answer=1), "plays down"),
]


@pytest.mark.parametrize(("game", "tell", "words"), ANSWERS, ids=[words for *_, words in ANSWERS])
def test_the_answer_is_told_too(game: MatrixGame, tell: Tell, words: str) -> None:
    assert in_words(game, tell).split(" a round to who ")[1] == words


# --- foretelling


def sample_of_run(history: History, game: MatrixGame = GAME, most: int = 10**9) -> MatchSample:
    """The sample of one line-up, taken in `most` matches at a time."""
    sample = MatchSample(["model"], 1)
    names = fixtures("arena", "model", "other", len(history.probs))
    for start in range(0, len(names), most):
        part = slice(start, start + most)
        arrays = {name: getattr(history, name)[part] for name in LOGGED}
        sample.add(game, names[part], History(**arrays, played=history.played))
    return sample


def test_every_registered_predictor_is_asked() -> None:
    asked = {name.split(" of ")[0] for name, _ in predictors()}
    assert asked == {name for name in OPPONENTS.names() if issubclass(OPPONENTS.get(name), Learner)}
    assert {"ctw", "frequency", "ngram", "ppm"} <= asked


def test_a_copycat_is_foretold_by_who_looks_at_what_it_copies() -> None:
    game = RockPaperScissors(rounds=150)
    copycat = remembering(np.broadcast_to(0.85 * np.eye(3) + 0.05, (3, 3, 3)), EVEN)
    sample = sample_of_run(played(game, copycat, mixed(1, 1, 1), 40, seed=1), game)
    (found,) = [predictability(game, chair, sampled) for chair, sampled in sample.chairs.items()]
    assert found.hits is not None
    # the last outcome and the own last move say what the other's was
    assert all("opponent's moves" in name or "both sides" in name or name == "outcome" for name in found.hits.names)
    assert 0.8 < found.hits.value.mean <= 0.9
    entropy = -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.05))
    assert entropy < found.bits.mean < entropy + 0.25  # the rate, and what learning it costs in 150 rounds
    assert found.matches == 40


def test_nobody_foretells_who_plays_evenly() -> None:
    (found,) = [
        predictability(GAME, c, s) for c, s in sample_of_run(played(GAME, mixed(1, 1, 1), mixed(1, 1, 1), 40, 1)).chairs.items()
    ]
    assert found.hits is not None
    assert found.hits.value.mean == pytest.approx(1 / 3)
    assert found.bits.mean > np.log2(3)


def test_the_choice_of_matches_does_not_depend_on_how_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.predictability.SAMPLED_ROUNDS", 500)
    history = played(GAME, mixed(3, 2, 1), mixed(1, 1, 1), 100, seed=1)
    kept = []
    for most in (100, 7, 1):
        (sampled,) = sample_of_run(history, most=most).chairs.values()
        assert len(sampled.kept) == 25
        kept.append(np.stack([own for _, _, own, *_ in sampled.kept]))
    np.testing.assert_array_equal(kept[0], kept[1])
    np.testing.assert_array_equal(kept[0], kept[2])
    assert not np.array_equal(kept[0], history.chosen[:25, 0])


# --- a run, and the command


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two agents in two arenas: one of them gives itself away as a hider."""
    hide = HideAndSeek(places=3, rounds=15)
    stays = np.full((3, 3, 3), 1 / 3)
    stays[:] = np.array([np.tile(np.roll([0.8, 0.1, 0.1], own), (3, 1)) for own in range(3)])
    meetings = [
        Meeting("hide", ("sitter", "other"), played(hide, remembering(stays, EVEN), mixed(1, 1, 1), 40, seed=1)),
        Meeting("hide", ("other", "sitter"), played(hide, mixed(1, 1, 1), mixed(1, 1, 1), 40, seed=2)),
        Meeting("rps", ("even", "other"), played(GAME, mixed(1, 1, 1), mixed(2, 1, 1), 40, seed=3)),
    ]
    return kept_run(tmp_path_factory.mktemp("run") / "run.sqlite", {"rps": GAME, "hide": hide}, ["even", "sitter"], meetings)


def test_the_command_speaks_first_and_then_shows_tables(run: Path) -> None:
    said = tells("habits", run)
    assert said.exit_code == 0, said.output
    lines = " ".join(said.output.split())
    assert (
        "1. hide as hider: from round to round it hides in the same place again 80 % of the time; worth 0.47 a round" in lines
    )
    assert said.output.index("no tell is sure") < said.output.index("== sitter ==") < said.output.index("== what can be won")
    assert "seeker" in said.output


@pytest.mark.parametrize("width", [60, 80, 140])
def test_nothing_is_wider_than_the_terminal(width: int, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    longest = "Long-name-of-an-aligned-model-70B"
    long = [
        Meeting("rps", (longest, name), played(GAME, mixed(3, 1, 1), mixed(1, 1, 1), 6, 1)) for name in ("dual", "greenberg")
    ]
    bots = {
        "dual": {"opponent": "brockbank_vul", "bot": "opponent_outcome_prev_transition_dual"},
        "greenberg": {"opponent": "roshambo"},
    }
    exact = tmp_path / "exact.json"
    for path in (run, play_small(tmp_path), kept_run(tmp_path / "long", {"rps": GAME}, [longest], long, opponents=bots)):
        with closing(RunStore.read(path)) as store:
            agents = list(store.config["agents"])
        write_exact(exact, [ExactValue("rps", agent, 0, 12, 0.123456, "") for agent in agents])
        said = tells("habits", path, "--exact", exact)
        assert said.exit_code == 0, said.output
        assert max(len(line) for line in said.output.splitlines()) <= width


def test_json_holds_every_number(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "habits.json"
    said = tells("habits", run, "--json", file)
    assert said.exit_code == 0, said.output
    page = json.loads(file.read_text(encoding="utf-8"))
    with closing(RunStore.read(run)) as store:
        found = habits_found(store)
    assert page["complete"]
    for line, kept in zip(found.exploitabilities, page["exploitabilities"], strict=True):
        assert (kept["agent"], kept["oracle"]["mean"]) == (line.agent, line.oracle.mean)
    for habits, kept in zip(found.chairs, page["chairs"], strict=True):
        known = {reading.context.name: reading for reading in habits.contexts}
        bits, ends = habits.predictability.bits, kept["predictability"]["bits"]
        assert (ends["high"] - bits.mean, bits.mean - ends["low"]) == pytest.approx((bits.half_width, bits.half_width))
        assert {one["context"]: one["gain"]["low"] for one in kept["contexts"]} == {
            name: pytest.approx(reading.gain.low, nan_ok=True) for name, reading in known.items()
        }
    for agent, sentences in page["words"].items():
        assert len(sentences) == len(found.tells[agent])
    assert tells("habits", run, "--json", tmp_path).exit_code == 2


def test_agents_and_arenas_are_chosen_by_name(run: Path) -> None:
    said = tells("habits", run, "--agent", "even", "--arena", "rps")
    assert said.exit_code == 0, said.output
    assert "sitter" not in said.output
    refused = tells("habits", run, "--agent", "sitte")
    assert (refused.exit_code, refused.output.strip()) == (2, "error: no agent 'sitte' in this run: did you mean 'sitter'?")
    refused = tells("habits", run, "--arena", "zzz")
    assert (refused.exit_code, refused.output.strip()) == (2, "error: no arena 'zzz' in this run: known: hide, rps")
    nobody = tells("habits", run, "--agent", "even", "--arena", "hide")
    assert nobody.exit_code == 2
    assert "no agent has played a game in which it can be exploited" in nobody.output


def test_a_run_as_data_is_the_same_however_it_is_read(run: Path) -> None:
    store = RunStore.read(run)
    found = habits_found(store)
    again = habits_found(store)
    assert [habits.chair for habits in found.chairs] == [
        Chair("rps", "even", 0),
        Chair("hide", "sitter", 0),
        Chair("hide", "sitter", 1),
    ]
    assert [tell for tells_ in found.tells.values() for tell in tells_] == [
        tell for tells_ in again.tells.values() for tell in tells_
    ]
    assert found.exploitabilities == again.exploitabilities
    assert {(m.chair.agent, m.memory) for m in found.memories} == {(a, m) for a in ("even", "sitter") for m in (1, 2)}
    store.close()


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "evil\x1b[2J"
    path = kept_run(
        tmp_path / "run",
        {"rps": GAME},
        [evil],
        [Meeting("rps", (evil, "other"), played(GAME, mixed(3, 1, 1), mixed(1, 1, 1), 8, 1))],
    )
    said = tells("habits", path)
    assert said.exit_code == 0, said.output
    assert "\x1b" not in said.output
    assert "evil" in said.output


def test_a_run_that_holds_nothing_yet_says_so(tmp_path: Path) -> None:
    path = kept_run(tmp_path / "run", {"rps": GAME}, ["model"], [])
    said = tells("habits", path)
    assert said.exit_code == 2
    assert "nothing has been played yet" in said.output


def test_gatherers_take_what_the_store_gives(run: Path) -> None:
    store = RunStore.read(run)
    sample = MatchSample(list(store.config["agents"]), 1)
    gather(store, [sample])
    assert {chair: len(sampled.kept) for chair, sampled in sample.chairs.items()} == {
        Chair("hide", "sitter", 0): 40,
        Chair("hide", "sitter", 1): 40,
        Chair("rps", "even", 0): 40,
    }
    store.close()


def test_labels_stay_apart_when_names_are_cut() -> None:
    names = ["Llama-3.1-8B-Base", "Llama-3.1-8B-Instruct", "short", "Llama-3.1-8B-Base"]
    for most in (16, 13, 6):
        cut = labels(names, most)
        assert len(set(cut.values())) == 3
        assert max(map(len, cut.values())) <= most
        assert cut["short"] == "short"
    assert labels(["a-long-name-x-and-its-end", "a-long-name-y-and-its-end"], 8) != {}
    assert len(set(labels(["evil\x1b", "evil\x1b\x1b", "evil"], 8).values())) == 3


def test_what_was_not_played_is_not_spoken_of(tmp_path: Path) -> None:
    """Where each line-up met once, nobody who was there won, or only half of a run is known, the command says so."""
    once = [Meeting("rps", ("even", "other"), played(GAME, mixed(1, 1, 1), mixed(1, 1, 1), 1, 1))]
    said = tells("habits", kept_run(tmp_path / "once", {"rps": GAME}, ["even", "absent"], once))
    assert said.exit_code == 0, said.output
    assert "Every line-up met once" in said.output
    assert "== absent ==" not in said.output
    history = played(GAME, mixed(1, 1, 1), mixed(1, 1, 1), 4, 1)
    waves = [Wave(n, "rps", GAME.rounds, fixtures("rps", "even", name, 4)) for n, name in enumerate(("other", "another"))]
    page = {"seed": 1, "arenas": {"rps": GAME.config()}, "agents": {"even": {"opponent": "uniform"}}, "opponents": {}}
    with closing(RunStore.new(tmp_path / "half", page, waves)) as store:
        store.keep(waves[0], history)
    said = tells("habits", tmp_path / "half")
    lines = " ".join(said.output.split())
    assert "4 of 8 matches begun, not complete" in lines
    assert "nobody who was there won anything" in lines
    assert "0.000 ±0.000 nobody" in lines or "0.000 nobody" in lines


def test_the_tables_say_what_a_context_adds_and_what_others_teach(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    said = tells("habits", run).output
    assert "bits that it says beyond how often each move comes" in said
    gains = said.split("beyond how often each move comes")[1].split("Information gain")[0]
    (sitter,) = [line for line in gains.splitlines() if line.startswith("sitter") and "hider" in line]
    assert "*" in sitter
    (even,) = [line for line in gains.splitlines() if line.startswith("even")]
    assert "*" not in even
    assert "  rate  " in said
    assert "0/81" in said

"""Replay: what is shown of a match, what the keys do, and that nothing a model wrote steers the terminal."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from small_runs import in_terminal, play_small, tells

from arenas.fixture import Fixture, Wave
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.plain_text import printable
from arenas.record import Record
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore
from arenas.writing import Writing
from tournaments.keys import keys_in
from tournaments.playback import Playback
from tournaments.replay_view import Shown, frame

HOSTILE = "roses \x1b[31mred\x1b[0m\x1b]0;owned\x07 [bold]violets[/bold] \u202eeulb\r\nsecond line\x9b2J"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run that was played to its end."""
    return play_small(tmp_path_factory.mktemp("replay"))


def written_by_a_stranger(path: Path) -> Path:
    """A run of one hostile text."""
    config = {"arenas": {"sea": Writing().config()}, "agents": {"base": {"model": "x"}}, "opponents": {}}
    wave = Wave(0, "sea", 1, (Fixture("sea", ("base",), 1),))
    store = RunStore.new(path, config, [wave])
    history = History.empty(1, 1, 1, 1)
    texts = np.full((1, 1), HOSTILE, dtype=object)
    history.commit(np.ones((1, 1, 1)), np.zeros((1, 1), dtype=np.int64), np.zeros((1, 1)), texts)
    history.settle(np.zeros((1, 1)), np.zeros((1, 1)))
    store.keep(wave, history)
    store.close()
    return path


def test_a_match_is_printed_round_by_round_as_it_was_played(path: Path) -> None:
    result = tells("replay", path, "--match", "hide/mix-vs-oracle/2")
    store = RunStore.read(path)
    record, game = store.record("hide/mix-vs-oracle/2"), store.games["hide"]
    store.close()
    assert result.exit_code == 0
    lines = result.output.splitlines()
    for t in range(8):
        at = lines.index(f"round {t + 1}")
        score = record.pay[0, : t + 1].sum() + 0.0
        assert lines[at + 1].startswith(f"  mix (hider): {game.actions[0][record.chosen[0, t]]}  ")
        assert f"score {score:+g} (expected {record.expected[0, : t + 1].sum():+.2f})" in lines[at + 1]
        assert "1 ████▋ 57.1 %  2 ██▎ 28.6 %  3 █▏ 14.3 %  off-menu 0.0 %" in lines[at + 2]
        assert lines[at + 3].startswith(f"  oracle (seeker): {game.actions[1][record.chosen[1, t]]}  ")
    assert "The rules pay what the log says in all 8 rounds." in result.output
    assert "\x1b" not in result.output


def test_from_starts_later(path: Path) -> None:
    output = tells("replay", path, "--match", "rps/cycle-vs-mix/1", "--from", 11).output
    assert "round 11\n" in output
    assert "round 10\n" not in output


def test_matches_are_listed_and_chosen_by_name(path: Path) -> None:
    every = tells("replay", path, "--list").output.splitlines()
    assert len(every) == 78
    assert every[0].startswith("rps/")
    assert "12 of 12 rounds" in every[0]
    some = tells("replay", path, "--list", "--agent", "cycle", "--opponent", "oracle").output.splitlines()
    assert {line.split()[0] for line in some} == {
        f"{arena}/{line_up}/{repeat}"
        for arena, line_up in (("rps", "cycle-vs-oracle"), ("hide", "cycle-vs-oracle"), ("hide", "oracle-vs-cycle"))
        for repeat in (1, 2)
    }
    printed = tells("replay", path, "--agent", "cycle", "--opponent", "oracle").output
    assert printed.count("match ") == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--match", "rps/mix-vs-cycl/1"], "no match 'rps/mix-vs-cycl/1' in"),
        (["--agent", "mixx"], "--agent mixx: nobody of that name has played in"),
        (["--agent", "mixx"], "did you mean 'mix'?"),
        (["--opponent", "oracles"], "did you mean 'oracle'?"),
        (["--agent", "win_stay", "--opponent", "ngram"], "nothing was played yet of what was asked for"),
        (["--match", "rps/cycle-vs-mix/1", "--from", "13"], "--from must be from 1 to 12 in rps/cycle-vs-mix/1, got 13"),
        (["--match", "rps/cycle-vs-mix/1", "--from", "0"], "got 0"),
        (["--speed", "0"], "--speed must be from 0.125 to 64.0, got 0.0"),
        (["--speed", "nan"], "--speed must be from"),
    ],
)
def test_a_wrong_question_is_one_line(path: Path, arguments: list[str], message: str) -> None:
    result = tells("replay", path, *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


@pytest.mark.parametrize("command", ["replay", "summary"])
def test_a_missing_or_foreign_run_is_one_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "text").write_text("x" * 500)
    for name, message in (("none", "no such file"), ("text", "this is not the file of a run")):
        result = tells(command, tmp_path / name)
        assert result.exit_code == 2
        assert result.stderr == f"error: {tmp_path / name}: {message}\n"


def test_a_log_that_the_rules_do_not_pay_is_called_wrong(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    with sqlite3.connect(copy) as connection:
        query = (
            "SELECT segment.rowid, pay FROM segment JOIN match ON match = number WHERE id = 'rps/cycle-vs-mix/1' AND seat = 0"
        )
        row, pay = connection.execute(query).fetchone()
        forged = np.frombuffer(pay).copy()
        forged[4] += 1.0
        connection.execute("UPDATE segment SET pay = ? WHERE rowid = ?", (forged.tobytes(), row))
    connection.close()
    result = tells("replay", copy, "--match", "rps/cycle-vs-mix/1")
    output = result.output
    assert result.exit_code == 1
    assert tells("replay", copy, "--match", "rps/cycle-vs-mix/2").exit_code == 0
    assert "WRONG: the rules do not pay what the log says in 1 of 12 rounds: 5" in output
    assert "The rules pay what the log says" in tells("replay", copy, "--match", "rps/cycle-vs-mix/2").output


def test_what_a_model_wrote_is_shown_and_never_obeyed(tmp_path: Path) -> None:
    path = written_by_a_stranger(tmp_path / "run")
    for command in ("replay", "summary"):
        output = tells(command, path).output
        assert "[bold]violets[/bold]" in output
        assert "second line" in output
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(output)
    shown = shown_of(path, "sea/base/1")
    console = Console(width=80, height=24, force_terminal=True, color_system=None)
    text = drawn(console, shown, Playback(1))
    assert any("[bold]violets[/bold]" in line for line in text)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set("".join(text))


def test_printable_leaves_plain_text_alone() -> None:
    for text in ("a poem,\nin two lines", "wide 海, accents é, signs ×"):
        assert printable(text) == text
    assert printable("a\tb") == "a    b"


def shown_of(path: Path, match: str) -> Shown:
    store = RunStore.read(path)
    arena, names, repeat = match.split("/")
    shown = Shown(Fixture(arena, tuple(names.split("-vs-")), int(repeat)), store.games[arena], store.record(match))
    store.close()
    return shown


def drawn(console: Console, shown: Shown, playback: Playback) -> list[str]:
    """The lines of a frame, checked to fit."""
    width, height = console.size
    picture = frame(shown, playback, shown.verdict(), width, height, "1/1")
    text = ["".join(segment.text for segment in line).rstrip() for line in console.render_lines(picture)]
    assert len(text) <= height
    assert max(map(len, text)) <= width
    return text


def invented(game: Game, rounds: int) -> Shown:
    """A match of players who do anything."""
    rng = np.random.default_rng(0)
    seats, width = len(game.seats), game.width
    probs = rng.dirichlet(np.ones(width), size=(seats, rounds))
    numbers, texts = np.zeros((seats, rounds)), np.full((seats, rounds), "", dtype=object)
    none = np.zeros((seats, rounds), dtype=np.int64)
    chosen = rng.integers(0, width, (seats, rounds))
    record = Record(probs, chosen, numbers, numbers, numbers, texts, numbers, numbers, none, texts)
    return Shown(Fixture("arena", ("a" * 40, "b" * 40)[:seats], 1), game, record)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40)])
@pytest.mark.parametrize("game", [RockPaperScissors(), HideAndSeek(places=12), HideAndSeek(places=100)])
def test_a_frame_fits_the_terminal_and_shows_the_move(game: Game, width: int, height: int) -> None:
    shown = invented(game, 9)
    for round in (1, 5, 9):
        text = drawn(
            Console(width=width, height=height, force_terminal=True, color_system=None), shown, Playback(9, round=round)
        )
        assert f"round {round} of 9" in text[0]
        assert sum(line.count("◀") for line in text) == 2
        assert "█" in "".join(text)
        assert f"played {shown.move(0, round - 1)} " in text[3]


def test_keys_walk_through_a_match() -> None:
    playback = Playback(rounds=10, speed=2.0)
    playback.advance(0.5)
    assert (playback.round, playback.patience) == (2, 0.5)
    playback.press(" ")
    playback.advance(60.0)
    assert (playback.round, playback.patience) == (2, None)
    playback.press("n")
    playback.press("n")
    playback.press("p")
    assert playback.round == 3
    for key in "g12\x7f0\n":
        playback.press(key)
    assert (playback.round, playback.typed) == (10, None)
    for key in "g4\r":
        playback.press(key)
    assert playback.round == 4
    for key in "g7\x1b":
        playback.press(key)
    assert (playback.round, playback.typed) == (4, None)
    playback.press(" ")
    playback.press("+")
    assert playback.speed == 4.0
    playback.advance(0.75)
    assert playback.round == 7
    for _ in range(20):
        playback.press("-")
    assert playback.speed == 0.125
    playback.advance(1000.0)
    assert (playback.round, playback.patience) == (10, None)
    playback.press("x")
    assert playback.leaving == ""
    playback.press("q")
    assert playback.leaving == "quit"


def test_steps_stay_inside_the_match() -> None:
    playback = Playback(rounds=2)
    for key in "pppnnnn":
        playback.press(key)
    assert playback.round == 2
    for key in "g0\n":
        playback.press(key)
    assert playback.round == 1


def test_arrows_are_keys_and_other_sequences_are_none() -> None:
    assert keys_in("\x1b[C\x1b[D\x1bOCq") == ["n", "p", "n", "q"]
    assert keys_in("\x1b[5~a\x1b[A+\x1b") == ["a", "+"]


def test_a_replay_in_a_terminal_obeys_keys(path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tournaments.replay",
        str(path),
        "--agent",
        "cycle",
        "--opponent",
        "oracle",
        "--speed",
        "0.125",
    ]
    output = in_terminal(command, keys=b"ng9\nNq", every=0.3)
    for wanted in ("rps/cycle-vs-oracle/1", "round 2 of 12", "go to round: 9_", "round 9 of 12", "cycle-vs-oracle/2", "2/6"):
        assert wanted in output, wanted
    assert "\x1b[?1049l" in output, "the screen comes back"


def test_replay_and_summary_need_no_weights_and_no_heavy_library(path: Path) -> None:
    heavy = ("torch", "transformers", "pyspiel")
    script = (
        "import sys, contextlib, io\n"
        "from tournaments.cli import app\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        f"    app([sys.argv[1], {str(path)!r}], standalone_mode=False)\n"
        "assert 'mix' in out.getvalue()\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    for command in ("replay", "summary"):
        started = [sys.executable, "-c", script, command]
        done = subprocess.run(started, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
        assert done.stdout.strip() == "[]"


def test_a_summary_has_every_table(path: Path) -> None:
    lines = tells("summary", path).output.splitlines()
    assert "78 of 78 matches begun" in lines[0]
    for part in ("== rps (rps, 12 rounds) ==", "== number (random_number, 1 round) ==", "== all tasks in equal parts =="):
        assert part in lines
    against = lines[lines.index("pay a round against each opponent") :]
    oracle = next(line for line in against if line.startswith("oracle"))
    assert "-0.429 ±0.000" in oracle, "the mixture 4:2:1 loses 3/7 a round to who knows it"
    at = lines.index("mean distribution of mix", lines.index("== number (random_number, 1 round) =="))
    assert lines[at + 1].split() == ["0", "█" * 30, "50.0", "%"]
    assert lines[at + 2].split() == ["1", "█" * 15, "25.0", "%"]

"""One playthrough per game, as text to be read: what is told to whom, what was played and what it paid."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arenas.game import GAMES, Game
from arenas.history import History, Moves, View
from arenas.play import Maker
from arenas.record import Record, record_of
from opponents.frequency import Frequency
from opponents.mixture import Mixture
from opponents.uniform import Uniform

GOLDEN = Path(__file__).parent / "golden"
ROUNDS = 6


@dataclasses.dataclass(frozen=True)
class Versifier:
    """Writes a line that follows from the round's seed."""

    foresees: bool = False

    def act(self, view: View) -> Moves:
        """One text a row."""
        return Moves(np.ones((len(view.seat), 1)), texts=[f"The tide brought {seed % 1000} shells." for seed in view.seeds])


def line_up(game: Game) -> list[tuple[str, Maker]]:
    """Who plays the golden match, in the order of the seats."""
    if game.free_text:
        return [("versifier", lambda table: Versifier())]
    if len(game.seats) == 1:
        return [("uniform", Uniform().sit)]
    return [("mixture", Mixture().sit), ("frequency", Frequency().sit)]


def shown(game: Game, players: list[str], record: Record) -> str:
    """The match as text."""
    lines = [
        f"game: {game.config()}",
        f"rounds: {game.rounds}",
        f"value: {' '.join(f'{game.value(s):z.4f}' for s in seats_of(game))}",
    ]
    for seat in seats_of(game):
        lines += ["", f"seat {seat}, {game.seats[seat]}: played by {players[seat]}"]
        lines += [f"  actions: {', '.join(game.actions[seat])}", f"  rules: {game.rules(seat)}"]
    for t in range(record.rounds):
        lines += ["", f"round {t}"]
        lines += [shown_move(game, record, seat, t) for seat in seats_of(game)]
    totals = [
        f"{game.seats[s]} {record.pay[s].sum():+z.4f} (expected {record.expected[s].sum():+z.4f})" for s in seats_of(game)
    ]
    return "\n".join([*lines, "", f"total: {', '.join(totals)}", ""])


def seats_of(game: Game) -> range:
    return range(len(game.seats))


def shown_move(game: Game, record: Record, seat: int, t: int) -> str:
    """One seat's part of a round."""
    probs = " ".join(f"{p:.4f}" for p in record.probs[seat, t])
    text = f" {record.texts[seat, t]!r}" if game.free_text else ""
    pay = f"pays {record.pay[seat, t]:+z.4f}, expected {record.expected[seat, t]:+z.4f}"
    return f"  {game.seats[seat]}: [{probs}] -> {game.actions[seat][record.chosen[seat, t]]}{text}; {pay}"


def golden_game(name: str) -> Game:
    """The registered game with its defaults, and few rounds where they are a parameter."""
    game = GAMES.get(name)()
    few = {f.name: ROUNDS for f in dataclasses.fields(game) if f.name in ("rounds", "length")}  # type: ignore[arg-type]
    return dataclasses.replace(game, **few)  # type: ignore[type-var]


@pytest.mark.parametrize("name", GAMES.names())
def test_a_playthrough_is_as_written_down(name: str, play_out: Callable[..., History], regenerate_golden: bool) -> None:
    game = golden_game(name)
    players = line_up(game)
    history = play_out(game, [maker for _, maker in players], [range(len(players))], [2024])
    text = shown(game, [player for player, _ in players], record_of(history, 0))
    path = GOLDEN / f"{name}.txt"
    if regenerate_golden:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_playthrough_is_of_a_game() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == GAMES.names()

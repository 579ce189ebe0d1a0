"""Look at matches that were played, round by round: `python -m tournaments.replay RUN`."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from analysis.application import application
from analysis.figures import points
from arenas.bounds import within
from arenas.command_line import one_line_errors
from arenas.errors import UserError, nearest
from arenas.fixture import Fixture
from arenas.store import RunStore
from tournaments.keys import Keyboard
from tournaments.playback import FASTEST, SLOWEST, Playback
from tournaments.replay_view import WRONG, Shown, frame, plain_round

WRONG_CODE = 1


@one_line_errors
def replay(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The file of a run.")],
    match: Annotated[str | None, typer.Option(metavar="ID", help="One match, as --list names it.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the matches instead of replaying them.")] = False,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Only matches of this entrant.")] = None,
    opponent: Annotated[str | None, typer.Option(metavar="NAME", help="Only matches against this entrant.")] = None,
    speed: Annotated[float, typer.Option(metavar="N", help="Rounds a second.")] = 2.0,
    start: Annotated[int, typer.Option("--from", metavar="ROUND", help="The first round to show.")] = 1,
) -> None:
    """Replay matches one after another; keys work in a terminal, elsewhere they are printed.

    Printed, a match that the rules do not pay as the log says makes the exit code 1.
    """
    within("--speed", speed, SLOWEST, FASTEST)
    with closing(RunStore.read(run)) as store:
        fixtures = _chosen(store, match, agent, opponent)
        if list_:
            for fixture in fixtures:
                print(_line(store, fixture))
            return
        shown = [fixtures[0]] if match else fixtures
        _check_start(store, shown[0], start)
        sound = True
        try:
            if sys.stdin.isatty() and sys.stdout.isatty():
                _watch(store, shown, speed, start)
            else:
                sound = _print(store, shown, start)
        except KeyboardInterrupt:
            return
    if not sound:
        raise SystemExit(WRONG_CODE)


def _chosen(store: RunStore, match: str | None, agent: str | None, opponent: str | None) -> list[Fixture]:
    """The matches that were asked for and of which something was played, in the order of play."""
    if match is not None:
        store.record(match)
    played = [fixture for fixture, rounds in store.fixtures() if rounds]
    names = {name for fixture in played for name in fixture.line_up}
    for option, name in (("--agent", agent), ("--opponent", opponent)):
        if name is not None and played and name not in names:
            raise UserError(f"{option} {name}: nobody of that name has played in {store.path}: {nearest(name, names)}")
    found = [f for f in played if (match is None or f.id == match) and _meets(f, agent, opponent)]
    if not found:
        raise UserError(f"{store.path}: nothing was played yet of what was asked for")
    return found


def _meets(fixture: Fixture, agent: str | None, opponent: str | None) -> bool:
    return all(name is None or name in fixture.line_up for name in (agent, opponent))


def _check_start(store: RunStore, fixture: Fixture, start: int) -> None:
    rounds = store.record(fixture.id).rounds
    if not 1 <= start <= rounds:
        raise UserError(f"--from must be from 1 to {rounds} in {fixture.id}, got {start}")


def _load(store: RunStore, fixture: Fixture) -> Shown:
    return Shown(fixture, store.games[fixture.arena], store.record(fixture.id))


def _line(store: RunStore, fixture: Fixture) -> str:
    shown = _load(store, fixture)
    score = "  ".join(f"{name} {points(shown.record.pay[seat].sum())}" for seat, name in enumerate(fixture.line_up))
    return f"{fixture.id}  {shown.record.rounds} of {shown.game.rounds} rounds  {score}"


def _print(store: RunStore, fixtures: Sequence[Fixture], start: int) -> bool:
    """Print matches; whether the rules pay in all of them what the log says."""
    sound = True
    for fixture in fixtures:
        shown = _load(store, fixture)
        print(f"match {fixture.id}, {shown.record.rounds} of {shown.game.rounds} rounds played")
        for t in range(min(start, shown.record.rounds) - 1, shown.record.rounds):
            print("\n".join(plain_round(shown, t)))
        verdict = shown.verdict()
        sound &= not verdict.startswith(WRONG)
        print(f"{verdict}\n")
    return sound


def _watch(store: RunStore, fixtures: Sequence[Fixture], speed: float, start: int) -> None:
    console, index = Console(highlight=False), 0
    with Keyboard() as keyboard, Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            shown = _load(store, fixtures[index])
            playback = Playback(shown.record.rounds, speed, min(start, shown.record.rounds))
            verdict, place = shown.verdict(), f"{index + 1}/{len(fixtures)}"
            for _ in _steps(playback, keyboard):
                live.update(frame(shown, playback, verdict, console.width, console.height, place), refresh=True)
            if playback.leaving == "quit":
                return
            index = min(max(index + (1 if playback.leaving == "next" else -1), 0), len(fixtures) - 1)
            speed, start = playback.speed, 1


def _steps(playback: Playback, keyboard: Keyboard) -> Iterator[None]:
    """One yield whenever the picture may have changed, until the match is left."""
    while not playback.leaving:
        yield
        began = time.monotonic()
        wait = playback.patience
        # woken at least once a second, so that a resized terminal is drawn anew
        keys = keyboard.pressed(1.0 if wait is None else min(wait, 1.0))
        playback.advance(time.monotonic() - began)
        for key in keys:
            playback.press(key)


app = application(replay)

if __name__ == "__main__":
    app()

"""Play a tournament: `python -m tournaments.run [CONFIG.yaml]`."""

import os
import shlex
import shutil
import sys
import textwrap
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analysis.answered import MEANING, said
from analysis.answered_table import estimated
from analysis.application import application
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.fixture import Fixture, Wave
from arenas.plain_text import printable
from arenas.run_file import RunExistsError
from arenas.store import RunStore
from tournaments.circumstances import circumstances
from tournaments.config import RunConfig, config_of, load_config
from tournaments.dry_run import dry_run as estimate
from tournaments.leaderboard import leaderboard
from tournaments.progress import Progress
from tournaments.ranks import own_place
from tournaments.same_players import check_same, without_parts
from tournaments.schedule import waves as plan
from tournaments.screen import make_screen
from tournaments.seating import Roster, seat_everyone
from tournaments.stopping import FAILED_CODE, exit_code, terminable
from tournaments.tournament import Stop, tournament


class Display(Enum):
    """How a run is shown while it plays."""

    FULL = "full"
    PLAIN = "plain"
    NONE = "none"


@one_line_errors
def run(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.yaml", help="Default: the tournament that ships.")] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change the configuration; VALUE is YAML, null removes."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the run's file.")] = Path("runs"),
    seed: Annotated[int | None, typer.Option(help="Seed of the run, instead of the configuration's.")] = None,
    display: Annotated[Display | None, typer.Option(help="Default: full in a terminal, else plain.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Play what is missing of a run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be played and how long it takes.")] = False,
) -> None:
    """Let agents and opponents play each other, and keep every move.

    Who cannot go on, as a model whose logits are not finite, is left out of the rest: its matches are marked, all others are
    played, and the exit code is 3. `--resume` tries them again.
    """
    try:
        with terminable(), own_place(out, resume) as place:
            console = Console(highlight=False)
            if place.resume is not None:
                if config or change or seed is not None or dry_run:
                    raise UserError(
                        "--resume goes on with the run's own configuration: leave out CONFIG, --set, --seed and --dry-run"
                    )
                _resume(place.resume, console, display)
            else:
                _start(load_config(config, change or (), seed), config, place.out, console, display, dry_run)
    except KeyboardInterrupt as stop:
        print("stopped before anything was played", file=sys.stderr)
        raise SystemExit(exit_code(stop)) from None


def _start(config: RunConfig, source: Path | None, out: Path, console: Console, display: Display | None, dry: bool) -> None:
    if not dry:
        _check_folder(out)
    roster, waves = _prepared(config)
    if dry:
        print("\n".join([*estimate(config, roster, waves), *roster.notes]))
        return
    with closing(_new_store(out, source.stem if source else "default", config, waves)) as store:
        for note in roster.notes:
            store.note(note)
        _check_identities(store, roster)
        _play(config, roster, waves, store, console, display)


def _resume(path: Path, console: Console, display: Display | None) -> None:
    with closing(RunStore.read(path)) as store:
        if store.complete():
            print(f"{path} is complete: nothing is missing")
            print("\n".join(_commands(path)))
            return
    with closing(RunStore.resume(path)) as store:
        config = config_of(store.config)
        roster, planned = _prepared(config)
        waves = list(store.waves())
        if _fixtures(planned) != _fixtures(waves):
            raise UserError(
                f"{path}: this program would play other matches than the run has; resume it with the version that began it"
            )
        _check_identities(store, roster)
        _play(config, roster, waves, store, console, display)


def _check_identities(store: RunStore, roster: Roster) -> None:
    """Note who plays and with what. Raises `UserError` if a model is not the player it was when the run began."""
    identities = {name: agent.identity for name, agent in roster.agents.items()}
    check_same(store.path, store.notes(), identities)
    for line in (*identities.values(), *([circumstances()] if identities else [])):
        store.note(line)


def _prepared(config: RunConfig) -> tuple[Roster, list[Wave]]:
    roster = seat_everyone(config)
    waves = plan(config, roster)
    if not waves:
        raise UserError("there is nothing to play: no agent has anybody to meet in these arenas")
    return roster, waves


def _play(
    config: RunConfig, roster: Roster, waves: Sequence[Wave], store: RunStore, console: Console, display: Display | None
) -> None:
    style = display or (Display.FULL if console.is_terminal else Display.PLAIN)
    progress = Progress(config, waves, store)
    interruption: KeyboardInterrupt | None = None
    try:
        screen = make_screen(style.value, console, progress, store.path.stem)
        with screen, closing(tournament(config, roster, waves, store)) as ticks:
            for tick in ticks:
                if isinstance(tick, Stop):
                    progress.plan_again(tick, store)
                    screen.say(tick.line)
                else:
                    progress.follow(tick)
                    screen.show()
    except KeyboardInterrupt as stop:
        interruption = stop
    for note in (note for agent in roster.agents.values() for note in agent.notes):
        if note not in roster.notes:  # something was met in play, such as too little memory
            store.note(note)
    if style is not Display.NONE:
        _tables(progress, console)
    _farewell(store, progress, interruption is not None)
    if interruption is not None:
        raise SystemExit(exit_code(interruption))
    if store.failures():
        raise SystemExit(FAILED_CODE)


def _fixtures(waves: Sequence[Wave]) -> set[tuple[Fixture, int]]:
    """Every match with its rounds: what is played, in whatever waves."""
    return {(fixture, wave.rounds) for wave in waves for fixture in wave.fixtures}


def _tables(progress: Progress, console: Console) -> None:
    standings = progress.standings()
    for arena in standings.arenas():
        if progress.scored(arena):
            console.print(leaderboard(standings.arena(arena), arena, console.width), "")
    console.print(leaderboard(standings.overall(), "all tasks", console.width), "")
    print("pay: expected points a round less the seat's game value, ± its 95 % interval")
    if any(line.partial for line in standings.overall()):
        print("*: sat out an arena, so that its mean is over other games than the rest of that table")
    print("exploitable: points a round an opponent who knows the probabilities would win")
    print("\n".join(textwrap.wrap(MEANING, max(min(console.width, 128), 40), subsequent_indent="  ")))
    situations = progress.answered.situations()
    for sentence in [*said(situations), *estimated(situations)]:
        print("\n".join(textwrap.wrap(sentence, max(min(console.width, 128), 40), subsequent_indent="  ")))


def _farewell(store: RunStore, progress: Progress, interrupted: bool) -> None:
    notes = [without_parts(note) for note in store.notes()]
    if notes:
        print("\n".join(["", *notes]))
    print(f"\n{progress.played:,} of {progress.total:,} rounds played in {store.play_seconds:.1f} s, saved in {store.path}")
    for failure in store.failures():
        print(printable(failure.text))
    if interrupted:
        print("stopped; go on with the second command")
    print("\n".join(_commands(store.path)))


def _commands(path: Path) -> list[str]:
    """The commands that go on from here, as they can be typed on this machine."""
    name = shlex.quote(str(path))
    if Path(sys.argv[0]).name == "tells":
        starts = ["tells replay", "tells run --resume", "tells summary", "tells report"]
    else:
        modules = ("tournaments.replay", "tournaments.run --resume", "analysis.summary", "analysis.report")
        starts = [f"{_python()} -m {module}" for module in modules]
    labels = ("replay", "resume", "look further", "one page")
    return [f"  {label + ':':14}{start} {name}" for label, start in zip(labels, starts, strict=True)]


def _python() -> str:
    """What to type to run this Python again."""
    found = shutil.which("python")
    if found is not None and Path(found).absolute() == Path(sys.executable).absolute():
        return "python"
    short = os.path.relpath(sys.executable)
    return shlex.quote(short if len(short) < len(sys.executable) else sys.executable)


def _check_folder(folder: Path) -> None:
    """Raise `UserError` if no run could be written here; nothing is made yet."""
    nearest_there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not nearest_there.is_dir():
        raise UserError(f"--out {folder}: {nearest_there} is not a folder")
    if not os.access(nearest_there, os.W_OK | os.X_OK):
        raise UserError(f"--out {folder}: no permission to write in {nearest_there}")


def _new_store(folder: Path, name: str, config: RunConfig, waves: Sequence[Wave]) -> RunStore:
    """A new run under the first name that is free, also while other processes begin theirs."""
    stem, number = f"{datetime.now():%Y%m%d-%H%M%S}-{name}", 1
    while True:
        path = folder / (f"{stem}.sqlite" if number == 1 else f"{stem}-{number}.sqlite")
        try:
            return RunStore.new(path, config.resolved(), waves)
        except RunExistsError:
            number += 1


app = application(run)

if __name__ == "__main__":
    app()

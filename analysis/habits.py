"""Where the tells of a run's agents are and what they are worth: `python -m analysis.habits RUN [RUN ...]`."""

import shutil
import textwrap
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from analysis.application import application
from analysis.chairs import Chair
from analysis.combined import combined
from analysis.exact_values import read_exact
from analysis.figures import plus_minus, signed
from analysis.gather import gather
from analysis.habits_found import HabitsFound, HabitsGatherer
from analysis.habits_tables import tables
from analysis.tell_words import in_words
from analysis.tells import Tell
from arenas.command_line import one_line_errors
from arenas.errors import UserError, nearest
from arenas.plain_text import printable

TOLD = 6
"""Tells told of an agent, of all its arenas together."""
LEAST_WIDTH, MOST_WIDTH = 60, 140


@one_line_errors
def habits(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN [RUN ...]", help="The files of one run or several.")],
    agent: Annotated[list[str] | None, typer.Option(help="Only this agent; may be given again.")] = None,
    arena: Annotated[list[str] | None, typer.Option(help="Only this arena; may be given again.")] = None,
    exact: Annotated[Path | None, typer.Option(metavar="FILE", help="Worst cases that tells exact --json wrote.")] = None,
) -> None:
    """Tell each agent's strongest tells in words, then print what can be won from it, and by what it can be foretold."""
    width = min(max(shutil.get_terminal_size((MOST_WIDTH, 24)).columns, LEAST_WIDTH), MOST_WIDTH)
    with closing(combined(runs)) as store:
        _known("agent", agent or (), store.config["agents"])
        _known("arena", arena or (), store.config["arenas"])
        values = read_exact(exact, store.config["arenas"], store.config["agents"]) if exact else ()
        gatherer = HabitsGatherer(store)
        gather(store, [gatherer])
        found = gatherer.found(agent or (), arena or (), values)
    if not found.exploitabilities:
        raise UserError(f"{runs[0]}: no agent has played a game in which it can be exploited")
    print("\n".join([*words(found, width), *tables(found, width)]))


def _known(kind: str, asked: Collection[str], known: Collection[str]) -> None:
    for name in asked:
        if name not in known:
            raise UserError(f"no {kind} {name!r} in this run: {nearest(name, known)}")


def words(found: HabitsFound, width: int) -> Iterator[str]:
    """Plain words: of each agent what can be won from it where it is worst off, and its strongest tells."""
    for agent, tells in found.tells.items():
        yield f"== {printable(agent)} =="
        lines = [line for line in found.exploitabilities if line.agent == agent and line.arena in found.games]
        for line in sorted(lines, key=lambda line: (-line.oracle.mean, line.arena)):
            said = f"{line.arena}: who knows its mind wins {_value(line.oracle.mean, line.oracle.half_width)} a round"
            if line.realised is not None:
                by, value = " and ".join(line.realised.names), line.realised.value
                said += f"; the best who was there, {by}, {_value(value.mean, value.half_width)}"
            yield from _wrapped(said, width, "  ")
        if not tells and lines:
            yield "  no tell is sure"
        for number, tell in enumerate(tells[:TOLD], 1):
            yield from _wrapped(sentence(found, tell), width, f"  {number}. ")
        if len(tells) > TOLD:
            yield f"  and {len(tells) - TOLD} more that are sure"
        yield ""


def sentence(found: HabitsFound, tell: Tell) -> str:
    """A tell in words, with where it is, how sure it is and how often it comes."""
    comes = "" if tell.context.name == "always" else f", in {100 * tell.share:.0f} % of its rounds"
    return f"{where(found, tell.chair)}: {in_words(found.games[tell.chair.arena], tell)}{comes}"


def where(found: HabitsFound, chair: Chair) -> str:
    """For example `hide as hider`."""
    game = found.games[chair.arena]
    return chair.arena if game.seats_alike else f"{chair.arena} as {game.seats[chair.seat]}"


def _value(mean: float, half_width: float) -> str:
    return f"{signed(mean)} {plus_minus(half_width)}"


def _wrapped(text: str, width: int, start: str) -> list[str]:
    return textwrap.wrap(printable(text), width, initial_indent=start, subsequent_indent=" " * len(start))


app = application(habits)

if __name__ == "__main__":
    app()

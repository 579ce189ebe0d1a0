"""Where the tells of a run's agents are and what they are worth: `python -m analysis.habits RUN [RUN ...]`."""

import shutil
import textwrap
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.answered import MEANING, marked, said, sign
from analysis.answered_table import definition, estimated
from analysis.application import application
from analysis.chairs import Chair
from analysis.combined import combined
from analysis.exact_values import read_exact
from analysis.exploitability import Exploitability
from analysis.figures import percent, plus_minus, signed
from analysis.gather import gather
from analysis.habits_found import HabitsFound, HabitsGatherer
from analysis.habits_tables import tables
from analysis.plain_values import plain, write_json
from analysis.tell_words import in_words
from analysis.tells import Tell
from arenas.command_line import one_line_errors
from arenas.errors import UserError, nearest
from arenas.plain_text import printable
from arenas.store import RunStore
from opponents.outcome import EVEN

TOLD = 6
"""Tells told of an agent, of all its arenas together."""
LEAST_WIDTH, MOST_WIDTH = 60, 140


@one_line_errors
def habits(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN [RUN ...]", help="The files of one run or several.")],
    agent: Annotated[list[str] | None, typer.Option(help="Only this agent; may be given again.")] = None,
    arena: Annotated[list[str] | None, typer.Option(help="Only this arena; may be given again.")] = None,
    exact: Annotated[Path | None, typer.Option(metavar="FILE", help="Worst cases that tells exact --json wrote.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all of it to a file as JSON, too.")] = None,
) -> None:
    """Tell each agent's strongest tells in words, then print what can be won from it, and by what it can be foretold."""
    width = min(max(shutil.get_terminal_size((MOST_WIDTH, 24)).columns, LEAST_WIDTH), MOST_WIDTH)
    with closing(combined(runs)) as store:
        _known("agent", agent or (), store.config["agents"])
        _known("arena", arena or (), store.config["arenas"])
        values = read_exact(exact, store.config["arenas"], store.config["agents"]) if exact else ()
        state = [*_state(store), *definition(store)]
        gatherer = HabitsGatherer(store)
        gather(store, [gatherer])
        found, complete = gatherer.found(agent or (), arena or (), values), store.complete()
    said_first = [*said(found.situations), *estimated(found.situations)]
    if not found.exploitabilities:
        raise UserError(f"{runs[0]}: no agent has played a game in which it can be exploited")
    if json is not None:
        told = {agent: [sentence(found, tell) for tell in tells] for agent, tells in found.tells.items()}
        write_json(json, {"complete": complete, "words": told, **plain(found)})
    print(
        "\n".join(
            [
                *(line for each in (*said_first, *state) for line in textwrap.wrap(printable(each), width)),
                *words(found, width),
                *tables(found, width),
                *(textwrap.wrap(MEANING, width) if any(one.marked for one in found.situations) else []),
            ]
        )
    )


def _state(store: RunStore) -> Iterator[str]:
    """What to bear in mind: of a run that is not complete, or in which each line-up met but once.

    Raises `UserError` if nothing has been played.
    """
    fixtures = [(fixture, rounds) for fixture, rounds in store.fixtures()]
    met = [(fixture.arena, fixture.line_up) for fixture, rounds in fixtures if rounds]
    if not met:
        raise UserError(f"{store.path}: nothing has been played yet")
    if not store.complete():
        begun = f"{len(met):,} of {len(fixtures):,} matches begun"
        yield f"{store.path}: {begun}, not complete: all below is of what was played so far"
    if len(set(met)) == len(met):
        yield (
            "Every line-up met once: how much its next match would differ cannot be known (±?). What is given an interval, and "
            "tells that are called sure, rest on how little the line-ups differ from each other."
        )


def _known(kind: str, asked: Collection[str], known: Collection[str]) -> None:
    for name in asked:
        if name not in known:
            raise UserError(f"no {kind} {name!r} in this run: {nearest(name, known)}")


def words(found: HabitsFound, width: int) -> Iterator[str]:
    """Plain words: of each agent what can be won from it where it is worst off, and its strongest tells."""
    for agent, tells in found.tells.items():
        lines = [line for line in found.exploitabilities if line.agent == agent and line.arena in found.games]
        if not lines and not tells:
            continue
        yield f"== {printable(agent)} =="
        for line in sorted(lines, key=lambda line: (-np.nan_to_num(line.oracle.mean, nan=-1.0), line.arena)):
            if line.silent or line.oracle.mean != line.oracle.mean:
                yield from _wrapped(f"{line.arena}: {_no_verdict(line)}", width, "  ")
                continue
            verdict = f"{line.arena}: who knows its mind wins {_value(line.oracle.mean, line.oracle.half_width)} a round"
            verdict += sign(line.elsewhere)
            if line.realised is not None and line.realised.naive <= EVEN:
                verdict += "; nobody who was there won anything"
            elif line.realised is not None:
                by, value = " and ".join(line.realised.names), line.realised.value
                verdict += f"; the best who was there, {by}, {_value(value.mean, value.half_width)}"
            yield from _wrapped(verdict, width, "  ")
        if not tells and lines:
            yield "  no tell is sure"
        for number, tell in enumerate(tells[:TOLD], 1):
            yield from _wrapped(sentence(found, tell), width, f"  {number}. ")
        if len(tells) > TOLD:
            yield f"  and {len(tells) - TOLD} more that are sure"
        yield ""


def sentence(found: HabitsFound, tell: Tell) -> str:
    """A tell in words, with where it is, how sure it is and how often it comes."""
    comes = "" if tell.context.name == "always" else f"; this comes in {100 * tell.share:.0f} % of its rounds"
    mark = f" {sign(tell.elsewhere)}({percent(tell.elsewhere)} off-menu there)" if marked(tell.elsewhere) else ""
    return f"{where(found, tell.chair)}: {in_words(found.games[tell.chair.arena], tell)}{comes}{mark}"


def _no_verdict(line: Exploitability) -> str:
    """Why nothing is said of an agent in an arena."""
    if line.silent:
        return "no verdict, as it does not answer"
    return "what an opponent that knows its probabilities wins cannot be said of single draws"


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

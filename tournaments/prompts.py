"""Every prompt as a model reads it, and what it makes of it: `python -m tournaments.prompts [CONFIG.yaml]`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer
from rich.console import Console
from rich.rule import Rule
from rich.table import Table as Shown
from rich.text import Text

from agents.agent import Agent, AgentSpec, load_agents
from analysis.application import application
from arenas.command_line import one_line_errors
from arenas.dice import Dice
from arenas.errors import UserError, nearest
from arenas.game import Game
from arenas.history import NO_ANSWER, History
from arenas.plain_text import printable
from arenas.play import Table, play, take_seats
from tournaments.config import load_config

T = TypeVar("T")
ROUNDS = 3
"""The first rounds that are asked for."""
MOST_WORDS = 3
"""The most tokens and forms of a row that are shown."""
MARKED = 0.1
"""Mass that is no answer from which a round is marked."""


@dataclass(frozen=True)
class Asked:
    """One agent in one seat of an arena: what it has read before its last answer, and how it answered by round."""

    agent: str
    seat: int
    opening: str
    later: str
    rows: tuple[tuple[str, ...], ...]


@one_line_errors
def prompts(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.yaml", help="Default: the tournament that ships.")] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change the configuration; VALUE is YAML, null removes."),
    ] = None,
    agent: Annotated[list[str] | None, typer.Option(help="Only this agent; may be given again.")] = None,
    arena: Annotated[list[str] | None, typer.Option(help="Only this arena; may be given again.")] = None,
) -> None:
    """Print every prompt as the model reads it, and how much of the model's mass is on answers in the first rounds.

    Each model plays itself for three rounds. `unended` is the mass of texts that begin with an answer and go on, `off-menu`
    that of all others. The tokens outside the menu are shown where more than 10 % of the mass is no answer.
    """
    wanted = load_config(config, change or ())
    specs = {name: spec for name, spec in wanted.entrants.items() if isinstance(spec, AgentSpec)}
    if not specs:
        raise UserError("no agent of this configuration is a language model, and nobody else reads prompts")
    specs = _chosen(specs, agent or [], "--agent")
    arenas = _chosen(wanted.arenas, arena or [], "--arena")
    agents, console = load_agents(specs, wanted.date), Console(highlight=False)
    for name, played in arenas.items():
        asked = [one for who, model in agents.items() for one in _asked(who, model, played.game)]
        for part in _told(name, played.game, agents, asked):
            console.print(part)
    console.print(f"! more than {MARKED:.0%} of the mass is no answer")


def _chosen(known: Mapping[str, T], names: Sequence[str], option: str) -> dict[str, T]:
    for name in names:
        if name not in known:
            raise UserError(f"{option}: no {option[2:]} {name!r}: {nearest(name, list(known))}")
    return {name: value for name, value in known.items() if not names or name in names}


def _asked(name: str, agent: Agent, game: Game) -> Iterator[Asked]:
    """What an agent reads and answers in every seat that differs. One that speaks is read; one that thinks is not asked."""
    seats = np.arange(1 if game.seats_alike else len(game.seats))
    table = Table(game, seats)
    openings = agent.shown(table, [[] for _ in seats])
    if game.free_text or agent.thinking:
        yield from (Asked(name, int(seat), opening, "", ()) for seat, opening in zip(seats, openings, strict=True))
        return
    history = _played(replace(agent, spoken=None), game)
    said = [_rounds(agent, game, history, int(seat)) for seat in seats]
    later = agent.shown(table, said)
    for seat, first, all_of_it in zip(seats, openings, later, strict=True):
        rest = all_of_it.removeprefix(first) if all_of_it.startswith(first) else all_of_it
        yield Asked(name, int(seat), first, rest, tuple(_row(game, history, int(seat), t) for t in range(history.played)))


def _played(agent: Agent, game: Game) -> History:
    """The first rounds of a match of an agent with itself."""
    dice = Dice.roll([1], len(game.seats), game.rounds)
    chairs = np.zeros((1, len(game.seats)), dtype=np.int64)
    *_, history = islice(play(game, take_seats(game, [agent.sit], chairs), dice), ROUNDS)
    return history


def _rounds(agent: Agent, game: Game, history: History, seat: int) -> list[tuple[str, str]]:
    """What a seat answered and heard before its last answer."""
    told = []
    for t in range(history.played - 1):
        words = [_word(game, s, int(history.chosen[0, s, t])) for s in range(len(game.seats))]
        theirs = words[1 - seat] if len(words) == 2 else ""
        said = agent.style.after_round(game, seat, t, words[seat], theirs, float(history.pay[0, seat, t]))
        told.append((agent.style.written(words[seat]), said))
    return told


def _word(game: Game, seat: int, chosen: int) -> str:
    return game.actions[seat][chosen] if chosen >= 0 else NO_ANSWER


def _row(game: Game, history: History, seat: int, t: int) -> tuple[str, ...]:
    """Round, on-menu, unended, off-menu, favourite, forms and tokens outside the menu."""
    off, unended = float(history.off_menu[0, seat, t]), float(history.unended[0, seat, t])
    probs = history.probs[0, seat, t]
    seen = json.loads(history.readings[0, seat, t] or "{}")
    rest = off + unended
    return (
        str(t + 1),
        f"{100 * (1 - rest):.1f} %{' !' if rest > MARKED else '  '}",
        f"{100 * unended:.1f} %",
        f"{100 * off:.1f} %",
        f"{game.actions[seat][int(probs.argmax())]} {probs.max():.2f}",
        _words(seen.get("forms", [])),
        _words(seen.get("outside", [])) if rest > MARKED else "",
    )


def _words(pairs: Sequence[Sequence[object]]) -> str:
    return ", ".join(f"{printable(json.dumps(text, ensure_ascii=False))} {float(str(p)):.3f}" for text, p in pairs[:MOST_WORDS])


def _told(arena: str, game: Game, agents: Mapping[str, Agent], asked: Sequence[Asked]) -> Iterator[Rule | Text | Shown]:
    """An arena's prompts, each once, and the table of its answers."""
    prompts: dict[tuple[int, str], list[Asked]] = {}
    for one in asked:
        prompts.setdefault((one.seat, one.opening), []).append(one)
    for (seat, opening), readers in prompts.items():
        who = ", ".join(f"{one.agent} ({agents[one.agent].style.name})" for one in readers)
        yield Rule(Text(f"{arena} · {game.seats[seat]} · {who}"), style="dim", align="left")
        yield Text(printable(opening)) + Text(printable(readers[0].later), style="dim") + Text("\n")
    if any(one.rows for one in asked):
        yield _table(game, asked)


def _table(game: Game, asked: Sequence[Asked]) -> Shown:
    table = Shown(box=None, pad_edge=False, header_style="bold")
    for column in ("agent", "seat", "round", "on-menu", "unended", "off-menu", "favourite", "forms", "outside"):
        table.add_column(column, justify="right" if column in ("round", "on-menu", "unended", "off-menu") else "left")
    for one in asked:
        for row in one.rows:
            table.add_row(*(Text(cell) for cell in (one.agent, game.seats[one.seat], *row)))
    return table


app = application(prompts)

if __name__ == "__main__":
    app()

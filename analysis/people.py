"""What people won against 15 scripted bots: the table that ships, made by `python -m analysis.people human_rps.csv`."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.application import application
from analysis.interval import stratified
from analysis.resampling import sample_of
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.history import FloatArray

SOURCE = "Brockbank & Vul 2024, recorded games of people against 15 scripted bots; data CC0"
FIRST = (30, 100, 300)
"""Rounds from the start of a game over which people are measured: who plays on learns on."""
SHARES = ("win", "draw", "loss", "pay")
COLUMNS = ("kind", "bot", "rounds", "games", *(f"{name}{part}" for name in SHARES for part in ("", "_low", "_high")))
LETTERS = "RPS"


@dataclass(frozen=True)
class People:
    """What people did against a bot in the first `rounds` rounds: means over games, with the ends of their 95 % intervals."""

    kind: str
    bot: str
    rounds: int
    games: int
    shares: Mapping[str, tuple[float, float, float]]


def human_means() -> Iterator[People]:
    """The table of people that ships with the package."""
    text = files("analysis").joinpath("data/human_means.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")):
        shares = {name: (float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"])) for name in SHARES}
        yield People(row["kind"], row["bot"], int(row["rounds"]), int(row["games"]), shares)


def beside_people(people: Iterable[People], bot: str, rounds: int) -> People | None:
    """People against the bot over the most rounds that are no more than these; None if they were measured over none so few."""
    measured = sorted((line for line in people if line.bot == bot), key=lambda line: line.rounds)
    fewer = [line for line in measured if line.rounds <= rounds]
    return fewer[-1] if fewer else None


def measured_people(path: Path) -> Iterator[People]:
    """The same from the games themselves; raises `UserError` if the file is none of them.

    A file of games has the columns kind, bot, human_moves and bot_moves, a letter a round, `-` where a move is missing: such
    rounds do not count. The interval is that of Student's t over games.
    """
    games: dict[tuple[str, str], list[tuple[str, str]]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                games.setdefault((row["kind"], row["bot"]), []).append((row["human_moves"], row["bot_moves"]))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error
    except KeyError as error:
        raise UserError(f"{path} has no column {error}: kind, bot, human_moves and bot_moves are needed") from error
    for (kind, bot), played in sorted(games.items(), reverse=True):
        for rounds in FIRST:
            # a game that was broken off early says little of its first rounds as a whole
            values = [shares_of(*moves, rounds) for moves in played]
            columns = np.array([value for value in values if value is not None])
            if not len(columns):
                raise UserError(f"{path} has no game of {rounds / 2:.0f} rounds or more against {bot}")
            shares = {name: _interval(columns[:, place]) for place, name in enumerate(SHARES)}
            yield People(kind, bot, rounds, len(columns), shares)


def shares_of(human: str, bot: str, rounds: int) -> tuple[float, float, float, float] | None:
    """Shares won, drawn and lost and pay a round of a person's first rounds; None where fewer than half of them were played."""
    known = [
        (LETTERS.index(h), LETTERS.index(b)) for h, b in zip(human[:rounds], bot[:rounds], strict=False) if "-" not in h + b
    ]
    if 2 * len(known) < rounds:
        return None
    ahead = np.array([(h - b) % 3 for h, b in known])
    win, draw, loss = (float((ahead == gap).mean()) for gap in (1, 0, 2))
    return win, draw, loss, win - loss


def _interval(values: FloatArray) -> tuple[float, float, float]:
    estimate = stratified([sample_of(values)])
    return estimate.mean, estimate.mean - estimate.half_width, estimate.mean + estimate.half_width


def table(people: Iterable[People]) -> Iterator[str]:
    """The lines of the table that ships, its source first."""
    yield f"# {SOURCE}"
    yield "# means over games of the first `rounds` rounds, with 95 % intervals (Student's t); made by analysis.people"
    yield ",".join(COLUMNS)
    for line in people:
        numbers = (f"{value:.6f}" for name in SHARES for value in line.shares[name])
        yield ",".join([line.kind, line.bot, str(line.rounds), str(line.games), *numbers])


@one_line_errors
def people(
    games: Annotated[Path, typer.Argument(metavar="CSV", help="Recorded games: kind, bot, human_moves, bot_moves.")],
) -> None:
    """Print the table of what people won against each bot, from the games themselves."""
    for line in table(measured_people(games)):
        print(line)


app = application(people)

if __name__ == "__main__":
    app()

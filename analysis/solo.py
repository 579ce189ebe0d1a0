"""Random choices and writing: all that is measured without an opponent, in one page. `python -m analysis.solo RUN`."""

import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, TextIO

import typer

from analysis.answered import Answered, said
from analysis.answered_table import definition, estimated
from analysis.application import application
from analysis.gather import gather
from analysis.randomness.collected import SoloGames
from analysis.randomness.measures import Measure, write_csv, write_json
from analysis.randomness.measuring import measured
from analysis.randomness.tables import legend, tables
from analysis.ratings.results import results
from analysis.ratings.texts import models_of, written_texts
from analysis.texts.tables import lines as text_lines
from analysis.texts.tables import measures as text_measures
from analysis.wordings import wordings_of
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.plain_text import printable
from arenas.ratings import RatingBook
from arenas.store import RunStore

LEAST_WIDTH = 72
NOT_BEGUN = "nothing has been played yet of random choices and texts"
NOTHING = "nobody chose at random or wrote in this run: it has no arena with one seat"


@one_line_errors
def solo(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The file of a run.")],
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the numbers to a file as JSON, too.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the numbers to a file as CSV, too.")] = None,
) -> None:
    """Print what a run says of random numbers, bits and words, beside true randomness, and of texts: agents side by side."""
    with closing(RunStore.read(run)) as store:
        games, answered = SoloGames(list(store.config["agents"]), wordings_of(store.config)), Answered(store.config["agents"])
        gather(store, [games, answered])
        alone = [one for one in answered.situations() if len(store.games[one.chair.arena].seats) == 1]
        first = [*said(alone), *definition(store), *estimated(alone)]
        found = measured(games)
        width = max(shutil.get_terminal_size((140, 24)).columns, LEAST_WIDTH)
        for line in (line for each in first for line in textwrap.wrap(printable(each), width)):
            print(line)
        for line in report(store, games, found, width):
            print(line)
        if json or csv:
            found += text_measures(store)
        for path, write in ((json, write_json), (csv, write_csv)):
            if path is not None:
                _written(path, write, found)


def report(store: RunStore, games: SoloGames, found: list[Measure], width: int) -> Iterator[str]:
    """The lines of all tables; found are the measures of the games."""
    numbers = list(tables(found, [*wordings_of(store.config), *store.config["agents"]], width))
    texts = list(text_lines(store, width=width))
    yield f"{store.path}: what was played alone"
    if games.unfinished:
        yield f"left out: {games.unfinished:,} sequences that were not played to their end"
    if games.forfeited:
        yield f"left out: {games.forfeited:,} sequences in which an answer was no valid one"
    if not numbers and not texts:
        yield NOT_BEGUN if any(len(game.seats) == 1 for game in store.games.values()) else NOTHING
    yield from numbers
    if numbers:
        yield from ["", *legend(width)]
    if texts:
        yield from ["", *texts, *_ratings(store)]


def _ratings(store: RunStore) -> Iterator[str]:
    """What people and models that stand in for them said of the texts, if anybody did."""
    with closing(RatingBook.read(store.path)) as book:
        ratings = book.all()
    if ratings:
        yield from ["", "== ratings ==", *results(ratings, models_of(written_texts(store)[0]))]


def _written(path: Path, write: Callable[[Iterable[Measure], TextIO], None], found: list[Measure]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            write(found, file)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error


app = application(solo)

if __name__ == "__main__":
    app()

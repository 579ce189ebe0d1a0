"""What alignment did, who beats whom and how sure that is: `python -m analysis.alignment RUN [RUN ...]`."""

import shutil
import textwrap
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from analysis.alignment_found import alignment_findings
from analysis.alignment_tables import alignment_lines
from analysis.answered import Answered, said
from analysis.answered_table import definition, estimated
from analysis.application import application
from analysis.benchmarks import read_benchmarks, scores_by_agent
from analysis.combined import combined
from analysis.families import families_of
from analysis.gather import gather
from analysis.match_means import MatchMeans
from analysis.plain_values import plain, write_json
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.plain_text import printable
from arenas.store import RunStore


@one_line_errors
def alignment(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN [RUN ...]", help="The files of one run or several.")],
    benchmarks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV or YAML with the columns model, benchmark, score, source.")
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=BASE,STAGE,...", help="A family, instead of those of the run; may be given again."),
    ] = None,
    precision: Annotated[float, typer.Option(help="Half of the 95 % interval to say the needed repeats for.")] = 0.01,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all of it to a file as JSON, too.")] = None,
) -> None:
    """Say what each stage of a family changed, whether benchmarks go with it, who beats whom, and how sure that is."""
    if not 0 < precision < float("inf"):
        raise UserError(f"--precision must be above 0, got {precision}")
    with closing(combined(runs)) as store:
        families = families_of(store.config, family or ())
        scores = scores_by_agent(read_benchmarks(benchmarks), store.config["agents"]) if benchmarks else None
        means, answered = MatchMeans(), Answered(store.config["agents"])
        gather(store, [means, answered])
        if not means.arenas():
            raise UserError(f"{runs[0]}: nothing has been played yet")
        state, first = unfinished(store), [*said(answered.situations()), *definition(store)]
        first += estimated(answered.situations())
        found = alignment_findings(means, store.config, families, scores, precision)
    if json is not None:
        write_json(json, {"complete": not state, **plain(found)})
    width = shutil.get_terminal_size((100, 24)).columns
    for line in [*state, *(line for each in first for line in textwrap.wrap(printable(each), max(min(width, 100), 40)))]:
        print(line)
    for line in alignment_lines(found, width):
        print(line)


def unfinished(store: RunStore) -> list[str]:
    """That not everything was played, if so."""
    if store.complete():
        return []
    begun = [played > 0 for _, played in store.fixtures()]
    return [f"not complete: {sum(begun):,} of {len(begun):,} matches begun; resume the run to play the rest"]


app = application(alignment)

if __name__ == "__main__":
    app()

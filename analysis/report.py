"""A run, or several, as one HTML file of words, figures and matches to watch: `python -m analysis.report RUN [RUN ...]`."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from analysis.application import application
from analysis.benchmarks import read_benchmarks
from analysis.charts.drawing import save
from analysis.combined import combined
from analysis.exact_values import read_exact
from analysis.page.document import document
from analysis.page.findings import findings
from analysis.page.sections import figures, sections
from analysis.whole_file import no_other_file, place_for, write_whole
from arenas.command_line import one_line_errors
from arenas.errors import UserError

SUFFIX = ".html"


@one_line_errors
def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN [RUN ...]", help="The files of one run or several.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The file to write; default: beside the first run.")
    ] = None,
    figures_: Annotated[
        Path | None,
        typer.Option("--figures", metavar="DIR", help="Write every figure as SVG, PNG and PDF, and its data as CSV."),
    ] = None,
    benchmarks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Benchmark scores (CSV or YAML: model, benchmark, score, source).")
    ] = None,
    family: Annotated[
        list[str] | None, typer.Option(metavar="NAME=BASE,STAGE", help="A family in stages; may be given again.")
    ] = None,
    exact: Annotated[Path | None, typer.Option(metavar="FILE", help="Worst cases that tells exact --json wrote.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a report that opens in any browser, without a network.

    Several runs are compared as one; they are refused if their rules, prompts or opponents differ.
    """
    path = place_for(out or runs[0].with_suffix(SUFFIX), runs, no_other_file, force=force)
    scores = read_benchmarks(benchmarks) if benchmarks else ()
    with closing(combined(runs)) as store:
        values = read_exact(exact, store.config["arenas"], store.config["agents"]) if exact else ()
        found = findings(store, scores, family or (), values)
    if not found.played:
        raise UserError(f"{runs[0]}: nothing was played yet")

    def fill(unfinished: Path) -> None:
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(document(found))

    write_whole(path, fill)
    print(f"wrote {out or path} ({path.stat().st_size / 1e6:.1f} MB)")
    if figures_:
        made = list(figures(sections(found)))
        for figure in made:
            save(figure, figures_)
        print(f"wrote {len(made)} figures as SVG, PNG, PDF and CSV into {figures_}")


app = application(report)

if __name__ == "__main__":
    app()

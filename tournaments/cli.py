"""The console command `tells`: the same functions as `python -m tournaments.run` and its siblings."""

import typer

from analysis.application import OneLineGroup
from analysis.memory_response import memory_response
from analysis.summary import summary
from tournaments.bench import bench
from tournaments.exact import exact
from tournaments.replay import replay
from tournaments.run import run

app = typer.Typer(
    cls=OneLineGroup,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Find how predictable language models are.",
)
app.command("run")(run)
app.command("replay")(replay)
app.command("summary")(summary)
app.command("exact")(exact)
app.command("memory")(memory_response)
app.command("bench")(bench)


def main() -> None:
    """The entry point of the console command."""
    app()


if __name__ == "__main__":
    main()

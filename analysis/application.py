"""Commands as Typer runs them, with every complaint about the command line in one line as well."""

import io
import sys
from collections.abc import Callable
from typing import Any

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer.core import TyperCommand, TyperGroup

from arenas.command_line import one_line


def _main(main: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Run a command to its exit code, with a line on stderr for what Typer would put into a frame."""
    if not options.get("standalone_mode", True):
        return main(*arguments, **options)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a terminal or pipe that knows few characters gets question marks, not a traceback
        sys.stdout.reconfigure(errors="replace")
    try:
        code = main(*arguments, **options | {"standalone_mode": False})
    except NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except ClickException as error:
        one_line(error.format_message())
        code = error.exit_code
    raise SystemExit(code)


class OneLineCommand(TyperCommand):
    """A command of its own."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run it; ends in `SystemExit`."""
        return _main(super().main, arguments, options)


class OneLineGroup(TyperGroup):
    """A command of commands."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run it; ends in `SystemExit`."""
        return _main(super().main, arguments, options)


def application(command: Callable[..., None]) -> typer.Typer:
    """One command as a program."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(cls=OneLineCommand)(command)
    return app

"""How a command ends when something is wrong."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from arenas.errors import UserError
from arenas.plain_text import printable

P = ParamSpec("P")
USER_ERROR_CODE = 2


def one_line_errors(command: Callable[P, None]) -> Callable[P, None]:
    """The command with every `UserError` as one line on stderr and exit code 2; a bug keeps its traceback."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except UserError as error:
            one_line(str(error))
            raise SystemExit(USER_ERROR_CODE) from None

    return guarded


def one_line(message: str) -> None:
    """Say on stderr what is wrong, whatever the message holds."""
    print(f"error: {' '.join(printable(message).split())}", file=sys.stderr)

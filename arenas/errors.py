"""The one error that is the user's to mend."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user gave is wrong. Shown as one line without a traceback; every other exception is a bug."""


class PlayerFailed(UserError):  # noqa: N818
    """A player that cannot go on; the others can. It says what happened and what to do."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest known one where there is one, else all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names) or 'none'}"

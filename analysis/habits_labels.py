"""Names cut short for a table, so that no two of them look alike."""

from collections.abc import Iterable

from arenas.plain_text import printable


def labels(names: Iterable[str], most: int) -> dict[str, str]:
    """Each name in at most `most` characters, cut at the end; those that would be alike keep some of their ends.

    Names that cannot be told apart so, as they differ in the middle or in what cannot be printed, are numbered.
    """
    left = list(dict.fromkeys(names))
    found: dict[str, str] = {}
    for tail in range(most - 1):
        cut = {name: _cut(printable(name), most, tail) for name in left}
        taken = [*found.values(), *cut.values()]
        found |= {name: label for name, label in cut.items() if taken.count(label) == 1}
        left = [name for name in left if name not in found]
    for name in left:
        number = next(
            n for n in range(2, len(found) + 3) if _cut(printable(name), most - len(f"~{n}"), 0) + f"~{n}" not in found.values()
        )
        found[name] = _cut(printable(name), most - len(f"~{number}"), 0) + f"~{number}"
    return found


def _cut(shown: str, most: int, tail: int) -> str:
    return shown if len(shown) <= most else f"{shown[: most - 1 - tail]}…{shown[len(shown) - tail :]}"

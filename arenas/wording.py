"""Small phrases that several games' rules share."""

from collections.abc import Sequence


def rounds_in_words(rounds: int) -> str:
    """`1 round`, `30 rounds`."""
    return "1 round" if rounds == 1 else f"{rounds} rounds"


def listed(words: Sequence[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"

"""Numbers as people read them, and tables of plain text."""

from collections.abc import Sequence

EIGHTHS = " ▏▎▍▌▋▊▉"


def signed(number: float) -> str:
    """`+0.123`, and never a zero with a minus."""
    return f"{round(number, 3) + 0.0:+.3f}"


def unsigned(number: float) -> str:
    """`0.123`; `n/a` for what cannot be said."""
    return f"{number + 0.0:.3f}" if number == number else "n/a"


def points(number: float) -> str:
    """`+1`, `-0.0909`: at most four digits that matter."""
    return f"{number + 0.0:+.4g}"


def plus_minus(half_width: float) -> str:
    """`±0.012`, or `±?` where one match says nothing of the next."""
    return f"±{half_width:.3f}" if half_width >= 0 else "±  ?  "


def percent(share: float) -> str:
    """`98.1 %`; `n/a` for what cannot be said."""
    return f"{100 * share:.1f} %" if share == share else "n/a"


def bar(share: float, width: int) -> str:
    """A horizontal bar of `width` characters, to an eighth of one."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full = "█" * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
    return f"{full:<{width}}"


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of aligned columns: the first to the left, the others to the right."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return [_aligned(row, widths) for row in cells]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()

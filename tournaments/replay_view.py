"""One round of a match, drawn: as a frame for a terminal or as plain lines."""

import textwrap
from dataclasses import dataclass

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analysis.figures import bar, percent, points
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, NO_ANSWER, FloatArray
from arenas.plain_text import printable
from arenas.record import Record, wrong_rounds
from tournaments.playback import Playback

KEYS = "space pause  n/→ step  p/← back  +/- speed  g jump  N/P match  q quit"
WRONG = "WRONG"
"""How the verdict on a match that breaks the rules begins."""
PLAIN_ACTIONS = 6
"""Most actions of a distribution in a plain line."""


@dataclass(frozen=True)
class Shown:
    """A match to look at."""

    fixture: Fixture
    game: Game
    record: Record

    def who(self, seat: int) -> str:
        """`base (hider)`."""
        return f"{self.fixture.line_up[seat]} ({printable(self.game.seats[seat])})"

    def word(self, seat: int, action: int) -> str:
        """The word of an action."""
        return printable(self.game.actions[seat][action])

    def move(self, seat: int, t: int) -> str:
        """The word played in round t (from 0)."""
        action = int(self.record.chosen[seat, t])
        return NO_ANSWER if action == FORFEIT else self.word(seat, action)

    def aside(self, seat: int, t: int) -> str:
        """What is to be said of an answer beside its distribution: `off-menu 2.0 %`, and more where there is more."""
        record = self.record
        parts = [f"off-menu {percent(float(record.off_menu[seat, t]))}"]
        for name, label in (("unended", "unended"), ("forfeit", NO_ANSWER)):
            if getattr(record, name)[seat, t] > 0:
                parts.append(f"{label} {percent(float(getattr(record, name)[seat, t]))}")
        if samples := int(record.samples[seat, t]):
            parts.append(f"estimated from {samples} {'sample' if samples == 1 else 'samples'}")
        return "  ".join(parts)

    def verdict(self) -> str:
        """Whether the rules pay what the log says."""
        wrong = wrong_rounds(self.game, self.record)
        if not wrong:
            rounds = "the one round" if self.record.rounds == 1 else f"all {self.record.rounds} rounds"
            return f"The rules pay what the log says in {rounds}."
        listed = ", ".join(str(t + 1) for t in wrong[:5]) + (", ..." if len(wrong) > 5 else "")
        return f"{WRONG}: the rules do not pay what the log says in {len(wrong)} of {self.record.rounds} rounds: {listed}"


def frame(shown: Shown, playback: Playback, verdict: str, width: int, height: int, place: str = "") -> RenderableType:
    """A picture of the round that playback is at, no higher or wider than asked; `place` says which match of several it is."""
    t, seats = playback.round - 1, range(len(shown.game.seats))
    state = "paused" if playback.paused else f"{playback.speed:g} rounds/s"
    if playback.round == playback.rounds:
        state = "the end"
    if playback.typed is not None:
        state = f"go to round: {playback.typed}_"
    right = f"  round {playback.round} of {shown.record.rounds}  {state}"
    head = Text(no_wrap=True, overflow="crop")
    left = Text.assemble((shown.fixture.id, "bold"), f"  {place}")
    left.truncate(max(width - len(right), 0), overflow="ellipsis", pad=True)
    head.append_text(left).append(right)
    column = (width - 4 * (len(seats) - 1)) // len(seats)
    rows = max(height - 13 - len(seats), 3)
    body = Table.grid(padding=(0, 4, 0, 0))
    for _ in seats:
        body.add_column(width=column, no_wrap=True, overflow="crop")
    body.add_row(*(Group(*_side(shown, seat, t, column, rows)) for seat in seats))
    parts: list[RenderableType] = [head, Text("─" * width, style="dim"), body, Text()]
    parts += [_so_far(shown, seat, t, width) for seat in seats]
    parts += [Text(), Text(verdict, style="bold red" if verdict.startswith(WRONG) else "dim", no_wrap=True)]
    parts += [Text(KEYS, style="dim", no_wrap=True, overflow="ellipsis")]
    return Group(*parts)


def _side(shown: Shown, seat: int, t: int, width: int, rows: int) -> list[RenderableType]:
    """One player's part of the frame, `rows` + 5 lines at most."""
    record = shown.record
    lines: list[RenderableType] = [Text(shown.who(seat), style="bold cyan"), Text(f"played {shown.move(seat, t)}"), Text()]
    text = str(record.texts[seat, t])
    if shown.game.free_text:
        wrapped = [line for part in printable(text).split("\n") for line in _wrapped(part, width)]
        return [lines[0], *(Text(line, no_wrap=True) for line in wrapped[: rows + 4])]
    lines += bars(shown, seat, t, width, rows)
    paid, expected = record.pay[seat, : t + 1], record.expected[seat, : t + 1]
    lines.append(Text(shown.aside(seat, t), style="dim"))
    lines.append(Text(f"this round {points(paid[-1])}, expected {expected[-1] + 0.0:+.2f}"))
    lines.append(Text(f"score {points(paid.sum())}, expected {expected.sum() + 0.0:+.2f}", style="bold"))
    return lines


def bars(shown: Shown, seat: int, t: int, width: int, rows: int) -> list[RenderableType]:
    """The distribution as bars, one action a line; of too many, the likeliest and the one that was played."""
    words = [shown.word(seat, action) for action in range(len(shown.game.actions[seat]))]
    probs, chosen = shown.record.probs[seat, t, : len(words)], int(shown.record.chosen[seat, t])
    played = {chosen} - {FORFEIT}
    kept = range(len(words)) if len(words) <= rows else sorted({*_likeliest(probs, rows - 2), *played})
    label = min(max(len(words[action]) for action in kept), max(width // 3, 4))
    lines: list[RenderableType] = []
    for action in kept:
        mark = " ◀" if action == chosen else ""
        line = Text(no_wrap=True, style="green" if mark else "")
        line.append(f"{words[action][:label]:>{label}} {bar(float(probs[action]), width - label - 11)}")
        line.append(f"{percent(float(probs[action])):>8}{mark}")
        lines.append(line)
    others = [action for action in range(len(words)) if action not in kept]
    if others:
        lines.append(Text(f"{len(others)} others {percent(float(probs[others].sum()))}", style="dim"))
    return lines


def plain_round(shown: Shown, t: int) -> list[str]:
    """Round t (from 0) as lines without any terminal control."""
    record = shown.record
    lines = [f"round {t + 1}"]
    for seat in range(len(shown.game.seats)):
        score = f"{points(record.pay[seat, t])}, score {points(record.pay[seat, : t + 1].sum())}"
        expected = f"expected {record.expected[seat, : t + 1].sum() + 0.0:+.2f}"
        lines.append(f"  {shown.who(seat)}: {shown.move(seat, t)}  {score} ({expected})")
        if shown.game.free_text:
            lines += [f"    | {line}" for line in printable(str(record.texts[seat, t])).split("\n")]
        else:
            lines.append(f"    {_plain_distribution(shown, seat, t)}")
    return lines


def _plain_distribution(shown: Shown, seat: int, t: int) -> str:
    probs = shown.record.probs[seat, t, : len(shown.game.actions[seat])]
    kept = sorted(_likeliest(probs, PLAIN_ACTIONS))
    parts = [f"{shown.word(seat, a)} {bar(float(probs[a]), 8).rstrip()} {percent(float(probs[a]))}" for a in kept]
    if len(kept) < len(probs):
        parts.append(f"{len(probs) - len(kept)} others {percent(1.0 - float(probs[kept].sum()))}")
    return "  ".join([*parts, shown.aside(seat, t)])


def _likeliest(probs: FloatArray, count: int) -> list[int]:
    return [int(action) for action in np.argsort(-probs, kind="stable")[:count]]


def _so_far(shown: Shown, seat: int, t: int, width: int) -> Text:
    """The last moves that fit into a line."""
    if shown.game.free_text:
        return Text()
    name = f"{shown.fixture.line_up[seat][:14]}: "
    moves, room = list[str](), width - len(name) - 4
    for earlier in range(t, -1, -1):
        word = shown.move(seat, earlier)
        room -= len(word) + 1
        if room < 0:
            moves.append("...")
            break
        moves.append(word)
    return Text(name + " ".join(reversed(moves)), no_wrap=True, overflow="crop")


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width) or [""]

"""What is seen of a run while it plays: a live leaderboard, plain lines, or nothing."""

import sys
import time
from abc import abstractmethod
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from analysis.figures import percent, plus_minus, signed
from arenas.plain_text import printable
from tournaments.leaderboard import duration, leaderboard
from tournaments.progress import Progress

Style = Literal["full", "plain", "none"]
REFRESH_SECONDS = 0.25
LINE_SECONDS = 2.0
SIDE = 46
"""Columns of the tables beside the main ones, in a wide terminal."""


class Screen(AbstractContextManager["Screen"]):
    """Shows a run's progress. Entered before the first tick, left after the last."""

    @abstractmethod
    def show(self) -> None:
        """Called after every tick."""

    def say(self, line: str) -> None:
        """Show a line at once, and leave it there."""
        print(printable(line), file=sys.stderr, flush=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


class NoScreen(Screen):
    """Shows nothing."""

    def show(self) -> None:
        return None


class PlainScreen(Screen):
    """A line every few seconds, for logs and pipes."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console, self._progress = console, progress
        self._shown = time.monotonic()

    def show(self) -> None:
        if time.monotonic() - self._shown < LINE_SECONDS:
            return
        self._shown = time.monotonic()
        print(f"{where(self._progress)}  {pace(self._progress)}  {self._leader()}", file=self._console.file, flush=True)

    def _leader(self) -> str:
        lines = self._progress.standings().overall()
        return f"first {lines[0].agent} {signed(lines[0].pay.mean)} {plus_minus(lines[0].pay.half_width)}" if lines else ""


class FullScreen(Screen):
    """The leaderboards, sorted as they change, with progress above them; never higher or wider than the terminal."""

    def __init__(self, console: Console, progress: Progress, name: str) -> None:
        self._console, self._progress, self._name = console, progress, name
        self._spinner = Spinner("dots")
        self._tables: RenderableType = Text("the first round ...", style="dim")
        self._due = 0.0
        self._live = Live(console=console, transient=True, refresh_per_second=4, get_renderable=self._frame)

    def __enter__(self) -> "FullScreen":
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self) -> None:
        began = time.monotonic()
        if began >= self._due:
            self._tables = self._standings()
            # however many matches there are, drawing them takes a small part of the time
            drawn = time.monotonic()
            self._due = drawn + max(REFRESH_SECONDS, 20 * (drawn - began))

    def say(self, line: str) -> None:
        self._live.console.print(Text(printable(line), style="bold red"))

    def _frame(self) -> RenderableType:
        """Drawn by the display's own thread, so that the clock goes on through a slow round."""
        progress, width = self._progress, self._console.size.width
        self._spinner.text = Text(f"{self._name}  {where(progress)}")
        bar = ProgressBar(total=max(progress.total, 1), completed=progress.played, width=max(width - 48, 10))
        line = Table.grid(padding=(0, 1))
        line.add_row(bar, Text(pace(progress), no_wrap=True))
        hint = Text("Ctrl-C stops; nothing that was played is lost", style="dim")
        return Group(self._spinner, line, Text(), self._tables, hint)

    def _standings(self) -> RenderableType:
        standings, (width, height) = self._progress.standings(), self._console.size
        scored = [name for name in standings.arenas() if self._progress.scored(name)]
        tick = self._progress.tick
        playing = [name for name in scored if tick is not None and name == tick.wave.arena] or scored[-1:]
        beside = width >= 80 + SIDE
        main = width - SIDE - 4 if beside else width
        # progress takes three lines, the hint one, a table five beside its rows; the last line is the cursor's
        most = max((height - 4 - 5 * (1 + len(playing))) // (1 + len(playing)), 2)
        parts: list[RenderableType] = [leaderboard(standings.overall(), "all tasks", main, most), Text()]
        for name in playing:
            parts += [leaderboard(standings.arena(name), name, main, most), Text()]
        if not beside:
            return Group(*parts)
        others = self._others([name for name in scored if name not in playing], height - 6)
        grid = Table.grid(padding=(0, 4, 0, 0))
        grid.add_row(Group(*parts), others)
        return grid

    def _others(self, names: list[str], lines: int) -> RenderableType:
        """Short tables of as many further arenas as fit into so many lines, the latest first."""
        standings, parts = self._progress.standings(), list[RenderableType]()
        for name in reversed(names):
            board = standings.arena(name)
            if len(board) + 5 > lines:
                break
            parts += [leaderboard(board, name, SIDE, short=True), Text()]
            lines -= len(board) + 5
        return Group(*parts)


def where(progress: Progress) -> str:
    """Which arena, wave and round is being played."""
    tick = progress.tick
    if tick is None:
        return "starting"
    wave = tick.wave
    return f"{wave.arena}  wave {wave.number + 1}/{progress.wave_count}  round {tick.history.played}/{wave.rounds}"


def pace(progress: Progress) -> str:
    """How much is done, how fast, and what is left."""
    left = progress.seconds_left
    share = percent(progress.played / max(progress.total, 1))
    coming = f"{duration(left)} left" if left is not None else ""
    return f"{share}  {progress.rounds_a_second:,.0f} rounds/s  {duration(progress.seconds)}  {coming}"


def make_screen(style: Style, console: Console, progress: Progress, name: str) -> Screen:
    """The display of that style."""
    if style == "full":
        return FullScreen(console, progress, name)
    return PlainScreen(console, progress) if style == "plain" else NoScreen()

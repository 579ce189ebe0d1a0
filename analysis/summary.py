"""What a run says, as plain text: `python -m analysis.summary RUN`."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.answered import MEANING, PERIODS, Answered, periods, said, sign
from analysis.answered_table import definition, estimated, table
from analysis.application import application
from analysis.chairs import Chair
from analysis.figures import bar, percent, plain_table, plus_minus, signed, unsigned
from analysis.score import scores
from analysis.standings import Standing, Standings
from analysis.tasks import tasks_of
from analysis.texts.on_task import DEFINITION, Share
from analysis.wordings import Wordings, wordings_of
from arenas.command_line import one_line_errors
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, BoolArray, FloatArray
from arenas.plain_text import printable
from arenas.record import Record, history_of
from arenas.store import RunStore
from arenas.wording import listed
from arenas.writing import Writing

TEXTS = 2
"""Texts shown of each agent in each arena."""
LONGEST_HISTOGRAM = 25
"""Most actions whose probabilities are listed one by one."""
BAR = 30


@dataclass
class Habits:
    """The mean distribution of one entrant in one seat of an arena, summed match by match, and its first texts."""

    total: FloatArray  # [PERIODS,A]
    rounds: FloatArray = field(default_factory=lambda: np.zeros(len(PERIODS)))
    texts: list[str] = field(default_factory=list)
    on_task: Share = field(default_factory=Share)

    def add(self, game: Game, record: Record, seat: int) -> None:
        """Take in one match; a round in which no valid answer was given has no distribution."""
        if isinstance(game, Writing):
            for text in record.texts[seat]:
                self.on_task.add(str(text), game)
        valid = record.chosen[seat] != FORFEIT
        which = periods(0, record.rounds)[valid]
        np.add.at(self.total, which, record.probs[seat][valid])
        self.rounds += np.bincount(which, minlength=len(PERIODS))
        self.texts += [str(text) for text in record.texts[seat] if text][: TEXTS - len(self.texts)]


@one_line_errors
def summary(run: Annotated[Path, typer.Argument(metavar="RUN", help="The file of a run.")]) -> None:
    """Print each arena's tables, pay against each opponent, mean distributions and a few texts."""
    with closing(RunStore.read(run)) as store:
        for line in report(store):
            print(line)


def report(store: RunStore) -> Iterator[str]:
    """The lines of the summary. Reads the records one at a time."""
    games, agents = store.games, list(store.config["agents"])
    wordings = wordings_of(store.config)
    standings, answered = Standings(agents, tasks_of(games), wordings), Answered(agents)
    habits: dict[tuple[str, str, int], Habits] = {}
    matches = 0
    for fixture, record in store.records():
        matches += 1
        standings.add(fixture, scores(games[fixture.arena], record))
        answered.add(games[fixture.arena], [fixture], history_of([record], record.rounds))
        _take_in(habits, games[fixture.arena], fixture, record, agents)
    total = sum(1 for _ in store.fixtures())
    state = "complete" if store.complete() else "not complete: resume it to play the rest"
    yield f"{store.path}: {matches:,} of {total:,} matches begun, {store.play_seconds:.1f} s of play, {state}"
    yield from (printable(failure.text) for failure in store.failures())
    situations = answered.situations()
    yield from definition(store)
    yield from said(situations)
    yield from estimated(situations)
    yield from store.notes()
    if lines := table(situations):
        yield from ["", *lines]
    for arena in standings.arenas():
        yield ""
        yield from _arena(arena, games[arena], standings, habits, answered, wordings)
    if any(games[arena].scored for arena in standings.arenas()):
        yield from ["", "== all tasks in equal parts ==", *_table(standings.overall())]
    yield from ["", *LEGEND]
    if any(game.free_text for game in games.values()):
        yield from textwrap.wrap(DEFINITION, 128, subsequent_indent="  ")


LEGEND = (
    "pay: expected points a round (over the probabilities of both sides) less the seat's game value, with its 95 % interval;",
    "  the match is the unit, opponents and seats count in equal parts.",
    "*: sat out an arena, so that its mean is over other games than the rest of that table.",
    "exploitable: points a round that an opponent who knows the probabilities wins, beyond the game's value.",
    "entropy: as a share of the largest possible; bits: the same in bits; n/a: cannot be said from one draw a round.",
    "strict: pay if whatever is no answer were a forfeit, which costs the least that a round can pay, on both sides.",
    *textwrap.wrap(MEANING, 128, subsequent_indent="  "),
)


def _take_in(
    habits: dict[tuple[str, str, int], Habits], game: Game, fixture: Fixture, record: Record, agents: list[str]
) -> None:
    for seat, name in enumerate(fixture.line_up):
        if name in agents:
            key = (fixture.arena, name, 0 if game.seats_alike else seat)
            habits.setdefault(key, Habits(np.zeros((len(PERIODS), game.width)))).add(game, record, seat)


def _arena(
    arena: str,
    game: Game,
    standings: Standings,
    habits: dict[tuple[str, str, int], Habits],
    answered: Answered,
    wordings: Wordings,
) -> Iterator[str]:
    yield f"== {arena} ({game.config()['game']}, {game.rounds} round{'s' * (game.rounds > 1)}) =="
    lines = standings.arena(arena)
    if game.scored:
        yield from _table(lines)
    if len(game.seats) == 2:
        yield from ["", "pay a round against each opponent", *_against(arena, lines, standings)]
    for line in lines:
        entrants = list(wordings.get(line.agent, {"": line.agent}).values())
        for seat, called in enumerate(game.seats):
            own = {name: habits[arena, name, seat] for name in entrants if (arena, name, seat) in habits}
            if own and game.free_text:
                for name, habit in own.items():
                    share = habit.on_task
                    yield from ["", f"{name} wrote (on the task: {share.on} of {share.of}):", *_texts(habit)]
            elif own:
                seated = "" if game.seats_alike else f" as {printable(called)}"
                parts = [(habit, answered.silent_periods(Chair(arena, name, seat))) for name, habit in own.items()]
                yield from ["", f"mean distribution of {line.agent}{seated}", *_answers(game, seat, parts)]


def _table(lines: list[Standing]) -> list[str]:
    measured = ("pay a round", "worst opponent", "exploitable", "entropy", "bits", "off-menu", "strict")
    head = ("agent", *measured, "matches", "rounds")
    rows = [
        (
            f"*{line.agent}" if line.partial else line.agent,
            f"{signed(line.pay.mean)} {plus_minus(line.pay.half_width)}",
            f"{line.worst} {signed(line.worst_pay)}" if line.worst else "-",
            unsigned(line.exploitability),
            percent(line.evenness),
            unsigned(line.entropy),
            f"{percent(line.no_answer)} {sign(line.elsewhere)}".rstrip(),
            signed(line.strict_pay),
            f"{line.matches:,}",
            f"{line.rounds:,}",
        )
        for line in lines
    ]
    return plain_table(head, rows)


def _against(arena: str, lines: list[Standing], standings: Standings) -> list[str]:
    pay = {line.agent: standings.against(arena, line.agent) for line in lines}
    opponents = sorted({name for row in pay.values() for name in row})
    rows = []
    for opponent in opponents:
        met = [pay[line.agent].get(opponent) for line in lines]
        rows.append((opponent, *(f"{signed(e.mean)} {plus_minus(e.half_width)}" if e else "-" for e in met)))
    return plain_table(("against", *(line.agent for line in lines)), rows)


def _answers(game: Game, seat: int, wordings: Sequence[tuple[Habits, Sequence[bool]]]) -> list[str]:
    """The histogram of the rounds in which it answers, over wordings; a line in its place where there are none."""
    silences = [left_out for _, left_out in wordings]
    found = [probs for habit, left_out in wordings if (probs := _mean(habit, ~np.array(left_out))) is not None]
    if not found:
        return ["  none: it does not answer"]
    lines = _histogram(game, seat, np.array(found))
    if out := [period for place, period in enumerate(PERIODS) if any(left_out[place] for left_out in silences)]:
        where = f" (in {sum(map(any, silences))} of {len(silences)} wordings)" if len(silences) > 1 else ""
        lines.insert(0, f"  without {listed(out, 'and')}, in which it does not answer{where}")
    first = np.arange(len(PERIODS)) == 0
    openings = [p for habit, left_out in wordings if (p := _mean(habit, first & ~np.array(left_out))) is not None]
    if game.rounds > 1 and len(wordings) > 1 and openings:
        lines.append(f"  opening: {_favourite(game, seat, np.array(openings))}")
    return lines


def _mean(habit: Habits, kept: BoolArray) -> FloatArray | None:
    """The mean distribution [A] over some periods; None without a round in them."""
    rounds = habit.rounds[kept].sum()
    return np.asarray(habit.total[kept].sum(axis=0) / rounds) if rounds else None


def _favourite(game: Game, seat: int, probs: FloatArray) -> str:
    """The likeliest answer over wordings, from probs [W,A], and how far its probability goes over them."""
    best = int(probs.mean(axis=0).argmax())
    times = int((probs.argmax(axis=1) == best).sum())
    word, mean = printable(game.actions[seat][best]), float(probs[:, best].mean())
    return f"{word} {percent(mean)}{_spread(probs[:, best])} over {len(probs)} wordings, the favourite in {times}"


def _spread(shares: FloatArray) -> str:
    return f" ({percent(float(shares.min()))} to {percent(float(shares.max()))})" if len(shares) > 1 else ""


def _histogram(game: Game, seat: int, over: FloatArray) -> list[str]:
    """Bars of the mean over wordings of distributions over [W,A], with their spread where there are several."""
    words = [printable(word) for word in game.actions[seat]]
    probs = over.mean(axis=0)[: len(words)]
    shown = sorted(np.argsort(-probs, kind="stable")[:LONGEST_HISTOGRAM].tolist())
    width, most = max(len(words[action]) for action in shown), max(float(probs.max()), 1e-12)
    lines = [
        f"  {words[a]:>{width}} {bar(float(probs[a]) / most, BAR)} {percent(float(probs[a])):>8}{_spread(over[:, a])}"
        for a in shown
    ]
    if len(shown) < len(words):
        lines.append(f"  {len(words) - len(shown)} others {percent(1.0 - float(probs[shown].sum()))}")
    return lines


def _texts(habit: Habits) -> Iterator[str]:
    for text in habit.texts:
        for line in printable(text).split("\n"):
            yield from (f"  | {part}" for part in textwrap.wrap(line, 100) or [""])
        yield ""


app = application(summary)

if __name__ == "__main__":
    app()

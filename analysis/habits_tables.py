"""The tables below the words of `tells habits`."""

import textwrap
from collections.abc import Iterable, Iterator

from analysis.answered import sign
from analysis.contexts import CONTEXTS
from analysis.figures import percent, plain_table, plus_minus, signed, unsigned
from analysis.habits_found import ChairHabits, HabitsFound
from analysis.habits_labels import labels
from analysis.habits_legends import BEYOND, BITS, EXPLOITABLE, FORETOLD, NARROW, PEOPLE, POPULATION, SHORT, WORTH
from analysis.halves import BestOfMany
from analysis.interval import Estimate
from arenas.plain_text import printable
from opponents.outcome import EVEN

LONGEST, NARROW_LONGEST = 16, 13
"""Characters of a name in a table, of wide terminals and narrow ones."""
WIDE = 110
"""Terminals from here on show all columns."""


WHO = ("agent", "arena", "seat", "bot")
"""Columns that say whose a line is."""
Table = tuple[list[str], list[list[str]]]
"""The head and the rows."""


def tables(found: HabitsFound, width: int) -> Iterator[str]:
    """All tables that have something in them."""
    wide = width >= WIDE
    yield from _titled("what can be won a round, beyond the game's value", _exploitable(found, wide), EXPLOITABLE, width)
    if found.exact:
        yield from ["== the exact worst case, and the plan that brings it ==", *_exact(found, width), ""]
    yield from _titled("bits of the next move to who knows", _contexts(found, wide, "bits"), BITS, width)
    yield from _titled("bits that it says beyond how often each move comes", _beyond(found, wide), BEYOND, width)
    yield from _titled("points a round won by who knows that, and no more", _contexts(found, wide, "worth"), WORTH, width)
    yield from _titled("how well it is foretold", _foretold(found, wide), FORETOLD, width)
    yield from _titled("against the bots that people met", _people(found, wide), PEOPLE, width)
    yield from _titled("against the RoShamBo population", _population(found, wide), POPULATION, width)


def _titled(title: str, table: Table, legend: str, width: int) -> Iterator[str]:
    head, rows = table
    if rows:
        yield from [f"== {title} ==", *_fitted(head, rows, width), "", *textwrap.wrap(legend, width), ""]


def _fitted(head: list[str], rows: list[list[str]], width: int) -> Iterator[str]:
    """The table, in parts one below the other where it is too wide; each part says whose its lines are."""
    who = next(place for place, title in enumerate(head) if title not in WHO)
    start = who
    while start < len(head):
        for end in range(len(head), start, -1):
            cut = [[*row[:who], *row[start:end]] for row in (head, *rows)]
            lines = plain_table(cut[0], cut[1:])
            if max(map(len, lines)) <= width:
                break
        yield from ([] if start == who else [""])
        yield from lines
        start = end


def _exploitable(found: HabitsFound, wide: bool) -> Table:
    head = ["agent", "arena", "knows its mind", "memory 1", "memory 2", "best met"]
    agents, arenas = _names(found, wide)
    rows = []
    for line in found.exploitabilities:
        memory = [found.memory_value(line.arena, line.agent, length) for length in (1, 2)]
        rows.append(
            [
                agents[line.agent] + sign(line.elsewhere),
                arenas[line.arena],
                _estimate(line.oracle),
                *(_over_seats(value, wide) for value in memory),
                "-" if line.silent else _best(line.realised, wide),
            ]
        )
    return head, rows


def _exact(found: HabitsFound, width: int) -> Iterator[str]:
    """The worst cases of short games, with the plan that brings them."""
    for value in found.exact:
        game = found.games.get(value.arena)
        seat = f" as {game.seats[value.seat]}" if game and not game.seats_alike else ""
        won = f"{value.exploitability:.3f} a round in {value.rounds} rounds, by {value.plan}"
        if value.silent:
            won = f"no verdict in {value.rounds} rounds, {percent(value.elsewhere)} of its probability is on no answer"
        said = f"{value.agent} in {value.arena}{seat}: {won}"
        yield from textwrap.wrap(printable(said), width, subsequent_indent="  ")


def _over_seats(value: Estimate | None, wide: bool) -> str:
    if value is None:
        return "-"
    return _estimate(value) if wide else unsigned(value.mean)


def _contexts(found: HabitsFound, wide: bool, measure: str) -> Table:
    """One line a chair, one column a context."""
    shown = [(context.name, SHORT[context.name]) for context in CONTEXTS if wide or context.name in NARROW]
    all_known = ["all"] if measure == "bits" else []
    rows = []
    for habits in found.chairs:
        if habits.silent:
            continue
        values = {reading.context.name: getattr(reading, measure).mean for reading in habits.contexts}
        cells = [f"{values[name]:.3f}" if name in values else "-" for name, _ in shown]
        rows.append([*_chair(found, habits, wide), *cells, *([unsigned(habits.bits.mean)] if all_known else [])])
    return ["agent", "arena", "seat", *(title for _, title in shown), *all_known], rows


def _beyond(found: HabitsFound, wide: bool) -> Table:
    """One line a chair, one column a context: what it says of the next move."""
    shown = [(c.name, SHORT[c.name]) for c in CONTEXTS if c.name != "always" and (wide or c.name in NARROW)]
    rows = []
    for habits in found.chairs:
        if habits.silent:
            continue
        gains = {reading.context.name: reading.beyond for reading in habits.contexts}
        cells = [
            f"{round(gains[name].mean, 3) + 0.0:.3f}{'*' if gains[name].low > EVEN else ' '}" if name in gains else "-"
            for name, _ in shown
        ]
        rows.append([*_chair(found, habits, wide), *cells])
    return ["agent", "arena", "seat", *(f"{title} " for _, title in shown)], rows


def _states(habits: ChairHabits) -> str:
    """`3/81`: the states of the longest memory that came up, and how many of them are almost fully predictable."""
    read = {reading.context.name: reading for reading in habits.contexts}
    if habits.sampled:
        return "n/a"  # a situation that came up once has one move for certain
    longest = next((read[name] for name in ("both_two", "both", "always") if name in read), None)
    return f"{round(longest.certain * longest.situations)}/{longest.situations}" if longest else "-"


def _foretold(found: HabitsFound, wide: bool) -> Table:
    head = ["agent", "arena", "seat", "code", "rate", "hits", "certain", "states", "best predictor"]
    rows = []
    for habits in found.chairs:
        foretold = habits.predictability
        if foretold is None:
            continue
        best = foretold.hits
        hits = f"{percent(best.value.mean)} {_points(best.value.half_width)}" if best else "-"
        names = " / ".join(best.names) if best else "-"
        rows.append(
            [
                *_chair(found, habits, wide),
                _over_seats(foretold.bits, wide),
                _over_seats(foretold.rate, wide),
                hits if wide or not best else percent(best.value.mean),
                percent(habits.sure.mean),
                _states(habits),
                _short(names, wide, 36 if wide else 14),
            ]
        )
    return head, rows


def _people(found: HabitsFound, wide: bool) -> Table:
    draw, games = ["draw"] if wide else [], ["games"] if wide else []
    head = ["agent", "arena", "bot", "rounds", "win", *draw, "loss", "pay", "people", "pay", *games]
    agents, arenas = _names(found, wide)
    bots = labels((line.bot for line in found.against_bots), 99 if wide else 16)
    rows = []
    for line in found.against_bots:
        shares, theirs = line.shares, line.people
        numbers = [f"{100 * share.mean:.0f} %" for share in (shares.win, *([shares.draw] if wide else []), shares.loss)]
        people = [f"{100 * theirs.shares['win'][0]:.0f} %", _ends(theirs.shares["pay"], wide)] if theirs else ["-", "-"]
        over = [str(theirs.games) if theirs else "-"] if wide else []
        who = [agents[line.agent], arenas[line.arena], bots[line.bot], str(line.rounds)]
        rows.append([*who, *numbers, _brief(shares.pay, wide), *people, *over])
    return head, rows


def _population(found: HabitsFound, wide: bool) -> Table:
    head = ["agent", "arena", "bots", "rounds", "return", "lost", "aggregate", "to"]
    agents, arenas = _names(found, wide)
    rows = []
    for line in found.against_population:
        lost = line.exploitability
        rows.append(
            [
                agents[line.agent],
                arenas[line.arena],
                str(line.members),
                str(line.rounds),
                _brief(line.population_return, wide),
                _brief(lost.value, wide) if lost else "-",
                signed(line.population_return.mean - lost.value.mean) if lost else "-",
                _short("/".join(lost.names), wide, 12) if lost else "-",
            ]
        )
    return head, rows


def _names(found: HabitsFound, wide: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The labels of all agents and all arenas, the same in every table."""
    lines: Iterable[tuple[str, str]] = [
        *((line.agent, line.arena) for line in found.exploitabilities),
        *((line.chair.agent, line.chair.arena) for line in found.chairs),
        *((line.agent, line.arena) for line in found.against_bots),
        *((line.agent, line.arena) for line in found.against_population),
    ]
    most = LONGEST if wide else NARROW_LONGEST
    return labels((agent for agent, _ in lines), most), labels((arena for _, arena in lines), most)


def _chair(found: HabitsFound, habits: ChairHabits, wide: bool) -> list[str]:
    game = found.games[habits.chair.arena]
    agents, arenas = _names(found, wide)
    return [
        agents[habits.chair.agent] + sign(habits.elsewhere),
        arenas[habits.chair.arena],
        "any" if game.seats_alike else _short(game.seats[habits.chair.seat], wide, 6),
    ]


def _best(best: BestOfMany | None, wide: bool) -> str:
    if best is None:
        return "-"
    value = _over_seats(best.value, wide)
    if best.naive <= EVEN:
        return f"{value} nobody"
    return f"{value} {_short('/'.join(best.names), wide, 24 if wide else 9)}"


def _ends(values: tuple[float, float, float], wide: bool) -> str:
    mean, low, _ = values
    return f"{signed(mean)} {plus_minus(mean - low)}" if wide else signed(mean)


def _estimate(estimate: Estimate) -> str:
    if estimate.mean != estimate.mean:
        return "n/a"
    return (
        f"{estimate.mean:.3f} {plus_minus(estimate.half_width)}"
        if estimate.mean >= 0
        else (f"{signed(estimate.mean)} {plus_minus(estimate.half_width)}")
    )


def _brief(estimate: Estimate, wide: bool) -> str:
    return _estimate(estimate) if wide else signed(estimate.mean)


def _points(half_width: float) -> str:
    return f"±{100 * half_width:.1f}" if half_width >= 0 else "± ?"


def _short(name: str, wide: bool, most: int | None = None) -> str:
    shown, most = printable(name), most or (LONGEST if wide else NARROW_LONGEST)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"

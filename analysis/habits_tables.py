"""The tables below the words of `tells habits`."""

import textwrap
from collections.abc import Iterator

from analysis.contexts import CONTEXTS
from analysis.figures import percent, plain_table, plus_minus, signed
from analysis.habits_found import ChairHabits, HabitsFound
from analysis.halves import BestOfMany
from analysis.interval import Estimate
from arenas.plain_text import printable

LONGEST, NARROW_LONGEST = 16, 13
"""Characters of a name in a table, of wide terminals and narrow ones."""
WIDE = 110
"""Terminals from here on show all columns."""


def tables(found: HabitsFound, width: int) -> Iterator[str]:
    """All tables that have something in them."""
    wide = width >= WIDE
    yield from _titled("what can be won, points a round beyond the game's value", _exploitable(found, wide), EXPLOITABLE, width)
    if found.exact:
        yield from ["== the exact worst case, with what the best response plays and expects ==", *_exact(found, width), ""]
    yield from _titled("bits of the next move to who knows", _contexts(found, wide, "bits"), BITS, width)
    yield from _titled("points a round won by who knows that, and no more", _contexts(found, wide, "worth"), WORTH, width)
    yield from _titled("how well it is foretold by who begins a match knowing nothing", _foretold(found, wide), FORETOLD, width)
    yield from _titled("against the bots that people met", _people(found, wide), PEOPLE, width)
    yield from _titled("against the RoShamBo population", _population(found, wide), POPULATION, width)


EXPLOITABLE = (
    "knows its mind: an opponent that knows every distribution. memory 1, 2: the best answer to its mean answers to the last "
    "rounds, over a match. best met: the opponent that won most (none that foresees), chosen on one half of the matches and "
    "measured on the other."
)
SHORT = {
    "always": "none",
    "opening": "first",
    "outcome": "won",
    "own": "own",
    "other": "other",
    "outcome_own": "won+own",
    "both": "both",
    "own_two": "own 2",
    "other_two": "other 2",
    "both_two": "both 2",
    "step": "(step)",
    "outcome_step": "(won)",
    "dual": "(won+step)",
}
"""What an opponent knows, in the head of a table."""
NARROW = ("always", "outcome", "own", "other", "both", "both_two")
"""The contexts that narrow terminals show."""
BITS = (
    "What the other knows: none: how often each move comes; first: whether it is the first round; won: how the last round "
    "ended; own, other, both: the moves of the last round; 2: of the last two; in brackets: bits of the step from its last "
    "move instead; all: everything, the mean entropy of its distributions. Corrected for bias (jackknife)."
)
WORTH = (
    "The same by what it wins: halfway between the best answer to all matches and answers that were chosen on one half of the "
    "matches and measured on the other."
)
FORETOLD = (
    "code: bits a round in which context tree weighting writes its moves, learning included; hits: rounds that the best "
    "predictor foretells, chosen on one half of the matches and measured on the other; certain: rounds with a move above 90 %."
)
PEOPLE = "people, pay: what people won and earned, over as many first rounds of recorded games (Brockbank & Vul 2024, CC0)."
POPULATION = (
    "return: mean points a round over the bots met; lost: to the bot that wins most, chosen on one half of the matches and "
    "measured on the other; aggregate: return less lost (Lanctot et al. 2023, there in points of 1,000 rounds and of 43 bots)."
)


def _titled(title: str, lines: list[str], legend: str, width: int) -> Iterator[str]:
    if len(lines) > 1:
        yield from [f"== {title} ==", *lines, "", *textwrap.wrap(legend, width), ""]


def _exploitable(found: HabitsFound, wide: bool) -> list[str]:
    head = ["agent", "arena", "knows its mind", "memory 1", "memory 2", "best met"]
    rows = []
    for line in found.exploitabilities:
        memory = [found.memory_value(line.arena, line.agent, length) for length in (1, 2)]
        rows.append(
            [
                _short(line.agent, wide),
                _short(line.arena, wide),
                _estimate(line.oracle),
                *(_over_seats(value, wide) for value in memory),
                _best(line.realised, wide),
            ]
        )
    return plain_table(head, rows)


def _exact(found: HabitsFound, width: int) -> Iterator[str]:
    """The worst cases of short games, with the plan that brings them."""
    for value in found.exact:
        game = found.games.get(value.arena)
        seat = f" as {game.seats[value.seat]}" if game and not game.seats_alike else ""
        won = f"{value.exploitability:.3f} a round in {value.rounds} rounds, by {value.plan}"
        said = f"{value.agent} in {value.arena}{seat}: {won}"
        yield from textwrap.wrap(printable(said), width, subsequent_indent="  ")


def _over_seats(value: Estimate | None, wide: bool) -> str:
    if value is None:
        return "-"
    return _estimate(value) if wide else f"{value.mean:.3f}"


def _contexts(found: HabitsFound, wide: bool, measure: str) -> list[str]:
    """One line a chair, one column a context."""
    shown = [(context.name, SHORT[context.name]) for context in CONTEXTS if wide or context.name in NARROW]
    all_known = ["all"] if measure == "bits" else []
    rows = []
    for habits in found.chairs:
        values = {reading.context.name: getattr(reading, measure).mean for reading in habits.contexts}
        cells = [f"{values[name]:.3f}" if name in values else "-" for name, _ in shown]
        rows.append([*_chair(found, habits, wide), *cells, *([f"{habits.bits.mean:.3f}"] if all_known else [])])
    return plain_table(["agent", "arena", "seat", *(title for _, title in shown), *all_known], rows)


def _foretold(found: HabitsFound, wide: bool) -> list[str]:
    head = ["agent", "arena", "seat", "code", "hits", "certain", "best predictor"]
    rows = []
    for habits in found.chairs:
        foretold = habits.predictability
        best = foretold.hits
        hits = f"{percent(best.value.mean)} {_points(best.value.half_width)}" if best else "-"
        names = " / ".join(best.names) if best else "-"
        rows.append(
            [
                *_chair(found, habits, wide),
                _estimate(foretold.bits) if wide else f"{foretold.bits.mean:.3f}",
                hits,
                percent(habits.sure.mean),
                names if wide else _short(names, wide, 14),
            ]
        )
    return plain_table(head, rows)


def _people(found: HabitsFound, wide: bool) -> list[str]:
    head = [
        "agent",
        "bot",
        "rounds",
        "win",
        *(["draw"] if wide else []),
        "loss",
        "pay",
        "people",
        "pay",
        *(["over"] if wide else []),
    ]
    rows = []
    for line in found.against_bots:
        shares, theirs = line.shares, line.people
        numbers = [f"{100 * share.mean:.0f} %" for share in (shares.win, *([shares.draw] if wide else []), shares.loss)]
        pay = _estimate(shares.pay) if wide else signed(shares.pay.mean)
        people = [f"{100 * theirs.shares['win'][0]:.0f} %", _ends(theirs.shares["pay"], wide)] if theirs else ["-", "-"]
        over = [f"{theirs.games} x {theirs.rounds}" if theirs else "-"] if wide else []
        bot = line.bot if wide else _short(line.bot, wide, 20)
        rows.append([_short(line.agent, wide), bot, str(line.rounds), *numbers, pay, *people, *over])
    return plain_table(head, rows)


def _population(found: HabitsFound, wide: bool) -> list[str]:
    head = ["agent", "arena", "bots", "rounds", "return", "lost", "aggregate", "to"]
    rows = []
    for line in found.against_population:
        lost = line.exploitability
        rows.append(
            [
                _short(line.agent, wide),
                _short(line.arena, wide),
                str(line.members),
                str(line.rounds),
                _brief(line.population_return, wide),
                _brief(lost.value, wide) if lost else "-",
                signed(line.population_return.mean - lost.value.mean) if lost else "-",
                _short("/".join(lost.names), wide, 12) if lost else "-",
            ]
        )
    return plain_table(head, rows)


def _chair(found: HabitsFound, habits: ChairHabits, wide: bool) -> list[str]:
    game = found.games[habits.chair.arena]
    return [
        _short(habits.chair.agent, wide),
        _short(habits.chair.arena, wide),
        "any" if game.seats_alike else _short(game.seats[habits.chair.seat], wide, 6),
    ]


def _best(best: BestOfMany | None, wide: bool) -> str:
    if best is None:
        return "-"
    value = _estimate(best.value) if wide else f"{best.value.mean:.3f}"
    return f"{value} {_short('/'.join(best.names), wide, 24 if wide else 9)}"


def _ends(values: tuple[float, float, float], wide: bool) -> str:
    mean, low, _ = values
    return f"{signed(mean)} {plus_minus(mean - low)}" if wide else signed(mean)


def _estimate(estimate: Estimate) -> str:
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

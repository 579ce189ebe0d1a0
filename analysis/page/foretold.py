"""Tables of how a player can be foretold, and of how it does where people or programs did the same."""

from collections.abc import Iterator

from analysis.answered import sign
from analysis.charts.figure import shown
from analysis.contexts import CONTEXTS
from analysis.figures import percent, signed, unsigned
from analysis.habits_found import ChairHabits, HabitsFound
from analysis.habits_legends import BITS, FORETOLD, PEOPLE, POPULATION, SHORT, WORTH
from analysis.page.markup import Html, element
from analysis.page.tables import TOGETHER, UNKNOWN, interval, share, table


def foretold(found: HabitsFound) -> list[Html]:
    """Every table that has something in it, each with its legend."""
    made = [
        *_known(found, "Bits of the next move to who knows", "bits", BITS),
        *_known(found, "Points a round won by who knows that, and no more", "worth", WORTH),
        *_predictors(found),
        *_people(found),
        *_population(found),
        *_exact(found),
    ]
    return (
        [element("details", element("summary", "How it can be foretold, and how people and programs did"), *made)]
        if made
        else []
    )


def _with(made: Html, legend: str) -> Iterator[Html]:
    yield made
    yield element("p", legend, class_="note")


def _known(found: HabitsFound, title: str, measure: str, legend: str) -> Iterator[Html]:
    """A line a chair, a column for each thing that the other may know."""
    names = {reading.context.name for habits in found.chairs for reading in habits.contexts}
    columns = [context.name for context in CONTEXTS if context.name in names]
    rows = []
    for habits in found.chairs:
        if habits.silent:
            continue
        known = {reading.context.name: getattr(reading, measure).mean for reading in habits.contexts}
        cells = [f"{round(known[name], 3) + 0.0:.3f}" if name in known else UNKNOWN for name in columns]
        rows.append([_where(found, habits), *cells, *([unsigned(habits.bits.mean)] if measure == "bits" else [])])
    head = ["", *(SHORT[name] for name in columns), *(["all"] if measure == "bits" else [])]
    if rows:
        yield from _with(table(title, head, rows), legend)


def _predictors(found: HabitsFound) -> Iterator[Html]:
    rows = []
    for habits in found.chairs:
        if habits.predictability is None:
            continue
        best = habits.predictability.hits
        hits = share(best.value) if best else UNKNOWN
        names = " and ".join(shown(name) for name in best.names) if best else UNKNOWN
        bits, rate = habits.predictability.bits, habits.predictability.rate
        code = (interval(bits, sign=False), interval(rate, sign=False) if rate else UNKNOWN)
        certain = percent(habits.sure.mean).replace(" ", TOGETHER)
        rows.append((_where(found, habits), *code, hits, certain, _states(habits), names))
    if rows:
        head = ("", "code", "rate", "hits", "certain", "states", "best predictor")
        yield from _with(table("How well it is foretold", head, rows), FORETOLD)


def _states(habits: ChairHabits) -> str:
    """Of the situations that the last two rounds make, or the last one, how many have a move above 90 %."""
    if habits.sampled:
        return "n/a"
    known = {reading.context.name: reading for reading in habits.contexts}
    reading = next((known[name] for name in ("both_two", "both", "always") if name in known), None)
    return f"{round(reading.certain * reading.situations)} of {reading.situations}" if reading else UNKNOWN


def _people(found: HabitsFound) -> Iterator[Html]:
    rows = []
    for line in found.against_bots:
        theirs = line.people
        people = (share_of(theirs.shares["win"][0]), signed(theirs.shares["pay"][0])) if theirs else (UNKNOWN, UNKNOWN)
        over = f"{theirs.games} × {theirs.rounds}" if theirs else UNKNOWN
        mine = (share(line.shares.win), interval(line.shares.pay))
        rows.append(
            (f"{shown(line.agent)} against {shown(line.bot)}, {shown(line.arena)}", str(line.rounds), *mine, *people, over)
        )
    if rows:
        head = ("", "rounds", "win", "pay", "people win", "people pay", "people: games × rounds")
        yield from _with(table("Against the bots that people met", head, rows), PEOPLE)


def _population(found: HabitsFound) -> Iterator[Html]:
    rows = []
    for line in found.against_population:
        lost = line.exploitability
        worst = (interval(lost.value), " and ".join(shown(name) for name in lost.names)) if lost else (UNKNOWN, UNKNOWN)
        whole = (str(line.members), str(line.rounds), interval(line.population_return))
        rows.append((f"{shown(line.agent)}, {shown(line.arena)}", *whole, *worst))
    if rows:
        head = ("", "bots", "rounds", "return", "lost", "to")
        yield from _with(table("Against the RoShamBo population", head, rows), POPULATION)


def _exact(found: HabitsFound) -> Iterator[Html]:
    rows = [
        (
            f"{shown(line.agent)}, {shown(line.arena)}",
            str(line.seat + 1),
            str(line.rounds),
            "no verdict" if line.silent else f"{line.exploitability:.3f}",
            f"{share_of(line.elsewhere)} of its probability is on no answer" if line.silent else line.plan,
        )
        for line in found.exact
    ]
    if rows:
        yield table("The exact worst case", ("", "seat", "rounds", "points a round", "by"), rows)


def share_of(value: float) -> str:
    """`46.0 %` that stays on one line."""
    return percent(value).replace(" ", TOGETHER)


def _where(found: HabitsFound, habits: ChairHabits) -> str:
    game, chair = found.games[habits.chair.arena], habits.chair
    seat = "" if game.seats_alike else f" as {shown(game.seats[chair.seat])}"
    return f"{shown(chair.agent)}{sign(habits.elsewhere)}, {shown(chair.arena)}{seat}"

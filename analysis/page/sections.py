"""The sections of a report, in their order: figures, tables and words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from analysis.answered import MEANING
from analysis.charts import (
    alignment,
    beats,
    curves,
    diversity,
    leaderboard,
    numbers,
    payoffs,
    rated,
    states,
    strengths,
    tradeoff,
)
from analysis.charts.figure import Figure
from analysis.families import ALL_TASKS
from analysis.habits_legends import EXPLOITABLE
from analysis.page import tables, words
from analysis.page.findings import Findings
from analysis.page.foretold import foretold
from analysis.page.leaders import OVERALL, Line, against, overall
from analysis.page.leaders import leaderboard as arena_leaderboard
from analysis.page.markup import Html, element

Part = TypeVar("Part")
MOST_ARENAS = 24
"""Arenas that have figures of their own."""


LEGEND = (
    "± is half of the 95 % interval over matches; opponents and seats count in equal parts, and so do tasks: an arena, or "
    "several that differ in their wording alone. Entropy: of the move distributions, as a share of the largest. Strict: pay if "
    "whatever is no answer were a forfeit. n/a: cannot be said from single draws, or of who does not answer. Off-menu: "
    "probability on no answer; !: more than 10 % in some round, !!: more than 50 %, of which nothing is concluded. *: sat out "
    "an arena, so that its mean is over other games."
)


@dataclass(frozen=True)
class Section:
    """One section: what stands before its figures, the figures, and what stands after them."""

    name: str
    title: str
    before: Sequence[Html] = ()
    figures: Sequence[Figure] = ()
    after: Sequence[Html] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.before or self.figures or self.after)


def sections(found: Findings) -> list[Section]:
    """Every section that has something in it."""
    made = [
        _answered(found),
        _leaders(found),
        _alignment(found),
        _tradeoff(found),
        _habits(found),
        _numbers(found),
        _payoffs(found),
        _learning(found),
        _players(found),
        _texts(found),
        _ratings(found),
    ]
    return [section for section in made if not section.empty]


def summary(found: Findings) -> Html:
    """What a reader in a hurry needs."""
    parts = [tables.listing(list(words.played(found)))]
    if first := list(words.unanswered(found)):
        parts = [element("h3", "Read this first: who does not answer"), tables.listing(first), *parts]
    parts.append(element("h3", "Who is predictable"))
    parts.append(tables.listing([*words.predictable(found), *words.favourites(found.solo)]))
    if changed := list(words.aligned(found)):
        parts += [element("h3", "What alignment did"), tables.listing(changed)]
    if told := list(words.tells(found)):
        parts.append(element("h3", "The strongest tells"))
        parts.append(tables.listing([f"{agent}, {sentence}." for agent, sentences in told for sentence in sentences]))
    return element("div", *parts)


def _answered(found: Findings) -> Section:
    """How much is on no answer, by round: before everything that rests on it."""
    before = _some(tables.answered(found))
    return Section("answered", "Who answers", [*before, element("p", MEANING, class_="note")] if before else [])


def _leaders(found: Findings) -> Section:
    boards: dict[str, list[Line]] = {}
    if lines := overall(found.means, found.agents, wordings=found.wordings):
        boards[OVERALL] = lines
    for arena in _drawn(found):
        if found.games[arena].scored:
            boards[arena] = arena_leaderboard(found.means, arena, found.agents, found.wordings)
    figure = leaderboard.figure(boards, [*found.wordings, *found.agents])
    shown_lines = [tables.leaders(arena, lines) for arena, lines in boards.items()]
    if not shown_lines:
        return Section("leaderboard", "Leaderboard")
    folded = [*shown_lines[1:], *_some(tables.precision(found))]
    after = [shown_lines[0], element("p", LEGEND, class_="note")]
    if folded:
        after.append(element("details", element("summary", "By arena, and how sure the pay is"), *folded))
    return Section("leaderboard", "Leaderboard", (), _some(figure), after)


def _alignment(found: Findings) -> Section:
    names = [*found.wordings, *found.agents]
    return Section(
        "alignment-of-families",
        "What alignment did",
        (),
        _some(alignment.figure(found.alignment.differences, names)),
    )


def _tradeoff(found: Findings) -> Section:
    after = _some(tables.correlations([line for line in found.alignment.correlations if line.task == ALL_TASKS]))
    if single := tables.correlations([line for line in found.alignment.correlations if line.task != ALL_TASKS]):
        after.append(element("details", element("summary", "By task"), single))
    return Section("trade-off", "The trade-off", (), _some(tradeoff.figure(found.alignment.points)), after)


def _habits(found: Findings) -> Section:
    made = []
    for place, arena in enumerate(_drawn(found), 1):
        if arena in found.habits.games:
            chairs = [chair for chair in found.habits.chairs if chair.chair.arena == arena]
            made += _some(states.figure(f"states-{place}", arena, found.habits.games[arena], chairs))
    table = tables.exploitability(found)
    after = [table, element("p", EXPLOITABLE, class_="note")] if table else []
    after += foretold(found.habits)
    return Section("habits", "Where the tells are", (), made, after)


def _numbers(found: Findings) -> Section:
    return Section("answers", "Random answers", (), numbers.figures(found.solo, [*found.wordings, *found.agents])[:MOST_ARENAS])


def _payoffs(found: Findings) -> Section:
    made = []
    for place, arena in enumerate(_drawn(found), 1):
        if len(found.games[arena].seats) == 2:
            there = set(found.means.names(arena))
            pay = {agent: against(found.means, arena, agent) for agent in found.agents if agent in there}
            made += _some(payoffs.figure(f"payoffs-{place}", arena, pay, [*found.opponents, *found.agents]))
    return Section("payoffs", "Who earns what from whom", (), made)


def _learning(found: Findings) -> Section:
    made = _some(curves.entropy(found.curves.evenness, found.agents))
    opponents = found.opponents or found.agents
    for place, arena in enumerate(_drawn(found), 1):
        made += _some(curves.learning(f"learning-{place}", arena, found.curves.won, found.agents, opponents))
    return Section("rounds", "As a match goes on", (), made)


def _players(found: Findings) -> Section:
    graph, ratings = found.alignment.graph, found.alignment.ratings
    if len(found.alignment.payoffs.names) < 2:
        return Section("players", "Players against players")
    made = [*_some(beats.figure(graph, found.agents)), *_some(strengths.figure(ratings, found.agents))]
    return Section("players", "Players against players", (), made, [element("p", line) for line in words.circles(graph)])


def _texts(found: Findings) -> Section:
    return Section("texts", "Diversity of texts", (), _some(diversity.figure(found.texts, found.agents)))


def _ratings(found: Findings) -> Section:
    before: list[Html] = []
    made: list[Figure] = []
    after: list[Html] = []
    for place, group in enumerate(found.people, 1):
        made += _some(rated.rated(place, group, found.agents))
        after += _some(tables.agreement(group)) if group.people else []
    for place, report in enumerate(found.judges, 1):
        made += _some(rated.judged(place, report, found.agents))
    if made:
        before.append(
            element("p", "People and models that stand in for people are shown apart: a model's taste is not people's.")
        )
    return Section("ratings", "Ratings of the texts", before, made, after)


def _drawn(found: Findings) -> list[str]:
    return found.arenas[:MOST_ARENAS]


def _some(one: Part | None) -> list[Part]:
    return [] if one is None else [one]


def figures(made: Sequence[Section]) -> Iterator[Figure]:
    """All figures of some sections."""
    for section in made:
        yield from section.figures

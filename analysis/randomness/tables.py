"""What the measures of random choices say, as tables: measures as rows, agents as columns, true randomness last."""

import textwrap
from collections.abc import Iterator, Sequence

from analysis.figures import plain_table
from analysis.randomness.blocks import BLANK, blocks, cell, chance_cell, number
from analysis.randomness.collected import STEP_VALUES
from analysis.randomness.indices import NAMES, REPEATS, REPEATS_ANYWHERE
from analysis.randomness.measures import Measure
from analysis.randomness.overall import AFTER, FIRST_ORDER, POOLED
from analysis.randomness.references import references
from analysis.randomness.sequential import AT_STEP, COMMONEST
from analysis.randomness.single import ENTROPY, EXACT, LARGEST, OFF_MENU, PROBABILITY, VARIATION
from arenas.plain_text import printable

MOST_ROWS = 25
"""Most answers whose probabilities are shown one by one."""
LONGEST_WORDING = 1000
LONGEST_WORD = 30
CHANCE = "by chance"
BY_WORDING = (ENTROPY, VARIATION, LARGEST, OFF_MENU)
Found = dict[tuple[str, str, str, str], Measure]
"""Measures of one task by name, agent, wording and key."""


def tables(measures: Sequence[Measure], agents: Sequence[str], width: int) -> Iterator[str]:
    """The lines of the tables of all tasks, none longer than width unless one agent's column is."""
    for task in dict.fromkeys(measure.task for measure in measures):
        of_task = [measure for measure in measures if measure.task == task]
        found = {(m.name, m.agent, m.wording, m.key): m for m in of_task}
        asked = [agent for agent in agents if any(m.agent == agent for m in of_task)]
        yield from ["", f"== {printable(task)} =="]
        for title, lines in [*Page(found, asked, width).sections(), *published(task)]:
            if lines:
                yield from ["", *textwrap.wrap(title, width), *lines]


class Page:
    """The tables of one task."""

    def __init__(self, found: Found, agents: list[str], width: int) -> None:
        self.found, self.agents, self.width = found, agents, width

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """Titles and lines of the tables that have rows."""
        single = not any(name in NAMES for name, *_ in self.found)
        if single:
            yield "the distribution", self.by_name("measure", [*EXACT, OFF_MENU])
        else:
            yield "the distribution at a step, given the answers before, and its mean over steps", self.steps()
            yield "indices of a sequence, mean over sequences", self.by_name("index", NAMES)
            yield "all sequences together", self.together()
        yield "probability of each answer", self.by_key(PROBABILITY, "answer", MOST_ROWS)
        yield "likeliest answer after each answer, and its probability", self.followers()
        yield "share of right guesses", self.by_key("right guesses", "guesser")
        yield "bits lost a guess", self.by_key("bits lost", "guesser")
        yield from self.wordings(BY_WORDING if single else [*STEP_VALUES, NAMES[0]])

    def steps(self) -> list[str]:
        """Means over steps, and some steps alone."""
        rows = [self.row(name, (name, "", "")) for name in (*STEP_VALUES, OFF_MENU)]
        for name in AT_STEP:
            rows += [self.row(f"{name} {key}", (name, "", key)) for key in self.keys(name)]
        return self.block("measure", rows)

    def together(self) -> list[str]:
        """Pooled answers and the mean distribution."""
        commonest = [COMMONEST.format(name) for name in (REPEATS, REPEATS_ANYWHERE)]
        return self.by_name("measure", [POOLED, *(f"{name} overall" for name in EXACT), FIRST_ORDER, *commonest])

    def by_name(self, title: str, names: Sequence[str]) -> list[str]:
        """One row a name; the likeliest answer of each agent stands beside its probability."""
        return self.block(title, [self.row(name.removesuffix(" overall"), (name, "", "")) for name in names])

    def by_key(self, name: str, title: str, most: int | None = None) -> list[str]:
        """One row a key, if there are not more than that."""
        keys = self.keys(name)
        return self.block(title, [self.row(key, (name, "", key)) for key in keys]) if most is None or len(keys) <= most else []

    def followers(self) -> list[str]:
        """The likeliest answer after each."""
        pairs = [key.rpartition(" after ") for key in self.keys(AFTER)]
        rows = []
        for before in dict.fromkeys(before for _, _, before in pairs):
            row = []
            for agent in self.agents:
                given = [self.found.get((AFTER, agent, "", "".join(pair))) for pair in pairs if pair[2] == before]
                known = [measure for measure in given if measure is not None]
                best = max(known, key=lambda measure: measure.value, default=None)
                row.append(f"{short(best.key.rpartition(' after ')[0])} {number(best.value)}" if best else BLANK)
            rows.append([short(before), *row, chance_cell([m for (name, *_), m in self.found.items() if name == AFTER])])
        return self.block("after", rows)

    def wordings(self, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Each of these measures by wording, if there are several."""
        wordings = list(dict.fromkeys(wording for _, _, wording, _ in self.found if wording))
        if not wordings:
            return
        yield "the wordings", [line for place, wording in enumerate(wordings, 1) for line in self.numbered(place, wording)]
        for name in names:
            rows = [self.row(str(place), (name, wording, "")) for place, wording in enumerate(wordings, 1)]
            yield f"{name}, by wording", self.block("wording", [*rows, self.row("mean", (name, "", ""))])

    def numbered(self, place: int, wording: str) -> list[str]:
        """A wording under its number."""
        text = textwrap.shorten(printable(wording), LONGEST_WORDING, placeholder=" ...")
        return textwrap.wrap(f"{place:>3}  {text}", self.width, subsequent_indent=" " * 5)

    def row(self, title: str, place: tuple[str, str, str]) -> list[str]:
        """A title, a cell for each agent and what chance gives; place is a name, a wording and a key."""
        met = [self.at(place, agent) for agent in self.agents]
        return [short(title), *(self.shown(place[0], one) for one in met), chance_cell([one for one in met if one])]

    def at(self, place: tuple[str, str, str], agent: str) -> Measure | None:
        """The measure of an agent; the key of a largest probability is its answer, and so not asked for."""
        name, wording, key = place
        if not name.startswith(LARGEST):
            return self.found.get((name, agent, wording, key))
        return next((m for (n, a, w, _), m in self.found.items() if (n, a, w) == (name, agent, wording)), None)

    def shown(self, name: str, measure: Measure | None) -> str:
        """A cell; a largest probability with its answer."""
        answer = f"{short(measure.key)}: " if measure and measure.key and name.startswith(LARGEST) else ""
        return f"{answer}{cell(measure)}"

    def keys(self, name: str) -> list[str]:
        """The keys of a name, in the order in which they came."""
        return list(dict.fromkeys(key for of, _, wording, key in self.found if of == name and not wording))

    def block(self, title: str, rows: Sequence[Sequence[str]]) -> list[str]:
        """The rows as tables."""
        return blocks(title, [printable(agent) for agent in self.agents], CHANCE, rows, self.width)


def published(task: str) -> Iterator[tuple[str, list[str]]]:
    """The figures that others published of the same task, with their source."""
    known = [figure for figure in references() if figure.task == task]
    for source in dict.fromkeys(figure.source for figure in known):
        rows = [(figure.name, figure.agent, f"{figure.value:g}") for figure in known if figure.source == source]
        yield f"published: {source}", plain_table(("figure", "of", "value"), rows)


LEGEND = (
    "The distributions are the models' own: nothing about a single answer is estimated, and a question asked again in a fresh "
    "context gets the same distribution; where answers are drawn instead, numbers are corrected for how few draws there are. "
    "± is half of a 95 % interval: over wordings for single answers, else over sequences.",
    "off-menu mass: probability on no answer. Where it is above 50 %, in all of a task or at a step, nothing is concluded.",
    "by chance: what independent, equally likely answers give, in brackets the middle 95 % for as many sequences, by "
    "simulation; *: outside of that. Indices that rest on order take words in the order in which they are listed.",
    "chi-square: Pearson's for each sequence, and for all answers together, which grows with their number. How published "
    "figures were counted is not known here; a single sequence of 10 numbers from 0 to 10 has at most 100.",
    "repeats in a row: equal neighbours; anywhere: answers that came at any time before.",
    "right guesses: expected over the distribution; a guesser knows the answers so far, the best guesser is chosen on one half "
    "of the sequences and measured on the other. bits lost: the cross-entropy of its belief, 1 % of it spread evenly.",
)


def short(word: str) -> str:
    """A word that may come from anywhere, as a bounded part of one line."""
    plain = " ".join(printable(word).split())
    return plain if len(plain) <= LONGEST_WORD else f"{plain[: LONGEST_WORD - 3]}..."


def legend(width: int) -> list[str]:
    """What the tables mean, in lines of at most that width."""
    paragraphs = (textwrap.wrap(line, min(width, 128), subsequent_indent="  ") for line in LEGEND)
    return [line for paragraph in paragraphs for line in paragraph]

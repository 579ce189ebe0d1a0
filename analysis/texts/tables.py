"""The diversity of a run's texts as tables and as measures."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from analysis.figures import plain_table
from analysis.randomness.measures import Measure
from analysis.texts.diversity import Diversity, Task, Yardstick, diversity
from analysis.texts.judged import lines as judge_lines
from analysis.texts.judged import reports
from analysis.texts.novelty import GENERATIONS
from analysis.texts.on_task import DEFINITION
from analysis.texts.quantities import Quantity
from arenas.judgement import judgements
from arenas.plain_text import printable
from arenas.store import RunStore

WIDTH = 100
"""Columns of a table; whoever does not fit goes into a table of its own."""
LONGEST_NAME = 32
ON_TASK, WHOLE = "on-task share", "writing"
"""A measure, and the task under which stands what is over all topics."""
MOST_TOPICS = 40
"""Topics that are listed one by one."""
HIDDEN = ("5-grams", "6-grams", "7-grams")
"""Measures that lie between those shown; they are among the measures."""
ARROWS = {"high": " ↑", "low": " ↓", "": ""}
LEGEND = (
    "↑ ↓: diverse texts have more or less of it. In brackets its 95 % interval: topics drawn anew, and texts within them.",
    "All texts on a topic are cut to as many words, and equally many are taken of each agent; shorter ones are left out.",
)


def lines(store: RunStore, yardstick: Yardstick | None = None, width: int = WIDTH) -> Iterator[str]:
    """Tables of the diversity of a run's texts, agents side by side; none if nobody was to write."""
    yield from lines_of(store, diversity(store, yardstick), width)


def lines_of(store: RunStore, found: Diversity, width: int = WIDTH) -> Iterator[str]:
    """The same of what was measured before."""
    agents = [agent for agent in store.config["agents"] if agent in found.agents]
    if not agents:
        return
    yield "== texts =="
    yield from _on_task(found, agents, width)
    if found.tasks:
        yield from ["", *_head(found)]
        yield from _topics(found, agents, width)
        yield from _measured(found, agents, width)
        yield from ["", *LEGEND]
    yield from _blank(found, agents)
    yield from _judges(store)


def measures(store: RunStore, yardstick: Yardstick | None = None) -> list[Measure]:
    """Every measure of every agent, over all topics and on each; numbers that do not exist are NaN."""
    return measures_of(store, diversity(store, yardstick))


def measures_of(store: RunStore, found: Diversity) -> list[Measure]:
    """The same of what was measured before."""
    agents = [agent for agent in store.config["agents"] if agent in found.agents]
    made: list[Measure] = []
    for task, tasks in [(WHOLE, found.tasks), *((one.game.rules(0), (one,)) for one in found.tasks)]:
        for agent in agents:
            texts = sum(len(one.texts.texts.get(agent, ())) for one in tasks)
            made += _of_tasks(found, agent, task, tasks, texts)
    return made


def _of_tasks(found: Diversity, agent: str, task: str, tasks: Sequence[Task], texts: int) -> Iterator[Measure]:
    means, lows, highs = found.estimate(agent, tasks)
    key = "; ".join(sorted({f"{one.texts.words} words" for one in tasks}))
    share = found.share_on_task(agent, () if task == WHOLE else [one.game for one in tasks])
    yield Measure(ON_TASK, agent, share.value, *share.ends, n=share.of, source="lines, length, repeats", task=task)
    for quantity, mean, low, high in zip(found.quantities, means.tolist(), lows.tolist(), highs.tolist(), strict=True):
        yield Measure(quantity.name, agent, mean, low, high, n=texts, source=quantity.source, task=task, key=key)


def _head(found: Diversity) -> list[str]:
    cuts, each = ([getattr(task.texts, name) for task in found.tasks] for name in ("words", "each"))
    count = len(found.tasks)
    return [
        f"{count} topic{'s' * (count > 1)}; texts cut to {_span(cuts)} words, {_span(each)} texts of each agent on a topic",
        f"likeness (Vendi score, mean distance): {_short(found.yardstick.kernel.name, 200)}",
        f"distinct_k, of {GENERATIONS} texts or as many as there are: {_short(found.yardstick.judge.name, 200)}",
    ]


def _on_task(found: Diversity, agents: Sequence[str], width: int) -> Iterator[str]:
    """First of all how many texts are what was asked for: what is not is diverse for nothing."""
    shares = {agent: found.share_on_task(agent) for agent in agents}
    cells = {agent: [f"{_cell(share.value, *share.ends)}", f"{share.on} of {share.of}"] for agent, share in shares.items()}
    yield from _side_by_side(["", ON_TASK, "texts on the task"], cells, width)
    yield from textwrap.wrap(DEFINITION, width)


def _topics(found: Diversity, agents: Sequence[str], width: int) -> Iterator[str]:
    """What was cut and left out, by topic."""
    forms, tasks = {task.game.form for task in found.tasks}, found.tasks[:MOST_TOPICS]
    topics = [task.game.topic if len(forms) == 1 else f"{task.game.topic}, {task.game.form}" for task in tasks]
    rows = [[_short(topic), str(task.texts.words), str(task.texts.each)] for topic, task in zip(topics, tasks, strict=True)]
    cut = plain_table(["topic", "cut", "texts"], rows)
    short = {agent: [str(task.texts.too_short.get(agent, "-")) for task in tasks] for agent in agents}
    yield from ["", "of each topic: words that all texts are cut to, texts compared of each agent, texts that were too short"]
    yield from _side_by_side(cut, short, width)
    if len(found.tasks) > MOST_TOPICS:
        yield f"and {len(found.tasks) - MOST_TOPICS} topics more"


def _measured(found: Diversity, agents: Sequence[str], width: int) -> Iterator[str]:
    estimates = {agent: found.estimate(agent, found.tasks) for agent in agents}
    shown = [
        (place, quantity)
        for place, quantity in enumerate(found.quantities)
        if not quantity.name.endswith(HIDDEN) and any(estimates[agent][0][place] >= 0 for agent in agents)
    ]
    for head in dict.fromkeys(_head_of(quantity) for _, quantity in shown):
        part = [(place, quantity) for place, quantity in shown if _head_of(quantity) == head]
        names = [_short(head), *(quantity.name.split(", ")[0] + ARROWS[quantity.diverse] for _, quantity in part)]
        cells = {agent: [_cell(*(float(each[place]) for each in estimates[agent])) for place, _ in part] for agent in agents}
        yield from ["", *_side_by_side(names, cells, width)]


def _head_of(quantity: Quantity) -> str:
    """The head of the table that a measure stands in: surprisals stand under their model."""
    _, comma, model = quantity.name.partition(", ")
    return f"surprisal, {model}" if comma else "over all topics"


def _side_by_side(names: Sequence[str], cells: Mapping[str, Sequence[str]], width: int) -> Iterator[str]:
    """A column of names with its head, then one of cells for each agent; as many tables as the width needs."""
    agents = list(cells)
    room = width - max(map(len, names))
    while agents:
        used, count = 0, 0
        for agent in agents:
            used += max(map(len, [agent, *cells[agent]])) + 2
            if count and used > room:
                break
            count += 1
        block, agents = agents[:count], agents[count:]
        rows = [[name, *(cells[agent][row] for agent in block)] for row, name in enumerate(names[1:])]
        yield from plain_table([names[0], *block], rows)
        if agents:
            yield ""


def _blank(found: Diversity, agents: Sequence[str]) -> Iterator[str]:
    for agent in agents:
        blank = sum(count for (_, writer), count in found.blank.items() if writer == agent)
        if blank:
            yield f"{agent}: {blank} blank text{'s' * (blank > 1)}"


def _judges(store: RunStore) -> Iterator[str]:
    """What models said of the texts in the place of people."""
    rows = judgements(store.path).all()
    writers = {fixture.id: fixture.line_up[0] for fixture, _ in store.fixtures()} if rows else {}
    for report in reports(rows, writers):
        yield from ["", *judge_lines(report)]


def _cell(mean: float, low: float, high: float) -> str:
    """`.524 [.497, .556]`, `13.8 [10.2, 17.9]`."""
    if not mean >= 0:
        return "-"
    digits = 3 if max(mean, high) < 0.9995 else 2 if max(mean, high) < 9.995 else 1
    shown = [f"{number:.{digits}f}" for number in (mean, low, high)]
    if digits == 3:
        shown = [number.removeprefix("0") for number in shown]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]" if low >= 0 else f"{shown[0]} [?]"


def _short(name: str, longest: int = LONGEST_NAME) -> str:
    """A name that may come from anywhere, as a bounded part of one line."""
    plain = " ".join(printable(name).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _span(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if min(numbers) == max(numbers) else f"{min(numbers)} to {max(numbers)}"

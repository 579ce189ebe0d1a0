"""What each stage of a family changed: differences from the base, paired on the same dice, and the trend over the stages."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.answered import silent
from analysis.interval import Estimate, averaged
from analysis.match_means import Key, MatchMeans, Stratum
from analysis.resampling import Interval, generator_for, holm, mean_estimate, mean_interval, student
from analysis.tasks import Task, tasks_of
from analysis.wordings import Wordings, over_wordings, wordings_of
from arenas.errors import UserError
from arenas.family import Families, check_families
from arenas.history import FloatArray

MEASURES = ("pay", "exploitability", "evenness", "no_answer")
"""What is compared; evenness is the entropy as a share of the largest possible, no_answer the probability on no answer."""
ALL_TASKS = "all tasks"


@dataclass(frozen=True)
class Difference:
    """A stage less its base in one measure, over opponents and seats in equal parts.

    `task` is ALL_TASKS for the mean over tasks in equal parts. `holm` is the p-value corrected for all differences of one
    measure in the run, the means over tasks apart from those of single tasks.
    """

    family: str
    base: str
    stage: str
    task: str
    measure: str
    base_mean: float
    stage_mean: float
    interval: Interval
    holm: float = float("nan")

    @property
    def certain(self) -> bool:
        """Whether there is a difference for sure: after the correction, or because nothing was random."""
        return self.interval.beyond_doubt if self.interval.exact else self.holm < 0.05


@dataclass(frozen=True)
class Trend:
    """The least-squares slope a stage of one measure over a family's stages, which count 0, 1, 2 ...

    `means` of the stages are over what all of them have played.
    """

    family: str
    stages: tuple[str, ...]
    task: str
    measure: str
    means: tuple[float, ...]
    interval: Interval

    @property
    def monotone(self) -> bool:
        """Whether every stage moved the same way."""
        steps = np.diff(self.means)
        return bool((steps > 0).all() or (steps < 0).all())


def families_of(config: Mapping[str, object], given: Sequence[str] = ()) -> Families:
    """The families of a run's configuration, or those given as NAME=base,sft,dpo. Raises `UserError`."""
    agents = config["agents"]
    assert isinstance(agents, Mapping)
    if not given:
        kept = config.get("families", {})
        return check_families(kept if isinstance(kept, Mapping) else {}, [*agents, *wordings_of(config)])
    families: dict[str, list[str]] = {}
    for text in given:
        name, equals, stages = text.partition("=")
        if not equals or not name or not stages:
            raise UserError(f"--family {text}: must be NAME=BASE,STAGE[,STAGE...]")
        if name in families:
            raise UserError(f"--family {text}: there is already a family {name}")
        families[name] = [stage.strip() for stage in stages.split(",")]
    return check_families(families, [*agents, *wordings_of(config)], where="--family")


def choices_of(means: MatchMeans) -> list[Task]:
    """The tasks in which something is chosen: all but those of writing."""
    return [task for task in tasks_of(means.games) if not means.games[task.arenas[0]].free_text]


@dataclass(frozen=True)
class Unanswered:
    """A task of which nothing is concluded about a family, as one of its stages puts so much probability on no answer."""

    family: str
    stage: str
    task: str
    elsewhere: float


def unanswered(means: MatchMeans, families: Families, wordings: Wordings | None = None) -> list[Unanswered]:
    """Every stage at every task at which it does not answer."""
    return [
        Unanswered(family, entrant, task.name, lost)
        for family, stages in families.items()
        for stage in stages
        for entrant in ((wordings or {}).get(stage, {"": stage})).values()
        for task in choices_of(means)
        if silent(lost := means.elsewhere(task.arenas, entrant))
    ]


@dataclass(frozen=True)
class Paired:
    """Matches that are alike but for the stage that plays, asked in one wording: numbers [n, stages]."""

    style: str
    """The prompt style, where the stages play in several."""
    wording: str
    """The arena, where those of a task differ in their wording."""
    values: FloatArray


def differences(means: MatchMeans, families: Families, seed: int, wordings: Wordings | None = None) -> list[Difference]:
    """Every later stage against the base: in each measure and task, and over all tasks; in the same wording each time."""
    found: list[Difference] = []
    for family, stages in families.items():
        for stage in stages[1:]:
            for measure in MEASURES:
                pair = (stages[0], stage)
                for task, parts in _parts(means, pair, measure, stages, wordings or {}):
                    difference = _difference(family, pair, task, measure, parts, seed)
                    found.append(_never_exact(difference) if _sampled(means, pair, wordings or {}) else difference)
    return _corrected(found)


def trends(means: MatchMeans, families: Families, seed: int, wordings: Wordings | None = None) -> list[Trend]:
    """The slope of each measure over the stages of families of at least three."""
    found = []
    for family, stages in families.items():
        for measure in MEASURES if len(stages) > 2 else ():
            for name, parts in _parts(means, stages, measure, stages, wordings or {}):
                position = np.arange(len(stages)) - (len(stages) - 1) / 2
                weights = position / (position @ position)
                interval = _interval(parts, weights, generator_for(seed, "trend"))
                found.append(Trend(family, stages, name, measure, _means(parts), interval))
    return found


def paired(
    means: MatchMeans, arenas: Sequence[str], names: Sequence[str], measure: str, family: Collection[str]
) -> list[FloatArray]:
    """One array [n, names] for each arena, opponent and seat in which all of them have played: their matches of equal repeats.

    Where no repeats are equal, as over runs of several seeds, as many matches of each as there are of the fewest. Matches
    within the family are left out: their dice are not shared.
    """
    found = []
    for arena in arenas:
        strata = [means.strata(arena, name) for name in names]
        shared: set[Key] = set.intersection(*(set(part) for part in strata))
        for key in sorted(shared):
            values = _side_by_side([part[key] for part in strata], measure)
            values = values[~np.isnan(values).any(axis=1)]
            if key[0] not in family and len(values):
                found.append(values)
    return found


def _side_by_side(strata: Sequence[Stratum], measure: str) -> FloatArray:
    repeats = sorted(set.intersection(*(set(stratum.repeats) for stratum in strata)))
    if not repeats:
        # of runs with other seeds: no dice are shared, and any two matches are as good a pair as others
        fewest = min(len(stratum.repeats) for stratum in strata)
        return np.stack([stratum.column(measure)[:fewest] for stratum in strata], axis=1)
    columns = []
    for stratum in strata:
        place = {repeat: row for row, repeat in enumerate(stratum.repeats)}
        columns.append(stratum.column(measure)[[place[repeat] for repeat in repeats]])
    return np.stack(columns, axis=1)


def _in_styles(names: Sequence[str], wordings: Wordings) -> list[tuple[str, tuple[str, ...]]]:
    """Who plays for these stages in each style that all of them play in; themselves where none plays in several."""
    if not any(name in wordings for name in names):
        return [("", tuple(names))]
    shared = [
        style for style in next(wordings[n] for n in names if n in wordings) if all(style in wordings.get(n, ()) for n in names)
    ]
    return [(style, tuple(wordings[name][style] for name in names)) for style in shared]


def _parts(
    means: MatchMeans, names: Sequence[str], measure: str, family: Collection[str], wordings: Wordings
) -> Iterator[tuple[str, list[list[Paired]]]]:
    """Each task in which a measure says something, with its paired matches; last all of them, as parts in equal shares."""
    whole, members = [], {*family, *(entrant for name in family for entrant in wordings.get(name, {}).values())}
    for task in choices_of(means):
        part = []
        for style, entrants in _in_styles(names, wordings) if task.scored or measure != "pay" else ():
            if measure != "no_answer" and any(silent(means.elsewhere(task.arenas, name)) for name in entrants):
                continue
            for arena in task.arenas:
                wording = arena if len(task.arenas) > 1 else ""
                part += [Paired(style, wording, v) for v in paired(means, (arena,), entrants, measure, members)]
        if part:
            whole.append(part)
            yield task.name, [part]
    if whole:
        yield ALL_TASKS, whole


def _difference(
    family: str, pair: tuple[str, str], task: str, measure: str, parts: Sequence[Sequence[Paired]], seed: int
) -> Difference:
    interval = _interval(parts, np.array([-1.0, 1.0]), generator_for(seed, "difference"))
    before, after = _means(parts)
    return Difference(family, *pair, task, measure, before, after, interval)


def _interval(parts: Sequence[Sequence[Paired]], weights: FloatArray, generator: np.random.Generator) -> Interval:
    """The mean of the stages' numbers times weights [stages], over tasks in equal parts.

    Where a task was asked in several wordings, these are a random factor: Student's t over wordings, styles over all tasks.
    """
    if all(len({(one.style, one.wording) for one in part}) == 1 for part in parts):
        return mean_interval([[one.values @ weights for one in part] for part in parts], generator)
    by_style = []
    for style in dict.fromkeys(one.style for part in parts for one in part):
        tasks = [[one for one in part if one.style == style] for part in parts]
        by_style.append(averaged([_over_arenas(task, weights) for task in tasks if task]))
    matches = sum(len(one.values) for part in parts for one in part)
    return student(over_wordings(by_style), matches)


def _over_arenas(part: Sequence[Paired], weights: FloatArray) -> Estimate:
    """The mean over the wordings of one task in one style."""
    wordings = dict.fromkeys(one.wording for one in part)
    return over_wordings(
        [mean_estimate([[one.values @ weights for one in part if one.wording == wording]]) for wording in wordings]
    )


def _sampled(means: MatchMeans, names: Sequence[str], wordings: Wordings) -> bool:
    return any(means.sampled(entrant) for name in names for entrant in (name, *wordings.get(name, {}).values()))


def _never_exact(difference: Difference) -> Difference:
    """Draws that were all alike say nothing of how much others would differ."""
    interval, unknown = difference.interval, float("nan")
    if not interval.exact:
        return difference
    return replace(difference, interval=Interval(interval.mean, unknown, unknown, unknown, interval.matches, unknown))


def _means(parts: Sequence[Sequence[Paired]]) -> tuple[float, ...]:
    """The mean of each column, over parts and their strata in equal shares."""
    by_part = [np.mean([one.values.mean(axis=0) for one in part], axis=0) for part in parts]
    return tuple(np.mean(by_part, axis=0).tolist())


def _corrected(found: list[Difference]) -> list[Difference]:
    groups: dict[tuple[str, bool], list[int]] = {}
    for place, difference in enumerate(found):
        groups.setdefault((difference.measure, difference.task == ALL_TASKS), []).append(place)
    corrected = list(found)
    for places in groups.values():
        for place, p in zip(places, holm([found[place].interval.p for place in places]), strict=True):
            corrected[place] = replace(found[place], holm=p)
    return corrected

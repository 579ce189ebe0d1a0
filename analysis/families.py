"""What each stage of a family changed: differences from the base, paired on the same dice, and the trend over the stages."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.answered import silent
from analysis.match_means import Key, MatchMeans, Stratum
from analysis.resampling import Interval, Strata, generator_for, holm, mean_interval
from analysis.tasks import Task, tasks_of
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
        return check_families(kept if isinstance(kept, Mapping) else {}, list(agents))
    families: dict[str, list[str]] = {}
    for text in given:
        name, equals, stages = text.partition("=")
        if not equals or not name or not stages:
            raise UserError(f"--family {text}: must be NAME=BASE,STAGE[,STAGE...]")
        if name in families:
            raise UserError(f"--family {text}: there is already a family {name}")
        families[name] = [stage.strip() for stage in stages.split(",")]
    return check_families(families, list(agents), where="--family")


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


def unanswered(means: MatchMeans, families: Families) -> list[Unanswered]:
    """Every stage at every task at which it does not answer."""
    return [
        Unanswered(family, stage, task.name, lost)
        for family, stages in families.items()
        for stage in stages
        for task in choices_of(means)
        if silent(lost := means.elsewhere(task.arenas, stage))
    ]


def differences(means: MatchMeans, families: Families, seed: int) -> list[Difference]:
    """Every later stage against the base: in each measure and task, and over all tasks."""
    found: list[Difference] = []
    for family, stages in families.items():
        for stage in stages[1:]:
            for measure in MEASURES:
                pair = (stages[0], stage)
                for task, parts in _parts(means, pair, measure, stages):
                    difference = _difference(family, pair, task, measure, parts, seed)
                    found.append(_never_exact(difference) if any(map(means.sampled, pair)) else difference)
    return _corrected(found)


def trends(means: MatchMeans, families: Families, seed: int) -> list[Trend]:
    """The slope of each measure over the stages of families of at least three."""
    found = []
    for family, stages in families.items():
        for measure in MEASURES if len(stages) > 2 else ():
            for name, parts in _parts(means, stages, measure, stages):
                position = np.arange(len(stages)) - (len(stages) - 1) / 2
                slopes = [[values @ position / (position @ position) for values in strata] for strata in parts]
                interval = mean_interval(slopes, generator_for(seed, "trend"))
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


def _parts(
    means: MatchMeans, names: Sequence[str], measure: str, family: Collection[str]
) -> Iterator[tuple[str, list[list[FloatArray]]]]:
    """Each task in which a measure says something, with its paired matches; last all of them, as parts in equal shares."""
    whole = []
    for task in choices_of(means):
        if measure != "no_answer" and any(silent(means.elsewhere(task.arenas, name)) for name in names):
            continue
        strata = paired(means, task.arenas, names, measure, family) if task.scored or measure != "pay" else []
        if strata:
            whole.append(strata)
            yield task.name, [strata]
    if whole:
        yield ALL_TASKS, whole


def _difference(
    family: str, pair: tuple[str, str], task: str, measure: str, parts: Sequence[Sequence[FloatArray]], seed: int
) -> Difference:
    changes: list[Strata] = [[values[:, 1] - values[:, 0] for values in strata] for strata in parts]
    interval = mean_interval(changes, generator_for(seed, "difference"))
    before, after = _means(parts)
    return Difference(family, *pair, task, measure, before, after, interval)


def _never_exact(difference: Difference) -> Difference:
    """Draws that were all alike say nothing of how much others would differ."""
    interval, unknown = difference.interval, float("nan")
    if not interval.exact:
        return difference
    return replace(difference, interval=Interval(interval.mean, unknown, unknown, unknown, interval.matches, unknown))


def _means(parts: Sequence[Sequence[FloatArray]]) -> tuple[float, ...]:
    """The mean of each column, over parts and their strata in equal shares."""
    return tuple(np.mean([np.mean([values.mean(axis=0) for values in strata], axis=0) for strata in parts], axis=0).tolist())


def _corrected(found: list[Difference]) -> list[Difference]:
    groups: dict[tuple[str, bool], list[int]] = {}
    for place, difference in enumerate(found):
        groups.setdefault((difference.measure, difference.task == ALL_TASKS), []).append(place)
    corrected = list(found)
    for places in groups.values():
        for place, p in zip(places, holm([found[place].interval.p for place in places]), strict=True):
            corrected[place] = replace(found[place], holm=p)
    return corrected

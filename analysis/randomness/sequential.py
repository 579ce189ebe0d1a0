"""Measures of sequences of answers, beside what true randomness would give."""

from collections.abc import Mapping

import numpy as np

from analysis.interval import Estimate, stratified
from analysis.randomness import chance
from analysis.randomness.collected import STEP_VALUES, Kept
from analysis.randomness.indices import INDICES, REPEATS, REPEATS_ANYWHERE
from analysis.randomness.measures import MODE, UNKNOWN, Measure
from analysis.randomness.overall import overall_measures
from analysis.randomness.tasks import Task
from analysis.score import known_mean, over_known

GIVEN = "the model's distributions given what it had said"
COMMONEST = "commonest {}"
AT_STEP = ("entropy at step", "total variation at step")


def sequence_measures(task: Task, agent: str, wordings: Mapping[str, Kept]) -> list[Measure]:
    """The measures over the wordings in equal parts, and where there are several, means over the sequences of each alone."""
    kept = [one for one in wordings.values() if not one.silent]
    if not kept:
        return [_off_menu(task, agent, list(wordings.values()))]
    found = [
        _off_menu(task, agent, list(wordings.values())),
        *_step_means(task, agent, kept),
        *_index_means(task, agent, kept),
        *_commonest(task, agent, kept),
        *overall_measures(task, agent, kept),
        *_along(task, agent, kept),
    ]
    if len(wordings) > 1:
        for wording, one in wordings.items():
            found.append(_off_menu(task, agent, [one], wording))
            if one.silent:
                continue
            found += [*_step_means(task, agent, [one], wording), *_index_means(task, agent, [one], wording)]
    return found


def _step_means(task: Task, agent: str, kept: list[Kept], wording: str = "") -> list[Measure]:
    """Means over steps and sequences of what the distributions say; exact but for which sequences the dice made."""
    even = (np.log2(task.count), 0.0, 1.0 / task.count, 1.0 / task.count)
    n = sum(one.matches for one in kept)
    found = []
    for place, (name, expected) in enumerate(zip(STEP_VALUES, even, strict=True)):
        samples = [sample for one in kept if (sample := one.steps.sample(place)).count]
        if samples:
            found.append(_measured(name, agent, stratified(samples), float(expected), n, GIVEN, task, wording))
    return found


def _off_menu(task: Task, agent: str, kept: list[Kept], wording: str = "") -> Measure:
    mean = Estimate(float(np.mean([one.off_menu / one.matches for one in kept])), UNKNOWN, 0.0)
    n = sum(one.matches for one in kept)
    return _measured("off-menu mass", agent, mean, 0.0, n, "probability put on no answer", task, wording)


def _index_means(task: Task, agent: str, kept: list[Kept], wording: str = "") -> list[Measure]:
    """The mean of every index that some sequence has and that could be otherwise."""
    law = chance.expected(task.length, task.count, sum(one.matches for one in kept))
    found = []
    for place, index in enumerate(INDICES):
        samples = [sample for one in kept if (sample := one.indices.sample(place)).count]
        if not samples:
            continue
        mean, band = stratified(samples), (float(law.low[place]), float(law.high[place]))
        if band[0] == band[1] == mean.mean:
            continue  # it cannot be otherwise, for example the phases of bits
        n = sum(sample.count for sample in samples)
        found.append(_measured(index.name, agent, mean, float(law.mean[place]), n, index.source, task, wording, band))
    return found


def _commonest(task: Task, agent: str, kept: list[Kept]) -> list[Measure]:
    """How many repeats most sequences have, in both ways of counting them; the fewest of several."""
    n = sum(one.matches for one in kept)
    found = []
    for row, name in enumerate((REPEATS, REPEATS_ANYWHERE)):
        mode = float(np.sum([one.repeats[row] for one in kept], axis=0).argmax())
        expected, low, high = chance.expected_mode(task.length, task.count, name, n)
        label = COMMONEST.format(name)
        found.append(Measure(label, agent, mode, UNKNOWN, UNKNOWN, expected, low, high, n, MODE, task.title))
    return found


def _along(task: Task, agent: str, kept: list[Kept]) -> list[Measure]:
    """Mean entropy and distance from uniform at some steps: 1, 2, 5, 10, 20, ... and the last."""
    steps = sorted({step for step in (d * 10**e for e in range(5) for d in (1, 2, 5)) if step < task.length} | {task.length})
    n = sum(one.matches for one in kept)
    found = []
    for name, sums, expected in (
        (AT_STEP[0], [over_known(one.entropy, one.known) for one in kept], np.log2(task.count)),
        (AT_STEP[1], [over_known(one.variation, one.known) for one in kept], 0.0),
    ):
        means = known_mean(np.array(sums), 0)
        for step in (step for step in steps if not np.isnan(means[step - 1])):
            mean = float(means[step - 1])
            found.append(Measure(name, agent, mean, expected=expected, n=n, source=GIVEN, task=task.title, key=str(step)))
    return found


def _measured(
    name: str,
    agent: str,
    mean: Estimate,
    expected: float,
    n: int,
    source: str,
    task: Task,
    wording: str,
    band: tuple[float, float] = (UNKNOWN, UNKNOWN),
) -> Measure:
    low, high = mean.mean - mean.half_width, mean.mean + mean.half_width
    return Measure(name, agent, mean.mean, low, high, expected, *band, n, source, task.title, wording)

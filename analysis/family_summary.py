"""What the differences of all families say together, and in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.families import ALL_TASKS, Difference, Trend
from analysis.figures import signed

SMALLEST_VARIANCE = 1e-12
"""What an effect without any chance in it counts as, so that it does not weigh infinitely much."""

WORDS = {
    "pay": ("earns more than", "earns less than", "pay"),
    "exploitability": ("is more exploitable than", "is less exploitable than", "exploitability"),
    "evenness": ("is less predictable than", "is more predictable than", "entropy"),
    "no_answer": ("answers off the menu more than", "answers off the menu less than", "answers off the menu"),
}
UNITS = {"pay": "a round", "exploitability": "a round", "evenness": "of the largest entropy", "no_answer": "of the probability"}


@dataclass(frozen=True)
class Across:
    """The change from base to last stage over several families, each family an observation; in one measure."""

    measure: str
    families: tuple[str, ...]
    mean: float
    low: float
    high: float
    spread: float
    """The standard deviation of the true changes of families, as estimated."""


def across_families(found: Sequence[Difference]) -> list[Across]:
    """A random-effects meta-analysis of the families' mean changes over all tasks; nothing for a single family.

    Paule & Mandel (1982) for the spread between families, the interval after Hartung & Knapp (2001) with Student's t, never
    narrower than that of the plain random-effects model (Röver et al. 2015): with two families it is very wide, as it must be.
    """
    results = []
    for measure in dict.fromkeys(difference.measure for difference in found):
        last = {
            d.family: d for d in found if d.measure == measure and d.task == ALL_TASKS and not np.isnan(d.interval.variance)
        }
        if len(last) < 2:
            continue
        from statsmodels.stats.meta_analysis import combine_effects  # it takes a second, which few runs need

        effects = np.array([d.interval.mean for d in last.values()])
        variances = np.array([max(d.interval.variance, SMALLEST_VARIANCE) for d in last.values()])
        with np.errstate(divide="ignore", invalid="ignore"):  # of effects that are all equal, in a number not used here
            fit = combine_effects(effects, variances, method_re="iterated")
        half = _student(len(last) - 1) * max(float(fit.sd_eff_w_re_hksj), float(fit.sd_eff_w_re))
        mean = float(fit.mean_effect_re)
        spread = float(np.sqrt(max(float(fit.tau2), 0.0)))
        results.append(Across(measure, tuple(last), mean, mean - half, mean + half, spread))
    return results


def verdicts(found: Sequence[Difference], slopes: Sequence[Trend], across: Sequence[Across]) -> Iterator[str]:
    """The differences, trends and what they say together as sentences."""
    groups: dict[tuple[str, str], dict[str, list[Difference]]] = {}
    for difference in found:
        groups.setdefault((difference.family, difference.stage), {}).setdefault(difference.measure, []).append(difference)
    for measures in groups.values():
        for measure in ("exploitability", "evenness", "pay"):
            if measure in measures:
                yield _stage_in_words(measures[measure])
    yield from (_trend_in_words(slope) for slope in slopes if slope.task == ALL_TASKS and slope.measure == "exploitability")
    yield from _across_in_words(across, len({difference.family for difference in found}))


def _stage_in_words(lines: Sequence[Difference]) -> str:
    """For example `dpo is more exploitable than base in 5 of 5 tasks; over all tasks +0.120 [+0.100, +0.140] a round`."""
    tasks = [line for line in lines if line.task != ALL_TASKS]
    whole = next(line for line in lines if line.task == ALL_TASKS)
    way = 1 if whole.interval.mean >= 0 else -1
    same = [line for line in tasks if line.interval.mean * way > 1e-12]
    exact = sum(line.interval.exact for line in same)
    certain = sum(line.certain for line in same) - exact
    against = [line.task for line in tasks if line.certain and line.interval.mean * way < 0]
    head = f"{whole.stage} {WORDS[whole.measure][0 if way > 0 else 1]} {whole.base}"
    if not same:
        return f"{whole.stage} and {whole.base} do not differ in {WORDS[whole.measure][2]} in any of {_tasks(len(tasks))}"
    counted = f"in {len(same)} of {_tasks(len(tasks))}"
    counts = [f"{certain} beyond doubt"] if certain < len(same) - exact or (exact and certain) else []
    counts += [f"{exact} exact"] if exact and len(tasks) > 1 else []
    sure = f" ({', '.join(counts)})" if counts else ""
    other = f"; the other way in {', '.join(against)}" if against else ""
    doubt = "" if whole.certain else ", which may be chance"
    over = "over all tasks " if len(tasks) > 1 else ""
    return f"{head} {counted}{sure}{other}; {over}{amount(whole)} {UNITS[whole.measure]}{doubt}"


def amount(line: Difference | Trend) -> str:
    """`+0.120 [+0.100, +0.140]`; `exact` or `?` in place of an interval where there is none."""
    interval = line.interval
    if interval.exact:
        return f"{signed(interval.mean)} [exact]"
    if np.isnan(interval.low):
        return f"{signed(interval.mean)} [?]"
    return f"{signed(interval.mean)} [{signed(interval.low)}, {signed(interval.high)}]"


def _trend_in_words(slope: Trend) -> str:
    steps = " -> ".join(f"{stage} {mean:.3f}" for stage, mean in zip(slope.stages, slope.means, strict=True))
    shape = "every stage the same way" if slope.monotone else "not every stage the same way"
    return f"exploitability over the stages, against who is outside the family: {steps}; {amount(slope)} a stage, {shape}"


def _across_in_words(across: Sequence[Across], families: int) -> Iterator[str]:
    if families == 1:
        yield "one family: what holds of families in general cannot be said"
    for line in across:
        if line.measure in ("exploitability", "evenness"):
            interval = f"[{signed(line.low)}, {signed(line.high)}]"
            few = "; two families say little of others" if len(line.families) == 2 else ""
            yield f"over {len(line.families)} families {WORDS[line.measure][2]} changed by {signed(line.mean)} {interval}{few}"


def _tasks(number: int) -> str:
    return f"{number} task{'s' * (number != 1)}"


def _student(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))

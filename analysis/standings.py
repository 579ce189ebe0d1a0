"""Who stands where: each agent's numbers in each arena and over all of them."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from analysis.answered import PERIODS
from analysis.interval import Estimate, Sample, averaged, stratified
from analysis.score import MEASURES, Score
from analysis.tasks import Task
from analysis.wordings import Wordings, folded_names, over_wordings
from arenas.fixture import Fixture
from arenas.history import FloatArray


@dataclass(frozen=True)
class Standing:
    """One line of a leaderboard. Every number is a mean a round, over opponents and seats in equal parts."""

    agent: str
    pay: Estimate
    worst: str
    """The opponent it earned least from; empty in a solo game."""
    worst_pay: float
    exploitability: float
    entropy: float
    evenness: float
    off_menu: float
    unended: float
    forfeit: float
    no_answer: float
    """The probability on no answer in all."""
    strict_pay: float
    """Pay if whatever is no answer were a forfeit, on both sides."""
    matches: int
    rounds: int
    elsewhere: float
    """The probability on no answer where there is most of it: in one seat, in one of `analysis.answered.PERIODS`."""
    partial: bool = False
    """Whether it sat out arenas over which others in the table are averaged, so that its mean is not theirs to compare."""


@dataclass
class Stratum:
    """The matches of one agent in one seat against one opponent: what is random within what is fixed."""

    samples: dict[str, Sample] = field(default_factory=lambda: {name: Sample() for name in MEASURES})
    rounds: int = 0
    elsewhere: FloatArray = field(default_factory=lambda: np.zeros((2, len(PERIODS))))
    """By period the sum over matches of their probability on no answer, and how many got there."""

    def add(self, score: Score) -> None:
        """Take in one match."""
        for name, sample in self.samples.items():
            if not math.isnan(getattr(score, name)):
                sample.add(getattr(score, name))
        self.rounds += score.rounds
        self.elsewhere = self.elsewhere + np.array([score.elsewhere, np.arange(len(PERIODS)) < score.rounds])


class Standings:
    """Numbers of the agents, kept up to date one match at a time.

    A match is the unit, because the rounds of one match depend on each other.
    """

    def __init__(self, agents: Iterable[str], tasks: Sequence[Task], wordings: Wordings | None = None) -> None:
        self._agents = list(agents)
        self._tasks = tuple(tasks)
        self._wordings = wordings or {}
        self._of = folded_names(self._agents, self._wordings)
        self._over: dict[tuple[str, str], dict[tuple[str, int], Stratum]] = {}

    def add(self, fixture: Fixture, scores: Iterable[Score]) -> None:
        """Take in a match that is over: one score a seat."""
        for agent, key, score in _entries(fixture, scores):
            if agent in self._agents:
                self._over.setdefault((fixture.arena, agent), {}).setdefault(key, Stratum()).add(score)

    def with_playing(self, playing: Iterable[tuple[Fixture, list[Score]]]) -> "Standings":
        """A copy in which matches that are not over count with what was played of them; only strata they touch are copied."""
        now = Standings(self._agents, self._tasks, self._wordings)
        now._over = {place: dict(strata) for place, strata in self._over.items()}
        copied: set[tuple[str, str, tuple[str, int]]] = set()
        for fixture, scores in playing:
            for agent, key, score in _entries(fixture, scores):
                if agent not in self._agents:
                    continue
                strata = now._over.setdefault((fixture.arena, agent), {})
                if (fixture.arena, agent, key) not in copied:
                    copied.add((fixture.arena, agent, key))
                    strata[key] = _copied(strata.get(key, Stratum()))
                strata[key].add(score)
        return now

    def arenas(self) -> list[str]:
        """The arenas in which an agent has played."""
        seen = {arena for arena, _ in self._over}
        return [arena for task in self._tasks for arena in task.arenas if arena in seen]

    def arena(self, name: str) -> list[Standing]:
        """The leaderboard of an arena, the most paid first."""
        lines = [_standing(agent, self._over[name, agent]) for agent in self._agents if (name, agent) in self._over]
        return _sorted(self._folded(lines))

    def against(self, arena: str, agent: str) -> dict[str, Estimate]:
        """Mean pay of an agent against each opponent; over its styles, where it plays in several."""
        if agent not in self._wordings:
            return self._against(arena, agent)
        found: dict[str, list[Estimate]] = {}
        for entrant in self._wordings[agent].values():
            for opponent, pay in self._against(arena, entrant).items():
                found.setdefault(self._of.get(opponent, (opponent, ""))[0], []).append(pay)
        return {opponent: over_wordings(parts) for opponent, parts in found.items()}

    def _against(self, arena: str, agent: str) -> dict[str, Estimate]:
        strata = self._over.get((arena, agent), {})
        opponents = dict.fromkeys(opponent for opponent, _ in strata)
        return {
            opponent: stratified([s.samples["pay"] for (other, _), s in strata.items() if other == opponent])
            for opponent in opponents
        }

    def overall(self) -> list[Standing]:
        """The leaderboard over all scored tasks in equal parts, of the agents that have played in them.

        Who has sat out an arena has a mean over other games: such lines are marked `partial` and come last.
        """
        seen = self.arenas()
        played = [[arena for arena in task.arenas if arena in seen] for task in self._tasks if task.scored]
        lines = []
        for agent in self._agents:
            mine = [
                [(arena, _standing(agent, self._over[arena, agent])) for arena in task if (arena, agent) in self._over]
                for task in played
            ]
            if any(mine):
                partial = sum(map(len, mine)) < sum(map(len, played))
                lines.append(_over_tasks(agent, [parts for parts in mine if parts], partial))
        return _sorted(self._folded(lines))

    def _folded(self, lines: Sequence[Standing]) -> list[Standing]:
        """Entrants that are one agent in several styles as one line."""
        groups: dict[str, list[Standing]] = {}
        for line in lines:
            groups.setdefault(self._of[line.agent][0], []).append(line)
        return [_over_styles(agent, parts) if agent in self._wordings else parts[0] for agent, parts in groups.items()]


def _over_styles(agent: str, lines: Sequence[Standing]) -> Standing:
    """The mean over the styles of an agent, of which there might be others."""
    worst = min(lines, key=lambda line: line.worst_pay)
    means: dict[str, Any] = {
        name: float(np.mean([getattr(line, name) for line in lines])) for name in MEASURES if name != "pay"
    }
    return replace(
        worst,
        agent=agent,
        pay=over_wordings([line.pay for line in lines]),
        **means,
        matches=sum(line.matches for line in lines),
        rounds=sum(line.rounds for line in lines),
        elsewhere=max(line.elsewhere for line in lines),
        partial=any(line.partial for line in lines),
    )


def _entries(fixture: Fixture, scores: Iterable[Score]) -> Iterator[tuple[str, tuple[str, int], Score]]:
    for seat, (agent, score) in enumerate(zip(fixture.line_up, scores, strict=True)):
        opponent = fixture.line_up[1 - seat] if len(fixture.line_up) == 2 else ""
        yield agent, (opponent, seat), score


def _copied(stratum: Stratum) -> Stratum:
    samples = {name: Sample(s.count, s.mean, s.squares) for name, s in stratum.samples.items()}
    return Stratum(samples, stratum.rounds, stratum.elsewhere)


def _standing(agent: str, strata: Mapping[tuple[str, int], Stratum]) -> Standing:
    by_opponent: dict[str, list[float]] = {}
    for (opponent, _), stratum in strata.items():
        by_opponent.setdefault(opponent, []).append(stratum.samples["pay"].mean)
    worst = min(by_opponent, key=lambda opponent: float(np.mean(by_opponent[opponent])))
    known = {name: [s.samples[name].mean for s in strata.values() if s.samples[name].count] for name in MEASURES}
    means = {name: float(np.mean(values)) if values else math.nan for name, values in known.items()}
    return Standing(
        agent=agent,
        pay=stratified([stratum.samples["pay"] for stratum in strata.values()]),
        worst=worst,
        worst_pay=float(np.mean(by_opponent[worst])),
        exploitability=means["exploitability"],
        entropy=means["entropy"],
        evenness=means["evenness"],
        off_menu=means["off_menu"],
        unended=means["unended"],
        forfeit=means["forfeit"],
        no_answer=means["no_answer"],
        strict_pay=means["strict_pay"],
        elsewhere=_most_elsewhere(strata),
        matches=sum(stratum.samples["pay"].count for stratum in strata.values()),
        rounds=sum(stratum.rounds for stratum in strata.values()),
    )


def _most_elsewhere(strata: Mapping[tuple[str, int], Stratum]) -> float:
    by_seat: dict[int, list[FloatArray]] = {}
    for (_, seat), stratum in strata.items():
        by_seat.setdefault(seat, []).append(stratum.elsewhere)
    summed = np.array([np.sum(parts, axis=0) for parts in by_seat.values()])  # [seats,2,PERIODS]
    return float((summed[:, 0] / np.maximum(summed[:, 1], 1.0)).max())


def _over_tasks(agent: str, tasks: Sequence[Sequence[tuple[str, Standing]]], partial: bool) -> Standing:
    """The mean over tasks in equal parts, and over the arenas of each."""
    parts = [part for task in tasks for part in task]
    # a solo game has nobody to be worst, and its pay lies on a scale of its own
    arena, worst = min(parts, key=lambda part: (not part[1].worst, part[1].worst_pay))

    def mean(measure: str) -> float:
        # NaN if it cannot be said of one: a mean over fewer tasks is not the others' to compare
        return float(np.mean([np.mean([getattr(line, measure) for _, line in task]) for task in tasks]))

    return Standing(
        agent=agent,
        pay=averaged([averaged([line.pay for _, line in task]) for task in tasks]),
        worst=f"{worst.worst} ({arena})" if worst.worst else "",
        worst_pay=worst.worst_pay,
        exploitability=mean("exploitability"),
        entropy=mean("entropy"),
        evenness=mean("evenness"),
        off_menu=mean("off_menu"),
        unended=mean("unended"),
        forfeit=mean("forfeit"),
        no_answer=mean("no_answer"),
        strict_pay=mean("strict_pay"),
        elsewhere=max(line.elsewhere for _, line in parts),
        matches=sum(line.matches for _, line in parts),
        rounds=sum(line.rounds for _, line in parts),
        partial=partial,
    )


def _sorted(lines: Iterable[Standing]) -> list[Standing]:
    return sorted(lines, key=lambda line: (line.partial, -line.pay.mean, line.agent))

"""Leaderboards with an interval for every number."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.interval import Estimate, averaged, stratified
from analysis.match_means import MatchMeans, Stratum
from analysis.resampling import mean_estimate, sample_of
from analysis.score import MEASURES
from analysis.tasks import tasks_of
from analysis.wordings import Wordings, folded_names, over_wordings

OVERALL = "all tasks"
UNKNOWN = Estimate(math.nan, math.nan, 0.0)


@dataclass(frozen=True)
class Line:
    """One agent in one arena: means a round over opponents and seats in equal parts. Deterministic repeats count once."""

    arena: str
    agent: str
    measures: Mapping[str, Estimate]
    """By the names of `analysis.score.MEASURES`."""
    matches: int
    partial: bool = False
    """Whether it sat out arenas over which others are averaged."""
    elsewhere: float = 0.0
    """The probability on no answer where there is most of it: in one arena, seat and period."""


def leaderboard(means: MatchMeans, arena: str, agents: Sequence[str], wordings: Wordings | None = None) -> list[Line]:
    """The agents that played there, the hardest to exploit first; those in several styles as one."""
    there = set(means.names(arena))
    return _ranked(_folded([_line(means, arena, agent) for agent in agents if agent in there], wordings or {}))


def comparable(means: MatchMeans, agents: Sequence[str]) -> tuple[list[str], list[str]]:
    """The agents whose exploitability is known at all, and the arenas in which it is known of each of these."""
    known = {
        agent: {
            arena
            for arena in means.arenas(scored=True)
            if any(len(s.known("exploitability")) for s in means.strata(arena, agent).values())
        }
        for agent in agents
    }
    able = [agent for agent in agents if known[agent]]
    return able, [arena for arena in means.arenas(scored=True) if able and all(arena in known[agent] for agent in able)]


def overall(
    means: MatchMeans, agents: Sequence[str], arenas: Sequence[str] | None = None, wordings: Wordings | None = None
) -> list[Line]:
    """The agents over the tasks of these arenas, or of all in which pay says anything, in equal parts.

    Who sat one out is marked and last.
    """
    arenas = means.arenas(scored=True) if arenas is None else arenas
    tasks = tasks_of({arena: means.games[arena] for arena in arenas})
    lines = []
    for agent in agents:
        mine = [[_line(means, arena, agent) for arena in task.arenas if agent in means.names(arena)] for task in tasks]
        parts = [task for task in mine if task]
        if parts:
            # NaN if it cannot be said of one task: a mean over fewer is not the others' to compare
            measures = {
                name: averaged([averaged([line.measures[name] for line in task]) for task in parts]) for name in MEASURES
            }
            played = [line for task in parts for line in task]
            matches, most = sum(line.matches for line in played), max(line.elsewhere for line in played)
            lines.append(Line(OVERALL, agent, measures, matches, len(played) < len(arenas), most))
    return _ranked(_folded(lines, wordings or {}))


def _folded(lines: Sequence[Line], wordings: Wordings) -> list[Line]:
    """Entrants that are one agent in several styles as one line: the mean over styles, of which there might be others."""
    of, groups = folded_names([line.agent for line in lines], wordings), dict[str, list[Line]]()
    for line in lines:
        groups.setdefault(of[line.agent][0], []).append(line)
    return [_over_styles(agent, parts) if agent in wordings else parts[0] for agent, parts in groups.items()]


def _over_styles(agent: str, lines: Sequence[Line]) -> Line:
    measures = {name: over_wordings([line.measures[name] for line in lines]) for name in MEASURES}
    matches, partial = sum(line.matches for line in lines), any(line.partial for line in lines)
    return Line(lines[0].arena, agent, measures, matches, partial, max(line.elsewhere for line in lines))


def against(means: MatchMeans, arena: str, agent: str) -> dict[str, Estimate]:
    """An agent's mean pay a round against each opponent, seats in equal parts."""
    by_opponent: dict[str, list[Stratum]] = {}
    for (opponent, _), stratum in means.strata(arena, agent).items():
        by_opponent.setdefault(opponent, []).append(stratum)
    return {
        opponent: stratified([sample_of(stratum.column("pay")) for stratum in strata])
        for opponent, strata in by_opponent.items()
    }


def _line(means: MatchMeans, arena: str, agent: str) -> Line:
    strata = list(means.strata(arena, agent).values())
    known = {name: [values for stratum in strata if len(values := stratum.known(name))] for name in MEASURES}
    measures = {name: mean_estimate([values]) if values else UNKNOWN for name, values in known.items()}
    return Line(
        arena, agent, measures, sum(len(stratum.repeats) for stratum in strata), elsewhere=means.most_elsewhere(arena, agent)
    )


def _ranked(lines: Iterator[Line] | list[Line]) -> list[Line]:
    """By exploitability; who has none comes last of those that are not partial."""

    def rank(line: Line) -> tuple[bool, bool, float, str]:
        value = line.measures["exploitability"].mean
        return line.partial, math.isnan(value), value, line.agent

    return sorted(lines, key=rank)

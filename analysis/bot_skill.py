"""Agents against the bots that people and the RoShamBo population are measured by."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.chairs import sittings
from analysis.halves import BestOfMany, best_of_many
from analysis.interval import Estimate, averaged, stratified
from analysis.people import FIRST, SHARES, People, beside_people, human_means
from analysis.resampling import sample_of
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FloatArray, History
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.opponent import OPPONENTS


@dataclass(frozen=True)
class Shares:
    """Rounds won, drawn and lost, as shares, and pay a round."""

    win: Estimate
    draw: Estimate
    loss: Estimate
    pay: Estimate


@dataclass(frozen=True)
class BotSkill:
    """An agent against one of the bots of Brockbank & Vul 2024, and people, both over the same first rounds.

    rounds: the most that people are measured over and all these matches have reached; where people were measured over none so
    few, `people` is None and the shares are of all that was played, at least `rounds` a match.
    """

    arena: str
    agent: str
    opponent: str
    bot: str
    rounds: int
    matches: int
    shares: Shares
    people: People | None


@dataclass(frozen=True)
class PopulationSkill:
    """An agent against RoShamBo bots it met, in the measures of Lanctot et al. 2023, in points a round.

    population_return: the mean over the bots. exploitability: what the bot that won most from it won, chosen on one half of the
    matches and measured on the other. `members` bots of the 43.
    """

    arena: str
    agent: str
    members: int
    rounds: int
    population_return: Estimate
    exploitability: BestOfMany | None


class SkillGatherer:
    """Means of each match of these agents against bots that people or the RoShamBo population have met.

    Of all rounds played, and of the first ones over which people are measured.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._agents: Collection[str] = list(config["agents"])
        self._bots = {name: bot for kind in ("brockbank_vul", "roshambo") for name, bot in bots(config, kind).items()}
        self._rows: dict[tuple[str, str, str, int], list[tuple[int, int, dict[int, FloatArray]]]] = {}

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        if not self._bots or not isinstance(game, RockPaperScissors):
            return
        t = history.played
        for sitting in sittings(game, fixtures, self._agents):
            for match, seat in zip(sitting.matches.tolist(), sitting.seats.tolist(), strict=True):
                opponent = fixtures[match].line_up[1 - seat]
                if opponent in self._bots:
                    key = (fixtures[match].arena, sitting.chair.agent, opponent, seat)
                    firsts = {rounds: _means(history, match, seat, rounds) for rounds in (*FIRST, t) if rounds <= t}
                    self._rows.setdefault(key, []).append((fixtures[match].repeat, t, firsts))

    def rounds(self, arena: str, agent: str, opponents: Collection[str]) -> int:
        """The fewest that a match against any of these has had."""
        rows = [row for key, rows in self._rows.items() if key[:2] == (arena, agent) and key[2] in opponents for row in rows]
        return min(played for _, played, _ in rows)

    def met(self, wanted: Collection[str]) -> dict[tuple[str, str], list[str]]:
        """By arena and agent the opponents, of those wanted."""
        found: dict[tuple[str, str], list[str]] = {}
        for arena, agent, opponent in sorted({key[:3] for key in self._rows}):
            if opponent in wanted:
                found.setdefault((arena, agent), []).append(opponent)
        return found

    def strata(self, arena: str, agent: str, opponent: str, first: int | None = None) -> list[FloatArray]:
        """Matches [n,SHARES] of each seat in the order of repeats: of so many first rounds, or of all that were played."""
        found = []
        for key, rows in sorted(self._rows.items(), key=lambda item: item[0]):
            if key[:3] == (arena, agent, opponent):
                ordered = sorted(rows, key=lambda row: row[0])
                found.append(np.array([means[first or played] for _, played, means in ordered]))
        return found


def _means(history: History, match: int, seat: int, rounds: int) -> FloatArray:
    """The columns `SHARES` of a match's first rounds."""
    draw = float((history.probs[match, 0, :rounds] * history.probs[match, 1, :rounds]).sum(axis=1).mean())
    pay = float(history.expected[match, seat, :rounds].mean())
    return np.array([(1.0 - draw + pay) / 2, draw, (1.0 - draw - pay) / 2, pay])


def bots(config: Mapping[str, Any], kind: str) -> dict[str, str]:
    """The opponents of a configuration that are bots of a kind, by the name they have there."""
    entries = dict(config.get("opponents", {})).items()
    default: Any = OPPONENTS.get(kind)()
    return {name: str(entry.get("bot", default.bot)) for name, entry in entries if entry.get("opponent") == kind}


def against_bots(skill: SkillGatherer, config: Mapping[str, Any]) -> Iterator[BotSkill]:
    """Every agent against each bot of Brockbank & Vul that it met."""
    known, people = bots(config, "brockbank_vul"), list(human_means())
    for (arena, agent), opponents in skill.met(known).items():
        for opponent in opponents:
            rounds = skill.rounds(arena, agent, [opponent])
            beside = beside_people(people, known[opponent], rounds)
            strata = skill.strata(arena, agent, opponent, beside.rounds if beside else None)
            columns = [stratified([sample_of(values[:, place]) for values in strata]) for place in range(len(SHARES))]
            matches = sum(len(values) for values in strata)
            over = beside.rounds if beside else rounds
            yield BotSkill(arena, agent, opponent, known[opponent], over, matches, Shares(*columns), beside)


def against_population(skill: SkillGatherer, config: Mapping[str, Any]) -> Iterator[PopulationSkill]:
    """Every agent that met RoShamBo bots."""
    for (arena, agent), opponents in skill.met(bots(config, "roshambo")).items():
        met = {opponent: skill.strata(arena, agent, opponent) for opponent in opponents}
        pays = {opponent: [values[:, SHARES.index("pay")] for values in strata] for opponent, strata in met.items()}
        mean = averaged([stratified([sample_of(values) for values in strata]) for strata in pays.values()])
        lost = best_of_many({opponent: [-values for values in strata] for opponent, strata in pays.items()})
        yield PopulationSkill(arena, agent, len(pays), skill.rounds(arena, agent, opponents), mean, lost)

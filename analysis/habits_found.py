"""All that a run says of its agents' habits, as data."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.answered import Answered, Situation
from analysis.bot_skill import BotSkill, PopulationSkill, SkillGatherer, against_bots, against_population
from analysis.chairs import Chair, CountedOnce
from analysis.contexts import ChairContexts, ContextReading, reading
from analysis.exact_values import ExactValue
from analysis.exploitability import Exploitability, MemoryValue, exploitabilities, memory_values
from analysis.gather import gather
from analysis.interval import Estimate, averaged
from analysis.match_means import MatchMeans
from analysis.predictability import MatchSample, Predictability, predictability
from analysis.states import StateGatherer, entropy_and_sureness
from analysis.tells import Tell, strongest
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import History
from arenas.matrix_game import MatrixGame
from arenas.store import RunStore


@dataclass(frozen=True)
class ChairHabits:
    """How a chair moves: what its moves depend on, and how well they can be foretold.

    bits: mean entropy of the distributions played, which is what is left to whoever knows everything. sure: share of rounds
    with a move above 90 %. Both are NaN where distributions are estimated from draws. elsewhere: the mean probability on no
    answer; situations in which that is more than half are in none of the numbers, and a chair that has no others has none.
    """

    chair: Chair
    bits: Estimate
    sure: Estimate
    contexts: tuple[ContextReading, ...]
    predictability: Predictability | None
    elsewhere: float = 0.0
    sampled: bool = False
    """Whether its distributions are estimated from draws or thoughts."""

    @property
    def silent(self) -> bool:
        """Whether nothing is concluded from any of its situations."""
        return not self.contexts


@dataclass(frozen=True)
class HabitsFound:
    """Everything, in the order of the run's configuration."""

    games: dict[str, MatrixGame]
    exploitabilities: tuple[Exploitability, ...]
    memories: tuple[MemoryValue, ...]
    chairs: tuple[ChairHabits, ...]
    tells: dict[str, tuple[Tell, ...]]
    """By agent, the most worth first."""
    against_bots: tuple[BotSkill, ...]
    against_population: tuple[PopulationSkill, ...]
    exact: tuple[ExactValue, ...] = field(default=())
    situations: tuple[Situation, ...] = field(default=())
    """How much of the probability is on no answer, of all agents and arenas that are meant."""

    def memory_value(self, arena: str, agent: str, memory: int) -> Estimate | None:
        """What the best answer to that memory wins over a match, seats in equal parts; None unless all are known."""
        seats = {habits.chair.seat for habits in self.chairs if habits.chair.arena == arena}
        place = (arena, agent, memory)
        found = [line.in_match for line in self.memories if (line.chair.arena, line.chair.agent, line.memory) == place]
        return averaged(found) if found and len(found) == len(seats) else None


class HabitsGatherer:
    """Takes a run in, in one pass, and keeps what `found` needs: sums, numbers of each match, and a sample of the matches.

    Give it the `MatchMeans` that others gather in the same pass, if there is one, so that it is made but once.
    """

    def __init__(self, store: RunStore, means: MatchMeans | None = None) -> None:
        self._config = store.config
        agents = list(self._config["agents"])
        self._means = means or MatchMeans()
        self._states, self._answered = StateGatherer(agents), Answered(agents)
        self._sample = MatchSample(agents, int(self._config.get("seed", 0)))
        self._skill = SkillGatherer(self._config)
        self._once = CountedOnce([self._states, self._sample])
        self._own_means = means is None

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        self._once.add(game, fixtures, history)
        self._skill.add(game, fixtures, history)
        self._answered.add(game, fixtures, history)
        if self._own_means:
            self._means.add(game, fixtures, history)

    def found(
        self, agents: Collection[str] = (), arenas: Collection[str] = (), exact: Iterable[ExactValue] = ()
    ) -> HabitsFound:
        """What there is to say of these agents in these arenas; of all where none are named."""
        order = [agent for agent in self._config["agents"] if not agents or agent in agents]
        places = {arena: place for place, arena in enumerate(self._config["arenas"]) if not arenas or arena in arenas}

        def meant(line: Exploitability | BotSkill | PopulationSkill | ExactValue | Chair) -> bool:
            return line.agent in order and line.arena in places

        def rank(chair: Chair) -> tuple[int, int, int]:
            return order.index(chair.agent), places[chair.arena], chair.seat

        chairs = sorted((chair for chair in self._states.chairs if meant(chair)), key=rank)
        games = self._states.games
        contexts = {chair: ChairContexts(games[chair.arena], chair.seat, self._states.chairs[chair]) for chair in chairs}
        told = {agent: strongest([(c, contexts[c]) for c in chairs if c.agent == agent]) for agent in order}
        return HabitsFound(
            games=games,
            exploitabilities=tuple(line for line in exploitabilities(self._means, self._config) if meant(line)),
            memories=tuple(
                line
                for chair in chairs
                if contexts[chair].sums.counts.any()
                for line in memory_values(games[chair.arena], chair, contexts[chair].sums)
            ),
            chairs=tuple(self._habits(chair, contexts[chair]) for chair in chairs),
            tells={agent: tuple(tells) for agent, tells in told.items()},
            against_bots=tuple(line for line in against_bots(self._skill, self._config) if meant(line)),
            against_population=tuple(line for line in against_population(self._skill, self._config) if meant(line)),
            exact=tuple(line for line in exact if meant(line)),
            situations=tuple(one for one in self._answered.situations() if meant(one.chair)),
        )

    def _habits(self, chair: Chair, contexts: ChairContexts) -> ChairHabits:
        bits, sure = entropy_and_sureness(contexts.sums)
        whole = self._states.chairs[chair]
        lost, sampled = float(whole.lost.sum() / whole.counts.sum()), bool(np.isnan(whole.bits).any())
        read = [contexts.read(context) for context in contexts.known()]
        known = tuple(reading(sums) for sums in read if not sampled or sums.often)
        foretold = predictability(contexts.game, chair, self._sample.chairs[chair]) if known else None
        return ChairHabits(chair, bits, sure, known, foretold, lost, sampled)


def habits_found(store: RunStore) -> HabitsFound:
    """All of a run, in a pass of its own."""
    gatherer = HabitsGatherer(store)
    gather(store, [gatherer])
    return gatherer.found()

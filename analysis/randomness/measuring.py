"""Every measure of the solo choices of a run."""

from analysis.gather import gather
from analysis.randomness.collected import SoloGames
from analysis.randomness.guessing import guess_measures
from analysis.randomness.measures import Measure
from analysis.randomness.sequential import sequence_measures
from analysis.randomness.single import single_measures
from analysis.wordings import wordings_of
from arenas.store import RunStore


def measures(store: RunStore) -> list[Measure]:
    """The measures of a run: by task, then by agent in the order of the configuration."""
    return measured(gathered(store))


def gathered(store: RunStore) -> SoloGames:
    """What the measures need of a run."""
    games = SoloGames(list(store.config["agents"]), wordings_of(store.config))
    gather(store, [games])
    return games


def measured(games: SoloGames) -> list[Measure]:
    """The measures of what was gathered."""
    found = []
    for task in games.tasks():
        for agent in games.agents(task):
            wordings = games.of(task, agent)
            if task.length == 1:
                found += single_measures(task, agent, wordings)
            else:
                found += sequence_measures(task, agent, wordings)
                found += guess_measures(agent, [kept for kept in wordings.values() if not kept.silent])
    return found

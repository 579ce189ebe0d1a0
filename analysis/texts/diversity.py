"""How diverse the texts of every agent of a run are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from analysis.texts.collection import TextGatherer, collected
from analysis.texts.cutting import EqualTexts, cut_equal
from analysis.texts.kernel import Kernel, LexicalKernel
from analysis.texts.novelty import EquivalenceJudge, SharedWords
from analysis.texts.on_task import Share, together
from analysis.texts.quantities import Quantity, TextSet, gram_tables, quantities
from analysis.texts.resampling import TopicResult, on_topic, over_topics
from analysis.texts.rewards import Reward, rewards_from
from analysis.texts.surprise import Surprises
from arenas.dice import match_seed
from arenas.history import FloatArray, IntArray
from arenas.ratings import RatingBook
from arenas.store import RunStore
from arenas.surprisal import surprisals
from arenas.writing import Writing


@dataclass(frozen=True)
class Yardstick:
    """How texts are compared; `words` is the length they are cut to, None for the largest that most texts have."""

    words: int | None = None
    kernel: Kernel = field(default_factory=LexicalKernel)
    judge: EquivalenceJudge = field(default_factory=SharedWords)


@dataclass(frozen=True)
class Task:
    """What was asked for, the texts that are compared, and what each agent's texts came to."""

    game: Writing
    texts: EqualTexts
    results: Mapping[str, TopicResult]
    """By agent; without those who have too few texts."""


@dataclass(frozen=True)
class Diversity:
    """All measures [K] of all agents, by task and over all tasks."""

    yardstick: Yardstick
    quantities: tuple[Quantity, ...]
    tasks: tuple[Task, ...]
    blank: Mapping[tuple[Writing, str], int]
    seed: int
    on_task: Mapping[tuple[Writing, str], Share] = field(default_factory=dict)
    """How many texts are what was asked for at all, by what that was and agent."""

    @property
    def agents(self) -> list[str]:
        """Everyone who wrote something, or nothing where something was asked for."""
        return sorted({agent for task in self.tasks for agent in task.texts.written} | {agent for _, agent in self.blank})

    def share_on_task(self, agent: str, games: Collection[Writing] = ()) -> Share:
        """The share of an agent's texts that are on the task, of these games or of all."""
        return together([share for (game, who), share in self.on_task.items() if who == agent and (not games or game in games)])

    def estimate(self, agent: str, tasks: Sequence[Task]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The mean over tasks [K] and both ends of its 95 % interval, by `resampling.over_topics`; NaN for whoever has none."""
        results = [task.results[agent] for task in tasks if agent in task.results]
        if not results:
            nothing = np.full(len(self.quantities), np.nan)
            return nothing, nothing, nothing
        generator = np.random.default_rng(match_seed(self.seed, f"texts/{agent}"))
        mean, low, high = over_topics(results, generator)
        most = np.array([quantity.most for quantity in self.quantities])
        return mean, np.clip(low, 0.0, most), np.clip(high, 0.0, most)


def diversity(store: RunStore, yardstick: Yardstick | None = None) -> Diversity:
    """Measure the texts of a run. The same for the same run and yardstick."""
    yardstick = yardstick or Yardstick()
    with closing(RatingBook.read(store.path)) as book:
        reward = rewards_from(book.all())
    surprises = Surprises.of(surprisals(store.path).all())
    measures = quantities(surprises.names)
    seed, gatherer = int(store.config["seed"]), collected(store)
    tasks = tuple(_tasks(gatherer, yardstick, reward, surprises, measures, seed))
    return Diversity(yardstick, measures, tasks, gatherer.blank, seed, gatherer.on_task)


def equal_texts(gatherer: TextGatherer, seed: int, words: int | None = None) -> Iterator[tuple[Writing, EqualTexts]]:
    """What was asked for, and the texts that are compared."""
    for game, texts in gatherer.games():
        yield game, cut_equal(texts, match_seed(seed, f"texts/{game.config()}"), words)


def _tasks(
    gatherer: TextGatherer,
    yardstick: Yardstick,
    reward: Reward,
    surprises: Surprises,
    measures: Sequence[Quantity],
    seed: int,
) -> Iterator[Task]:
    relative = np.array([quantity.relative for quantity in measures])
    for game, equal in equal_texts(gatherer, seed, yardstick.words):
        results = {}
        for agent, texts in _text_sets(equal, yardstick, reward, surprises).items():

            def measured(places: IntArray, texts: TextSet = texts) -> FloatArray:
                part = texts.part(places)
                return np.array([quantity.of(part) for quantity in measures])

            generator = np.random.default_rng(match_seed(seed, f"texts/{game.config()}/{agent}"))
            results[agent] = on_topic(measured, relative, len(texts.texts), generator)
        yield Task(game, equal, results)


def _text_sets(equal: EqualTexts, yardstick: Yardstick, reward: Reward, surprises: Surprises) -> dict[str, TextSet]:
    """What is counted in the texts of each agent who has any."""
    writers = {agent: texts for agent, texts in equal.texts.items() if texts}
    if not writers:
        return {}
    grams, vocabulary = gram_tables([text.text for texts in writers.values() for text in texts])
    sets, start = {}, 0
    for agent, texts in writers.items():
        rows, plain = slice(start, start + len(texts)), tuple(text.text for text in texts)
        start += len(texts)
        sets[agent] = TextSet(
            plain,
            {order: each[rows] for order, each in grams.items()},
            vocabulary,
            yardstick.kernel.likeness(plain),
            yardstick.judge.same(plain),
            reward(texts),
            surprises.bits(texts, equal.words),
        )
    return sets

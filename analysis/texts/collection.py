"""The texts of a run, cleaned, by what was asked for and who wrote them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analysis.gather import gather
from analysis.texts.cleaning import clean
from analysis.texts.on_task import Share
from analysis.texts.words import first_words
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import History
from arenas.rating import text_id
from arenas.store import RunStore
from arenas.writing import Writing

MOST_WORDS = 1000
MOST_CHARACTERS = 20_000
"""What is looked at of a text: a run may hold texts of a megabyte, and words of one."""


@dataclass(frozen=True, order=True)
class WrittenText:
    """One text, cleaned, and cut where it has 1000 words or 20,000 characters."""

    arena: str
    repeat: int
    id: str
    """As `arenas.rating.text_id` makes it."""
    text: str


@dataclass
class TextGatherer:
    """Takes in every text of a run; arenas of equal games are one. Blank texts are counted only."""

    shelves: dict[Writing, dict[str, list[WrittenText]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    blank: dict[tuple[Writing, str], int] = field(default_factory=lambda: defaultdict(int))
    on_task: dict[tuple[Writing, str], Share] = field(default_factory=lambda: defaultdict(Share))

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        if not isinstance(game, Writing):
            return
        for fixture, text in zip(fixtures, history.texts[:, 0, 0].tolist(), strict=True):
            agent = fixture.line_up[0]
            self.on_task[game, agent].add(text or "", game)
            cleaned = first_words(clean(text or "", game.lines)[:MOST_CHARACTERS], MOST_WORDS)
            if cleaned:
                written = WrittenText(fixture.arena, fixture.repeat, text_id(fixture.id, 0, 0), cleaned)
                self.shelves[game][agent].append(written)
            else:
                self.blank[game, agent] += 1

    def games(self) -> Iterator[tuple[Writing, dict[str, list[WrittenText]]]]:
        """What was asked for, and the texts by agent in the order of their matches' names and numbers."""
        for game in sorted(self.shelves, key=lambda each: (each.form, each.topic, each.max_tokens, each.lines)):
            yield game, {agent: sorted(texts) for agent, texts in sorted(self.shelves[game].items())}


def collected(store: RunStore) -> TextGatherer:
    """The texts of a run, read in one pass."""
    gatherer = TextGatherer()
    gather(store, [gatherer])
    return gatherer

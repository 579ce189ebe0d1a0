"""All that a report says of one or several runs, as data, from one pass over what was played."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from analysis.alignment_found import AlignmentFindings, alignment_findings
from analysis.answered import Situation
from analysis.answered_table import definition
from analysis.benchmarks import BenchmarkScore, scores_by_agent
from analysis.chairs import CountedOnce
from analysis.combined import Part, parts_of
from analysis.exact_values import ExactValue
from analysis.families import families_of
from analysis.gather import gather
from analysis.habits_found import HabitsFound, HabitsGatherer
from analysis.match_means import MatchMeans
from analysis.page.curves import Curves
from analysis.page.kept_matches import KeptMatches, chosen
from analysis.page.rated import RatedGroup, rated_groups
from analysis.randomness.collected import SoloGames
from analysis.randomness.measures import Measure
from analysis.randomness.measuring import measured
from analysis.texts.judged import JudgeReport, reports
from analysis.texts.tables import measures as text_measures
from analysis.wordings import Wordings, wordings_of
from arenas.game import Game
from arenas.judgement import judgements
from arenas.ratings import RatingBook
from arenas.store import RunStore
from arenas.writing import Writing


@dataclass(frozen=True)
class RunFacts:
    """What was played in one run."""

    name: str
    matches: int
    begun: int
    rounds: int
    seconds: float
    complete: bool


@dataclass(frozen=True)
class Findings:
    """Everything, in the order of the configuration."""

    runs: tuple[RunFacts, ...]
    games: Mapping[str, Game]
    agents: tuple[str, ...]
    opponents: tuple[str, ...]
    notes: tuple[str, ...]
    means: MatchMeans
    habits: HabitsFound
    curves: Curves
    solo: tuple[Measure, ...]
    texts: tuple[Measure, ...]
    matches: KeptMatches
    played: int
    """Matches begun, of all runs together."""
    alignment: AlignmentFindings
    people: tuple[RatedGroup, ...]
    judges: tuple[JudgeReport, ...]
    definition: tuple[str, ...] = ()
    """What an answer's probability is of, where that needs saying."""
    wordings: Wordings = field(default_factory=dict)
    """The agents that play in several styles, with their entrants."""

    @property
    def situations(self) -> tuple[Situation, ...]:
        """How much of the agents' probability is on no answer."""
        return self.habits.situations

    @property
    def arenas(self) -> list[str]:
        """The arenas that were played, in the order of the configuration."""
        seen = set(self.means.arenas())
        return [arena for arena in self.games if arena in seen]


def findings(
    store: RunStore,
    benchmarks: Sequence[BenchmarkScore] = (),
    families: Sequence[str] = (),
    exact: Sequence[ExactValue] = (),
) -> Findings:
    """Read a run, or several as one. Raises `UserError` if the benchmarks or families are of nobody who played."""
    config = store.config
    agents, opponents, seed = tuple(config["agents"]), tuple(config.get("opponents", {})), int(config.get("seed", 0))
    known = families_of(config, families)
    scores = scores_by_agent(benchmarks, config["agents"]) if benchmarks else None
    means, solo, curves = MatchMeans(), SoloGames(agents, wordings_of(config)), Curves(agents)
    habits, kept = HabitsGatherer(store, means), KeptMatches(chosen(store.fixtures(), store.games))
    gather(store, [means, habits, solo, CountedOnce([curves]), kept])
    return Findings(
        runs=tuple(_facts(part) for part in parts_of(store)),
        games=store.games,
        agents=agents,
        opponents=opponents,
        notes=(*(failure.text for failure in store.failures()), *store.notes()),
        means=means,
        habits=habits.found(exact=exact),
        curves=curves,
        solo=tuple(measured(solo)),
        texts=tuple(text_measures(store)) if any(isinstance(game, Writing) for game in means.games.values()) else (),
        matches=kept,
        played=sum(1 for _, played in store.fixtures() if played),
        alignment=alignment_findings(means, config, known, scores),
        people=tuple(group for part in parts_of(store) for group in _people(part, seed)),
        judges=tuple(report for part in parts_of(store) for report in _judges(part)),
        definition=tuple(definition(store)),
        wordings=wordings_of(config),
    )


def _facts(part: Part) -> RunFacts:
    played = [rounds for _, rounds in part.store.fixtures()]
    begun = sum(1 for rounds in played if rounds)
    return RunFacts(part.store.path.name, len(played), begun, sum(played), part.store.play_seconds, part.store.complete())


def _writers(part: Part) -> dict[str, str]:
    """The writer of each match of a run, by the match's own id."""
    games = part.store.games
    return {
        fixture.id: part.names.get(fixture.line_up[0], fixture.line_up[0])
        for fixture, _ in part.store.fixtures()
        if isinstance(games[fixture.arena], Writing)
    }


def _people(part: Part, seed: int) -> list[RatedGroup]:
    with closing(RatingBook.read(part.store.path)) as book:
        ratings = book.all()
    return rated_groups(ratings, _writers(part), seed) if ratings else []


def _judges(part: Part) -> list[JudgeReport]:
    rows = judgements(part.store.path).all()
    return reports(rows, _writers(part)) if rows else []

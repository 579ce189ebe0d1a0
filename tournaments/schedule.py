"""The schedule: who meets whom, and which matches are played in step."""

from collections.abc import Iterator
from itertools import combinations

from arenas.family import families_by_agent
from arenas.fixture import Fixture, Wave
from arenas.wordings import agent_of, meet
from tournaments.config import RunConfig
from tournaments.seating import Roster


def round_robin(config: RunConfig, roster: Roster, arena: str) -> list[Fixture]:
    """Every fixture of an arena, all line-ups once before any twice.

    Agents meet opponents and each other, in both orders where the seats differ; two that foresee never meet, nor
    does one that foresees meet one whose distributions are estimates. Where the order is
    free, agents sit before those who are also opponents, then by name, that of their family where they have one, so that a new
    entrant renames no fixture.
    """
    line_ups = list(_line_ups(config, roster, arena))
    repeats = config.arenas[arena].repeats
    return [Fixture(arena, line_up, repeat) for repeat in range(1, repeats + 1) for line_up in line_ups]


def waves(config: RunConfig, roster: Roster) -> list[Wave]:
    """All fixtures in waves of one arena and at most `rows` chairs, as equal in size as can be, in the order of play."""
    planned: list[Wave] = []
    for name, arena in config.arenas.items():
        fixtures = round_robin(config, roster, name)
        most = max(config.rows // len(arena.game.seats), 1)
        count = -(-len(fixtures) // most)
        for part in range(count):
            chunk = fixtures[part * len(fixtures) // count : (part + 1) * len(fixtures) // count]
            planned.append(Wave(len(planned), name, arena.game.rounds, tuple(chunk)))
    return planned


def _line_ups(config: RunConfig, roster: Roster, arena: str) -> Iterator[tuple[str, ...]]:
    game = config.arenas[arena].game
    if len(game.seats) == 1:
        yield from ((name,) for name in config.agents if (arena, name) not in roster.absent)
        return
    for pair in _pairs(config):
        if roster.foreseers.intersection(pair) and (roster.foreseers | roster.sampled).issuperset(pair):
            continue
        yield pair
        if not game.seats_alike:
            yield pair[::-1]


def _pairs(config: RunConfig) -> Iterator[tuple[str, str]]:
    wordings, family_of = config.wordings, families_by_agent(config.families, config.wordings)

    def place(name: str) -> tuple[bool, str, str]:
        # a family's stages sit in the same seat against the same agent, where their dice are
        return name in config.opponents, family_of.get(name, agent_of(name, wordings)[0]), name

    for one, other in combinations(config.entrants, 2):
        if (one in config.agents or other in config.agents) and meet(one, other, wordings):
            first, second = sorted((one, other), key=place)
            yield first, second

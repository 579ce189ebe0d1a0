"""What a run would take: matches, rounds, tokens and time, before anything is kept."""

import time
from collections.abc import Sequence
from itertools import groupby, islice

from arenas.fixture import Wave
from tournaments.config import RunConfig
from tournaments.leaderboard import duration
from tournaments.seating import Roster
from tournaments.tournament import wave_play

TICKS = 4
"""Rounds of each arena's first wave that are played to see how long a round takes."""


def dry_run(config: RunConfig, roster: Roster, waves: Sequence[Wave]) -> list[str]:
    """The answer as lines. A few rounds of every arena are played to measure the time, and forgotten."""
    lines, total_seconds = [], 0.0
    for arena, group in groupby(waves, key=lambda wave: wave.arena):
        mine = list(group)
        matches = sum(len(wave.fixtures) for wave in mine)
        seconds = _seconds(config, roster, mine)
        total_seconds += seconds
        rounds = matches * mine[0].rounds
        lines.append(
            f"{arena}: {_count(matches, 'match', 'matches')}, {rounds:,} rounds, {_count(len(mine), 'wave', 'waves')}, "
            f"about {duration(seconds)}"
        )
    matches = sum(len(wave.fixtures) for wave in waves)
    rounds = sum(len(wave.fixtures) * wave.rounds for wave in waves)
    lines.append(
        f"all: {_count(matches, 'match', 'matches')}, {rounds:,} rounds, "
        f"about {duration(total_seconds)} of play on this machine"
    )
    for name in roster.agents:
        lines.append(_tokens(name, config, roster, waves))
    return [*lines, "nothing was written (--dry-run)"]


def _seconds(config: RunConfig, roster: Roster, waves: Sequence[Wave]) -> float:
    """Seconds for all waves of an arena: the first round opens the conversations and is counted apart from the others."""
    times = [time.monotonic()]
    for _ in islice(wave_play(config, roster, waves[0]), TICKS):
        times.append(time.monotonic())
    opening = times[1] - times[0]
    later = (times[-1] - times[1]) / max(len(times) - 2, 1)
    share = sum(len(wave.fixtures) for wave in waves) / len(waves[0].fixtures)
    return share * (opening + later * (waves[0].rounds - 1))


def _tokens(name: str, config: RunConfig, roster: Roster, waves: Sequence[Wave]) -> str:
    """Tokens a model reads, and how many of them a round takes."""
    tokens, rounds = 0.0, 0
    for wave in waves:
        game = config.arenas[wave.arena].game
        costs = [roster.agents[name].cost(game, seat) for seat in range(len(game.seats))]
        for fixture in wave.fixtures:
            for seat, entrant in enumerate(fixture.line_up):
                if entrant == name:
                    tokens += costs[seat].opening + costs[seat].per_round * wave.rounds
                    rounds += wave.rounds
    answers = roster.agents[name].model.answer_tokens
    return (
        f"{name}: {tokens:,.0f} tokens, {tokens / max(rounds, 1):.1f} per round; "
        f"reading answers with their forms and ends takes {answers:.1f} more per round"
    )


def _count(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"

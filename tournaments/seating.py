"""Everyone is seated once before anything is played, so that a misfit costs a second and not an hour."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agents.agent import Agent, AgentSpec, load_agents
from agents.threads import fix_threads
from arenas.errors import UserError
from arenas.play import Maker, Table
from arenas.wording import listed
from tournaments.config import Arena, RunConfig


@dataclass(frozen=True)
class Roster:
    """Who takes part: the models and all makers by name, who foresees, and who sits out which solo game."""

    agents: Mapping[str, Agent]
    makers: Mapping[str, Maker]
    foreseers: frozenset[str]
    absent: frozenset[tuple[str, str]]
    """Pairs of arena and entrant."""
    notes: tuple[str, ...]
    sampled: frozenset[str] = frozenset()
    """Whose distributions are estimated from samples: whoever foresees would answer what is not there."""


def seat_everyone(config: RunConfig) -> Roster:
    """Load the models and seat everybody in every arena. Raises `UserError` if a model cannot be loaded or somebody misfits.

    A scripted control that refuses a solo game is left out of it with a note: most of them have nobody to respond to there.
    """
    specs = {name: entrant for name, entrant in config.agents.items() if isinstance(entrant, AgentSpec)}
    specs |= {name: entrant for name, entrant in config.opponents.items() if isinstance(entrant, AgentSpec)}
    fix_threads(config.threads)
    agents = load_agents(specs, config.date)
    makers: dict[str, Maker] = {name: agent.sit for name, agent in agents.items()}
    makers |= {name: entrant.sit for name, entrant in config.entrants.items() if not isinstance(entrant, AgentSpec)}
    refused: dict[tuple[str, str], list[str]] = {}
    foreseers: set[str] = set()
    sampled: set[str] = set()
    absent: set[tuple[str, str]] = set()
    for arena_name, arena in config.arenas.items():
        for name in config.entrants if len(arena.game.seats) == 2 else config.agents:
            refusal = _refusal(arena, name, makers[name], foreseers, sampled)
            if refusal and len(arena.game.seats) == 1 and name not in agents:
                absent.add((arena_name, name))
                refused.setdefault((name, refusal), []).append(arena_name)
            elif refusal:
                raise UserError(f"arenas.{arena_name}: {name} cannot play here: {refusal}")
    notes = [f"{name} sits out {', '.join(arenas)}: {refusal}" for (name, refusal), arenas in refused.items()]
    # what the models have to say of themselves, seams of their tokenizers included, is known once they have sat down
    told = [note for agent in agents.values() for note in agent.notes]
    if foreseers and sampled:
        each = "whose distributions are estimated from samples"
        notes.append(f"{listed(sorted(foreseers), 'and')} is not seated against {listed(sorted(sampled), 'and')}, {each}")
    return Roster(agents, makers, frozenset(foreseers), frozenset(absent), (*told, *notes), frozenset(sampled))


def _refusal(arena: Arena, name: str, maker: Maker, foreseers: set[str], sampled: set[str]) -> str:
    """Why an entrant cannot sit in some seat of an arena; empty if it can."""
    try:
        for seat in range(len(arena.game.seats)):
            player = maker(Table(arena.game, np.array([seat])))
            if player.foresees:
                foreseers.add(name)
            if getattr(player, "sampled", False):
                sampled.add(name)
    except UserError as error:
        return str(error)
    return ""

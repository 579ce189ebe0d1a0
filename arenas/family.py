"""Families: models that are stages of one another, and the dice that they share."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from arenas.errors import UserError, nearest
from arenas.fixture import VERSUS, Fixture
from arenas.wordings import Wordings, agent_of, undivided

Families = Mapping[str, tuple[str, ...]]
"""Each family's agents in stages, the base first."""


def check_families(families: Mapping[str, Sequence[str]], agents: Collection[str], where: str = "families") -> Families:
    """The families as they are, once checked; raises `UserError` that names the place by its dotted path."""
    family_of: dict[str, str] = {}
    for family, stages in families.items():
        if len(stages) < 2:
            raise UserError(f"{where}.{family}: must name at least two agents, the base first, got {len(stages)}")
        for place, name in enumerate(stages):
            if name not in agents:
                raise UserError(f"{where}.{family}.{place}: no agent {name!r}: {nearest(name, agents)}")
            if name in family_of:
                raise UserError(f"{where}.{family}.{place}: {name} is already in the family {family_of[name]}")
            family_of[name] = family
    return {family: tuple(stages) for family, stages in families.items()}


def families_by_agent(families: Families, wordings: Wordings = MappingProxyType({})) -> dict[str, str]:
    """The family of each agent that has one; that of all wordings where it was crossed with them."""
    return {name: undivided(family, stages[0], wordings) for family, stages in families.items() for name in stages}


def dice_id(fixture: Fixture, family_of: Mapping[str, str], wordings: Wordings = MappingProxyType({})) -> str:
    """What a match's dice follow from: its id, where a family stands for its only member in the match, and an agent for each
    of its wordings.

    So the stages of a family meet everybody else on the same dice (common random numbers), which makes their differences
    surer. No other match is changed: no entrant's name can hold the colon. Two of one family keep their own names.
    """
    members = [family_of.get(name) for name in fixture.line_up]
    names = [
        f"family:{family}" if family is not None and members.count(family) == 1 else agent_of(name, wordings)[0]
        for name, family in zip(fixture.line_up, members, strict=True)
    ]
    return f"{fixture.arena}/{VERSUS.join(names)}/{fixture.repeat}"

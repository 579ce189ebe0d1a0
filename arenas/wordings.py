"""Agents that are played in several wordings: each is an entrant of its own, all on one set of dice."""

from collections.abc import Collection, Mapping, Sequence

from arenas.errors import UserError, nearest

Wordings = Mapping[str, tuple[str, ...]]
"""Each agent's entrants, one a wording; agents that meet do so in the same place of their lists."""


def check_wordings(wordings: Mapping[str, Sequence[str]], entrants: Collection[str]) -> Wordings:
    """The wordings as they are, once checked. Raises `UserError` that names the place by its dotted path."""
    first = next(iter(wordings), "")
    for agent, names in wordings.items():
        if agent in entrants:
            raise UserError(f"wordings.{agent}: an entrant has the same name; rename one of them")
        for place, name in enumerate(names):
            if name not in entrants:
                raise UserError(f"wordings.{agent}.{place}: no entrant {name!r}: {nearest(name, entrants)}")
            if not name.startswith(f"{agent}."):
                raise UserError(f"wordings.{agent}.{place}: must begin with {agent + '.'!r}, got {name!r}")
        if len(names) != len(wordings[first]):
            raise UserError(
                f"{agent}.styles: agents meet in the same wording, so each must have as many as {first} "
                f"({len(wordings[first])}), got {len(names)}"
            )
    return {agent: tuple(names) for agent, names in wordings.items()}


def agent_of(entrant: str, wordings: Wordings) -> tuple[str, str]:
    """The agent that an entrant is and the wording that it is played in; the wording is empty for one that has no others."""
    for agent, names in wordings.items():
        if entrant in names:
            return agent, entrant.removeprefix(f"{agent}.")
    return entrant, ""


def meet(one: str, other: str, wordings: Wordings) -> bool:
    """Whether two entrants play each other: agents in several wordings do in the same one, and none meets itself."""
    (first, _), (second, _) = agent_of(one, wordings), agent_of(other, wordings)
    if first not in wordings or second not in wordings:
        return True
    return first != second and wordings[first].index(one) == wordings[second].index(other)


def crossed(families: Mapping[str, Sequence[str]], wordings: Wordings) -> dict[str, list[str]]:
    """Families of entrants: one of agents in several wordings becomes one family a wording, named after the base's.

    A family of entrants stays as it is. Raises `UserError` where some of its stages have wordings and others have none.
    """
    whole: dict[str, list[str]] = {}
    for family, stages in families.items():
        worded = [stage for stage in stages if stage in wordings]
        if not worded:
            whole[family] = list(stages)
            continue
        for place, stage in enumerate(stages):
            if stage not in wordings:
                raise UserError(f"families.{family}.{place}: {stage} needs the key styles, as {worded[0]} has it")
        for place, base in enumerate(wordings[stages[0]]):
            name = f"{family}.{agent_of(base, wordings)[1]}"
            whole[name] = [wordings[stage][place] for stage in stages]
    return whole


def undivided(family: str, base: str, wordings: Wordings) -> str:
    """The family that was crossed with wordings into this one, whose base is given; itself where none was."""
    wording = agent_of(base, wordings)[1]
    return family.removesuffix(f".{wording}") if wording else family

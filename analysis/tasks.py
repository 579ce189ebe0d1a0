"""The tasks of a run: what its means over everything count in equal parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arenas.game import Game


@dataclass(frozen=True)
class Task:
    """One task: an arena, or several whose games differ in their wording alone, which together weigh as much as another."""

    name: str
    arenas: tuple[str, ...]
    scored: bool = True
    """Whether pay means anything there."""


def tasks_of(games: Mapping[str, Game]) -> list[Task]:
    """The tasks of a run's games by arena, in the order of their first arenas."""
    alike: dict[str, list[str]] = {}
    for arena, game in games.items():
        alike.setdefault(repr(_without_wording(game)), []).append(arena)
    return [Task(_common_name(arenas), tuple(arenas), games[arenas[0]].scored) for arenas in alike.values()]


def _without_wording(game: Game) -> list[tuple[str, object]]:
    return sorted((key, value) for key, value in game.config().items() if key != "wording")


def _common_name(arenas: Sequence[str]) -> str:
    """The name of one arena, or what the names of several have in common."""
    if len(arenas) == 1:
        return arenas[0]
    parts = [arena.split(".") for arena in arenas]
    common = [words[0] for words in zip(*parts, strict=False) if len(set(words)) == 1]
    return ".".join(common) or f"{arenas[0]} and {len(arenas) - 1} more"

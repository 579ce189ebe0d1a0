"""Who meets whom: the unit of a schedule."""

from dataclasses import dataclass

VERSUS = "-vs-"


@dataclass(frozen=True)
class Fixture:
    """One match to be played. Its id, and so its seed, follow from it alone."""

    arena: str
    line_up: tuple[str, ...]
    """The entrants' names by seat."""
    repeat: int
    """From 1."""

    @property
    def id(self) -> str:
        """For example `rps/base-vs-cycle/3`."""
        return f"{self.arena}/{VERSUS.join(self.line_up)}/{self.repeat}"


@dataclass(frozen=True)
class Wave:
    """Matches of one arena that are played in step."""

    number: int
    arena: str
    rounds: int
    fixtures: tuple[Fixture, ...]

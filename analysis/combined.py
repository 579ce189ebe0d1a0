"""Several runs read as one, where they were played by the same rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.comparable import check_comparable, identity
from arenas.errors import UserError
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import LOGGED, History
from arenas.record import Record
from arenas.set_aside import Failure
from arenas.store import MOST_ROUNDS, RunStore


@dataclass(frozen=True)
class Part:
    """One run of several: its agents' new names, and what is added to the number of a repeat so that no two matches are one."""

    store: RunStore
    names: Mapping[str, str]
    offset: int
    label: str = ""
    """What tells it from the others."""

    def renamed(self, fixture: Fixture) -> Fixture:
        """The fixture as it is called among all runs."""
        line_up = tuple(self.names.get(name, name) for name in fixture.line_up)
        return Fixture(fixture.arena, line_up, fixture.repeat + self.offset)

    def renamed_note(self, note: str) -> str:
        """A note that begins with an agent's name, by its new one."""
        name, colon, rest = note.partition(":")
        return f"{self.names.get(name, name)}{colon}{rest}"


class CombinedRuns(RunStore):
    """Several runs as one that can be read only; its file is the first run's.

    Agents of one name that are not the same model get the name of their run added. What two runs of one seed both hold was
    played on the same dice and counts once. Made by `combined`, which refuses runs that cannot be compared.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.path = parts[0].store.path
        self.parts = tuple(parts)
        self._lock = None
        first = parts[0].store.config
        self.config: dict[str, Any] = {**first, "agents": {}, "families": {}}
        repeats = {
            arena: sum(int(part.store.config["arenas"][arena]["repeats"]) for part in parts) for arena in first["arenas"]
        }
        self.config["arenas"] = {arena: {**spec, "repeats": repeats[arena]} for arena, spec in first["arenas"].items()}
        for part in parts:
            for name, spec in part.store.config["agents"].items():
                self.config["agents"][part.names.get(name, name)] = spec
        self.config["families"] = _families(parts)
        self.games: dict[str, Game] = parts[0].store.games

    def close(self) -> None:
        """Close every run."""
        for part in self.parts:
            part.store.close()

    @property
    def answers(self) -> str:
        """Of every run: runs of different definitions are not combined."""
        return self.parts[0].store.answers

    @property
    def play_seconds(self) -> float:
        """Of all runs together."""
        return sum(part.store.play_seconds for part in self.parts)

    def complete(self) -> bool:
        """Whether every run is."""
        return all(part.store.complete() for part in self.parts)

    def notes(self) -> list[str]:
        """The notes of every run, each once, by the agents' new names."""
        return list(dict.fromkeys(part.renamed_note(note) for part in self.parts for note in part.store.notes()))

    def failures(self) -> list[Failure]:
        """Of every run, by the agents' new names."""
        return [
            replace(failure, name=part.names.get(failure.name, failure.name))
            for part in self.parts
            for failure in part.store.failures()
        ]

    def fixtures(self, wave: int | None = None) -> Iterator[tuple[Fixture, int]]:
        """Every fixture that counts, by its new name; there are no waves over several runs."""
        if wave is not None:
            raise ValueError("several runs have no common waves")
        for part, known in self._known():
            for fixture, played in part.store.fixtures():
                new = part.renamed(fixture)
                if new.id not in known:
                    yield new, played

    def histories(self, most_rounds: int = MOST_ROUNDS) -> Iterator[tuple[tuple[Fixture, ...], History]]:
        """The matches of every run, those that count."""
        for part, known in self._known():
            for fixtures, history in part.store.histories(most_rounds):
                new = [part.renamed(fixture) for fixture in fixtures]
                kept = [match for match, fixture in enumerate(new) if fixture.id not in known]
                if len(kept) == len(new):
                    yield tuple(new), history
                elif kept:
                    yield tuple(new[match] for match in kept), part_of(history, kept)

    def records(self) -> Iterator[tuple[Fixture, Record]]:
        """Every match that counts, one at a time."""
        for part, known in self._known():
            for fixture, record in part.store.records():
                new = part.renamed(fixture)
                if new.id not in known:
                    yield new, record

    def _known(self) -> Iterator[tuple[Part, set[str]]]:
        """Each run with the matches that earlier ones have given already."""
        known: set[str] = set()
        for place, part in enumerate(self.parts):
            yield part, known
            if any(later.offset == part.offset for later in self.parts[place + 1 :]):
                known = known | {part.renamed(fixture).id for fixture, played in part.store.fixtures() if played}


def part_of(history: History, matches: Sequence[int]) -> History:
    """Some of the matches of a history."""
    rows = list(matches)
    return replace(history, **{name: getattr(history, name)[rows] for name in LOGGED})


def combined(paths: Sequence[Path]) -> RunStore:
    """One run, or several as one. Raises `UserError` that names the first difference if they cannot be compared."""
    for place, path in enumerate(paths):
        if path.resolve() in [other.resolve() for other in paths[:place]]:
            raise UserError(f"{path}: given twice")
    stores: list[RunStore] = []
    try:
        for path in paths:
            store = RunStore.read(path)
            stores.append(store)
            for earlier in stores[:-1]:
                check_comparable(earlier, store)
        return stores[0] if len(stores) == 1 else CombinedRuns(_parts(stores))
    except BaseException:
        for store in stores:
            store.close()
        raise


def parts_of(store: RunStore) -> tuple[Part, ...]:
    """The runs that a store is read from."""
    return store.parts if isinstance(store, CombinedRuns) else (Part(store, {}, 0),)


def _parts(stores: Sequence[RunStore]) -> list[Part]:
    """Each run with the names of its agents: a name that stands for several models gets the name of its run added."""
    models: dict[str, set[str]] = {}
    for store in stores:
        for name in store.config["agents"]:
            models.setdefault(name, set()).add(identity(store, name))
    offsets, parts = _offsets(stores), list[Part]()
    for store, label in zip(stores, _labels(stores), strict=True):
        opponents = store.config.get("opponents", {})
        names = {name: f"{name}@{label}" for name in store.config["agents"] if len(models[name]) > 1 and name not in opponents}
        parts.append(Part(store, names, offsets[_seed(store)], label))
    return parts


def _families(parts: Sequence[Part]) -> dict[str, list[str]]:
    """The families of all runs. Stages of later runs come after those of earlier ones that have the same base.

    An agent belongs to the first family that names it.
    """
    found: dict[str, list[str]] = {}
    for part in parts:
        for family, members in part.store.config.get("families", {}).items():
            stages = [part.names.get(name, name) for name in members]
            taken = {name for names in found.values() for name in names}
            fresh = [name for name in stages if name not in taken]
            if family in found and found[family][0] == stages[0]:
                found[family] += fresh
            elif len(fresh) > 1 and fresh[0] == stages[0]:
                found[family if family not in found else f"{family}@{part.label}"] = fresh
    return found


def _offsets(stores: Sequence[RunStore]) -> dict[int, int]:
    """What is added to the number of a repeat, by seed: repeats of another seed are other matches."""
    most: dict[int, int] = {}
    for store in stores:
        repeats = max(int(spec.get("repeats", 1)) for spec in store.config["arenas"].values())
        most[_seed(store)] = max(most.get(_seed(store), 0), repeats)
    return dict(zip(most, np.cumsum([0, *most.values()]).tolist(), strict=False))


def _seed(store: RunStore) -> int:
    return int(store.config.get("seed", 0))


def _labels(stores: Sequence[RunStore]) -> list[str]:
    """What tells the files apart: their names without the parts that all begin or end with, numbered where they are equal."""
    parts = [store.path.stem.split("-") for store in stores]
    for end in (0, -1):
        while all(len(part) > 1 and part[end] == parts[0][end] for part in parts):
            for part in parts:
                part.pop(end)
    names = ["-".join(part) for part in parts]
    return [name if names.count(name) == 1 else f"{name}-{place + 1}" for place, name in enumerate(names)]

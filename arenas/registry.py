"""Names that a configuration may use, each registered beside the thing it names."""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Generic, TypeVar

from arenas.errors import UserError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """A table from names to things of one kind, filled by the decorator `register`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Register the decorated thing under `name`; a name taken twice is a bug."""

        def keep(thing: T) -> T:
            if name in self._things:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._things[name] = thing
            return thing

        return keep

    def get(self, name: str) -> T:
        """The thing called `name`; `UserError` with the nearest known name if there is none."""
        if name not in self._things:
            raise UserError(f"unknown {self.kind} {name!r}: {nearest(name, self._things)}")
        return self._things[name]

    def names(self) -> list[str]:
        """All registered names, sorted."""
        return sorted(self._things)

    def name_of(self, thing: T) -> str:
        """The name under which `thing` was registered."""
        return next(name for name, known in self._things.items() if known is thing)


def import_all(package: str, path: list[str]) -> None:
    """Import every module of a package, so that each file registers what it holds and no second list is kept."""
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")

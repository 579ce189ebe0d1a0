"""No rating and no table depends on the order in which matches, agents or ratings come, or on what anybody is called."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from planted import RPS, planted_history

from analysis.alignment_found import alignment_findings
from analysis.benchmarks import BenchmarkScore
from analysis.exploitability import exploitabilities
from analysis.match_means import MatchMeans
from arenas.fixture import Fixture

AGENTS, OPPONENTS = ("base", "sft", "dpo", "other", "third"), ("x", "y", "z")
OTHER_NAMES = dict(zip((*AGENTS, *OPPONENTS), ("w9", "a1", "z0", "m5", "b2", "q3", "c4", "k7"), strict=True))
SAME_NAMES = {name: name for name in OTHER_NAMES}
ARENAS = ("one", "two")
Match = tuple[str, str, str, int, float, tuple[float, ...]]
"""Arena, first and second, repeat, points of the first, and the distribution that the first played."""


def matches() -> list[Match]:
    """Everybody against everybody in two arenas, the agents first, with luck in all of it."""
    rng = np.random.default_rng(1)
    names = (*AGENTS, *OPPONENTS)
    level = dict(zip(names, rng.normal(0, 0.3, len(names)).tolist(), strict=True))
    return [
        (arena, one, two, repeat, level[one] - level[two] + float(rng.normal(0, 0.4)), tuple(rng.dirichlet([4, 2, 1]).tolist()))
        for arena in ARENAS
        for place, one in enumerate(AGENTS)
        for two in names[place + 1 :]
        for repeat in range(1, 7)
    ]


def found(rows: list[Match], names: Mapping[str, str]) -> dict[str, Any]:
    """All findings of these matches, taken in one at a time, in the given names."""
    means = MatchMeans()
    for arena, one, two, repeat, pay, probs in rows:
        game = type(RPS)(rounds=1 + ARENAS.index(arena))
        history = planted_history(game, [pay], [[list(probs), [1 / 3] * 3]])
        means.add(game, [Fixture(arena, (names[one], names[two]), repeat)], history)
    config = {
        "seed": 5,
        "agents": {names[name]: {} for name in AGENTS},
        "opponents": {names[name]: {"opponent": "uniform"} for name in OPPONENTS},
    }
    scores = {"test": {names[name]: BenchmarkScore(names[name], "test", float(n * n), "here") for n, name in enumerate(AGENTS)}}
    families = {"trio": tuple(names[name] for name in AGENTS[:3]), "duo": tuple(names[name] for name in AGENTS[3:])}
    alignment = alignment_findings(means, config, families, scores)
    back = {new: old for old, new in names.items()}
    return {
        **{part.name: table(getattr(alignment, part.name), back) for part in fields(alignment) if part.name not in LEFT_OUT},
        "pay": {
            (back[a], back[b]): float(alignment.payoffs.mean[i, j])
            for i, a in enumerate(alignment.payoffs.names)
            for j, b in enumerate(alignment.payoffs.names)
        },
        "exploitabilities": table(tuple(exploitabilities(means, config)), back),
    }


LEFT_OUT = ("payoffs", "families", "wanted", "graph")


def table(value: Any, back: Mapping[str, str]) -> Any:
    """A finding with its names turned back; lists become sets of lines by what is named in them."""
    if is_dataclass(value):
        return {part.name: table(getattr(value, part.name), back) for part in fields(value)}
    if isinstance(value, str):
        return back.get(value, value)
    if isinstance(value, tuple | list):
        lines = [table(each, back) for each in value]
        return {named(line): line for line in lines} if lines and isinstance(lines[0], dict) else lines
    return value


def named(line: Mapping[str, Any]) -> str:
    """The words of a line."""
    return repr(
        [part for part in line.values() if isinstance(part, str) or (isinstance(part, list) and part == [*map(str, part)])]
    )


def numbers(value: Any, place: str = "") -> dict[str, float]:
    """Every number of a finding by its place."""
    if isinstance(value, dict):
        parts = [numbers(part, f"{place}/{key}") for key, part in value.items()]
    elif isinstance(value, list):
        parts = [numbers(part, f"{place}/{key}") for key, part in enumerate(value)]
    else:
        return {place: float(value)} if isinstance(value, int | float) else {}
    return {key: number for part in parts for key, number in part.items()}


@pytest.fixture(scope="module")
def before() -> dict[str, float]:
    """As it should be."""
    return numbers(found(matches(), SAME_NAMES))


def test_there_is_something_to_compare(before: dict[str, float]) -> None:
    """Every table is there, with its intervals."""
    tables = ("differences", "trends", "across", "points", "correlations", "ratings", "precisions", "pay", "exploitabilities")
    for name in tables:
        assert sum(place.startswith(f"/{name}/") for place in before) > 4, name
    for name in ("bradley_terry", "elo", "alpha_rank", "nash", "nash_weights"):
        assert sum(place.startswith(f"/ratings/{name}/") for place in before) >= 8, name


@pytest.mark.parametrize("names", [SAME_NAMES, OTHER_NAMES], ids=["order", "names"])
def test_nothing_depends_on_order_or_names(names: Mapping[str, str], before: dict[str, float]) -> None:
    rows = matches()
    order = np.random.default_rng(2).permutation(len(rows))
    after = numbers(found([rows[place] for place in order], names))
    assert after.keys() == before.keys()
    for place, number in before.items():
        assert after[place] == pytest.approx(number, abs=2e-4 if "nash" in place else 1e-6, nan_ok=True), place

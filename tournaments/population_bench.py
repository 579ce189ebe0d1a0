"""Every player on the scale of the RoShamBo population: `tells bench --population`."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context

import numpy as np

from analysis.figures import plain_table
from analysis.population import PopulationScore, outsider_score, population_scores
from arenas.dice import Dice, match_seed
from arenas.errors import UserError
from arenas.history import FloatArray, History
from arenas.play import play, take_seats
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.opponent import OPPONENTS, Opponent
from opponents.roshambo import bot_names

ROUNDS = 1000


def population_report(outsiders: Mapping[str, Opponent], games: int, processes: int = 0) -> Iterator[str]:
    """Lines of a table of the 43 bots among themselves and of each outsider against them, `games` matches of 1,000 rounds a
    pair; expected points, standard errors from the games."""
    names = bot_names()
    if not names:
        raise UserError("this OpenSpiel has no RoShamBo bots (its Windows wheel has none)")
    pairs = list(combinations(names, 2)) + [(outsider, bot) for outsider in outsiders for bot in names]
    with ProcessPoolExecutor(processes or os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        members = [tuple(_member(name, outsiders) for name in pair) for pair in pairs]
        paid = np.array(list(pool.map(_paid, pairs, members, [games] * len(pairs), chunksize=8)))  # [pairs, games]
    means = dict(zip(pairs, paid.mean(axis=1), strict=True))
    # against itself everybody earns 0, by symmetry
    table = np.array([[means.get((a, b), 0.0 - means.get((b, a), 0.0)) for b in names] for a in names])
    inside = population_scores(names, table)
    outside = [outsider_score(name, np.array([means[name, bot] for bot in names]), names) for name in outsiders]
    errors = paid.std(axis=1, ddof=1) / np.sqrt(games) if games > 1 else np.full(len(pairs), np.nan)
    error_of = {
        n: float(np.sqrt(sum(e**2 for p, e in zip(pairs, errors, strict=True) if p[0] == n)) / len(names)) for n in outsiders
    }
    yield f"{games} matches of {ROUNDS} rounds a pair, points a match; own players against the {len(names)} bots"
    yield from _lines([*inside, *outside], error_of)


def _lines(scores: list[PopulationScore], error_of: Mapping[str, float]) -> list[str]:
    rows = []
    for score in sorted(scores, key=lambda s: -s.aggregate):
        error = f" ± {error_of[score.name]:.1f}" if score.name in error_of else ""
        own = "tells" if score.name in error_of else "RoShamBo"
        rows.append([score.name, own, f"{score.population_return:.1f}{error}", f"{score.exploitability:.1f}", score.worst])
        rows[-1].append(f"{score.aggregate:.1f}")
    return plain_table(["player", "from", "PopulationReturn", "WithinPopExpl", "to", "Aggregate"], rows)


def _member(name: str, outsiders: Mapping[str, Opponent]) -> Opponent:
    return outsiders[name] if name in outsiders else OPPONENTS.get("roshambo")(bot=name)  # type: ignore[call-arg]


def _paid(pair: tuple[str, str], members: tuple[Opponent, Opponent], games: int) -> FloatArray:
    """Points [games] of the first of a pair over each match."""
    game = RockPaperScissors(rounds=ROUNDS)
    dice = Dice.roll([match_seed(1, f"{pair}/{number}") for number in range(games)], 2, ROUNDS)
    chairs = np.tile([0, 1], (games, 1))
    history: History
    *_, history = play(game, take_seats(game, [member.sit for member in members], chairs), dice)
    return np.asarray(history.expected[:, 0].sum(axis=1))

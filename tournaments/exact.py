"""The exact worst case of every agent in a short game: `python -m tournaments.exact CONFIG.yaml|RUN.sqlite`."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path
from typing import Annotated

import typer

from analysis.answered import marked, sign, silent
from analysis.application import application
from analysis.best_response import WorstCase, worst_case
from analysis.exact_values import ExactValue, write_exact
from analysis.figures import percent, plain_table, signed
from arenas.bounds import within
from arenas.command_line import one_line_errors
from arenas.dice import match_seed
from arenas.errors import UserError, nearest
from arenas.matrix_game import MatrixGame
from arenas.store import RunStore
from tournaments.config import Arena, RunConfig, config_of, load_config
from tournaments.game_tree import GameTree
from tournaments.seating import seat_everyone

NO_VERDICT = "no verdict: it does not answer"


@one_line_errors
def exact(
    source: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG.yaml|RUN]", help="Default: the tournament that ships.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of the game that is solved; each is 9 times the work in 3x3 games.")] = 4,
    agent: Annotated[list[str] | None, typer.Option(help="Only this agent; may be given again.")] = None,
    arena: Annotated[list[str] | None, typer.Option(help="Only this arena; may be given again.")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change the configuration.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results to a file for `tells habits`, too.")
    ] = None,
) -> None:
    """What an opponent who knows an agent through and through would win from it in so many rounds, exactly.

    The agent is asked for its distribution at every history, and the best response is found by backward induction.
    """
    within("--rounds", rounds, 1, 100)
    config = shortened(configuration(source, change or []), rounds, agent or [], arena or [])
    for name, arena_config in config.arenas.items():
        for seat in seats_to_solve(arena_config.game):
            GameTree(matrix(arena_config), seat)  # a tree too large is refused before a model is loaded
        print(f"{name}: {rounds} rounds of {arena_config.game.config()['game']}")
    started = time.monotonic()
    cases = list(worst_cases(config))
    if json is not None:
        write_exact(json, [ExactValue(name, of, *astuple(worst)) for of, name, worst in cases])
    print("\n".join([*unanswered(cases), *table(cases)]))
    print("\nexploitable: points a round beyond the game's value that a best response wins; it knows every probability")
    print("plan: its first moves and, in brackets, the agent's likeliest answer")
    print(f"{len(cases)} games solved in {time.monotonic() - started:.1f} s")


def configuration(source: Path | None, changes: list[str]) -> RunConfig:
    """The configuration in a YAML file, the packaged one, or the one a run was played with. Raises `UserError`."""
    if source is None or source.suffix in (".yaml", ".yml"):
        return load_config(source, changes)
    if changes:
        raise UserError("--set changes a configuration, and a run has been played already: leave it out")
    with closing(RunStore.read(source)) as store:
        return config_of(store.config)


def shortened(config: RunConfig, rounds: int, agents: list[str], arenas: list[str]) -> RunConfig:
    """The agents and matrix games that are meant, or all, without opponents and with so many rounds. Raises `UserError`."""
    able = {
        name: replace(arena, game=replace(arena.game, rounds=rounds))  # type: ignore[type-var]
        for name, arena in config.arenas.items()
        if isinstance(arena.game, MatrixGame)
    }
    if not able:
        raise UserError("no arena has a payoff matrix, and only those can be solved")
    return replace(
        config,
        agents={name: config.agents[name] for name in _meant("agent", agents, list(config.agents))},
        arenas={name: able[name] for name in _meant("arena with a payoff matrix", arenas, list(able))},
        opponents={},
    )


def worst_cases(config: RunConfig) -> Iterator[tuple[str, str, WorstCase]]:
    """Agent, arena and worst case, for every seat that makes a difference."""
    roster = seat_everyone(config)
    for agent in config.agents:
        for name, arena in config.arenas.items():
            for seat in seats_to_solve(arena.game):
                tree = GameTree(matrix(arena), seat)
                seed = match_seed(config.seed, f"exact/{name}/{agent}")
                try:
                    policy, lost = tree.asked(roster.makers[agent], seed, config.rows)
                except UserError as error:
                    raise UserError(f"{agent} in {name}: {error}") from error
                yield agent, name, worst_case(tree.game, seat, policy, lost)


def seats_to_solve(game: object) -> range:
    """The seats of a game; the first alone where seats make no difference."""
    assert isinstance(game, MatrixGame)
    return range(1 if game.seats_alike else 2)


def matrix(arena: Arena) -> MatrixGame:
    """The arena's game, known to have a payoff matrix."""
    assert isinstance(arena.game, MatrixGame)
    return arena.game


def table(cases: list[tuple[str, str, WorstCase]]) -> list[str]:
    """One line a game, the most exploitable first; no value and no plan where they rest on rounds without an answer."""
    ordered = sorted(cases, key=lambda case: (silent(case[2].elsewhere), -case[2].exploitability))
    rows = [
        [agent, arena, str(w.seat + 1), *(("n/a", NO_VERDICT) if silent(w.elsewhere) else (_value(w), w.plan))]
        for agent, arena, w in ordered
    ]
    lines = plain_table(["agent", "arena", "seat", "exploitable"], [row[:4] for row in rows])
    return [f"{line}  {plan}" for line, plan in zip(lines, ["plan", *(row[4] for row in rows)], strict=True)]


def unanswered(cases: list[tuple[str, str, WorstCase]]) -> Iterator[str]:
    """Which of the values rest on rounds in which the agent does not answer, or hardly does."""
    for agent, arena, worst in cases:
        if marked(worst.elsewhere):
            said = f"{agent} in {arena}, seat {worst.seat + 1}: in a round that the best response comes to, "
            said += f"{percent(worst.elsewhere)} of its probability is on no answer"
            yield f"{said}; no verdict" if silent(worst.elsewhere) else f"{said} (!)"


def _value(worst: WorstCase) -> str:
    return f"{signed(worst.exploitability)}{sign(worst.elsewhere)}"


def _meant(kind: str, asked: list[str], known: list[str]) -> list[str]:
    for name in asked:
        if name not in known:
            raise UserError(f"no {kind} {name!r}: {nearest(name, known)}")
    return asked or known


app = application(exact)

if __name__ == "__main__":
    app()

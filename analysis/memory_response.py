"""What a patient opponent can win from a player who remembers the last few rounds: `python -m analysis.memory_response RUN`."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.application import application
from analysis.best_response import stage_payoff
from analysis.figures import plain_table, signed
from arenas.bounds import within
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.history import FloatArray
from arenas.matrix_game import MatrixGame
from arenas.record import Record
from arenas.store import RunStore
from opponents.memory_process import average_reward, finite_horizon

MOST_SUMS = 10_000_000
"""The largest number of terms in one sweep over the states."""


@dataclass(frozen=True)
class MemoryPolicy:
    """A player's mean distribution after each context of up to k rounds: probs[t] [(m n)^t, n], and how much of it was seen.

    A context is a number in base m n, the oldest round first; a round of the other's action a and the player's b is the digit
    a n + b, as in `opponents.memory_process`.
    """

    probs: tuple[FloatArray, ...]
    seen: float
    """Share of the longest contexts that came up in the matches."""

    @property
    def memory(self) -> int:
        """k."""
        return len(self.probs) - 1


@dataclass(frozen=True)
class PatientWorstCase:
    """What the best response to a memory policy wins, in points a round beyond the game's value; never below 0."""

    rounds: int
    in_match: float
    """Over a match of so many rounds."""
    low: float
    """For ever, at least."""
    high: float
    """For ever, at most."""


def memory_policy(game: MatrixGame, seat: int, chairs: Iterable[tuple[Record, int]], memory: int) -> MemoryPolicy:
    """The mean distribution of a player after each context, over all rounds that have one.

    chairs: its matches, with the seat it had; all of them are `seat`, or seats alike.

    The longest context that came up counts; each starts as one observation of the next shorter one, so that a context seen once
    does not pass for a habit.
    """
    m, n = len(game.actions[1 - seat]), len(game.actions[seat])
    parts = [(record.chosen[1 - own] * n + record.chosen[own], record.probs[own, :, :n]) for record, own in chairs]
    policy: list[FloatArray] = []
    shorter, seen = np.full((1, n), 1.0 / n), 0.0
    for t in range(memory + 1):
        states = (m * n) ** t
        sums, counts = np.zeros((states, n)), np.zeros(states)
        for digits, probs in parts:
            if len(digits) > t:
                windows = (
                    np.lib.stride_tricks.sliding_window_view(digits, t)[:-1] if t else np.zeros((len(digits), 0), np.int64)
                )
                contexts = (windows * (m * n) ** np.arange(t - 1, -1, -1)).sum(axis=1).astype(np.int64)
                np.add.at(sums, contexts, probs[t:])
                np.add.at(counts, contexts, 1)
        shorter = (sums + np.tile(shorter, (states // len(shorter), 1))) / (counts + 1)[:, None]
        policy.append(shorter)
        seen = float((counts > 0).mean())
    return MemoryPolicy(tuple(policy), seen)


def patient_worst_case(game: MatrixGame, seat: int, policy: MemoryPolicy) -> PatientWorstCase:
    """What a best response to the player in `seat` wins, in a match and for ever."""
    responder = 1 - seat
    payoff, value = stage_payoff(game, responder), game.value(responder)
    best = average_reward(payoff, policy.probs[-1], tolerance=1e-6, most_sweeps=2000)
    whole = finite_horizon(payoff, policy.probs[:-1], policy.probs[-1], game.rounds) / game.rounds
    return PatientWorstCase(game.rounds, *(max(gain - value, 0.0) for gain in (whole, best.low, best.high)))


@one_line_errors
def memory_response(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The file of a run.")],
    memory: Annotated[int, typer.Option(help="Rounds the players are taken to remember, 1 to 5.")] = 2,
) -> None:
    """What a patient opponent who knows how each agent answers the last rounds would win from it.

    Read off a run's distributions: contexts that never came up are taken for the next shorter ones.
    """
    within("--memory", memory, 1, 5)
    with closing(RunStore.read(run)) as store:
        rows = list(table_rows(store, memory))
    if not rows:
        raise UserError(f"{run}: no agent has played a game with a payoff matrix")
    head = ["agent", "arena", "seat", "in a match", "for ever", "contexts seen"]
    print("\n".join(plain_table(head, rows)))
    print(f"\npoints a round beyond the game's value that the best response to a memory of {memory} wins")


def table_rows(store: RunStore, memory: int) -> Iterator[list[str]]:
    """One row for each agent, arena and seat, the most exploitable of an arena first."""
    games = {arena: game for arena, game in store.games.items() if isinstance(game, MatrixGame)}
    for arena, game in games.items():
        if game.width ** (2 * memory + 2) > MOST_SUMS:
            raise UserError(
                f"--memory {memory} has too many states in {arena} with its {game.width} actions: choose a smaller one"
            )
    played: dict[tuple[str, str, int], list[tuple[Record, int]]] = {}
    for fixture, record in store.records():
        for seat, name in enumerate(fixture.line_up):
            if fixture.arena in games and name in store.config["agents"]:
                alike = games[fixture.arena].seats_alike
                played.setdefault((fixture.arena, name, 0 if alike else seat), []).append((record, seat))
    for arena, game in games.items():
        found = []
        for (_, agent, seat), chairs in ((key, chairs) for key, chairs in played.items() if key[0] == arena):
            policy = memory_policy(game, seat, chairs, memory)
            found.append((patient_worst_case(game, seat, policy), agent, seat, policy.seen))
        for worst, agent, seat, seen in sorted(found, key=lambda case: (-case[0].in_match, case[1:])):
            sure = worst.high - worst.low < 5e-4
            for_ever = signed(worst.low) if sure else f"{signed(worst.low)} to {signed(worst.high)}"
            where = "any" if game.seats_alike else str(seat + 1)
            yield [
                agent,
                arena,
                where,
                signed(worst.in_match),
                for_ever,
                f"{100 * seen:.0f} %",
            ]


app = application(memory_response)

if __name__ == "__main__":
    app()

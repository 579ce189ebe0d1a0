"""What a patient opponent can win from a player who remembers the last few rounds: `python -m analysis.memory_response RUN`."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.answered import MARK, elsewhere, sign
from analysis.application import application
from analysis.best_response import stage_payoff
from analysis.figures import plain_table, signed
from analysis.gather import gather
from analysis.states import StateGatherer, StateSums, shares
from arenas.bounds import within
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.forfeits import equally_answered
from arenas.history import FloatArray, IntArray
from arenas.matrix_game import MatrixGame
from arenas.record import Record
from arenas.store import RunStore
from opponents.memory_process import average_reward, finite_horizon, worth_of_actions

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
    """
    sums = StateSums(len(game.actions[1 - seat]), len(game.actions[seat]), memory, groups=1)
    for record, own in chairs:
        for _, rounds in equally_answered(record.chosen[None]):
            moves = record.chosen[:, rounds]
            mine = (np.array([[own]]), rounds)
            lost = elsewhere(record.off_menu[mine], record.unended[mine], record.forfeit[mine])
            kept = (moves[None, 1 - own], moves[None, own], record.probs[mine], lost, record.samples[mine])
            sums.add(np.zeros(1, np.int64), *kept)
    return policy_of(sums.answered(), memory)


def policy_of(sums: StateSums, memory: int, groups: IntArray | None = None) -> MemoryPolicy:
    """The policy of a chair that remembers so many rounds, from all its groups of matches or those given.

    The longest context that came up counts; each starts as one observation of the next shorter one, so that a context seen once
    does not pass for a habit.
    """
    policy: list[FloatArray] = []
    shorter, seen = np.full((1, sums.n), 1.0 / sums.n), 0.0
    for length in range(memory + 1):
        counts, probs = sums.last(length, groups)
        shorter = (probs + np.tile(shorter, (len(counts) // len(shorter), 1))) / (counts + 1)[:, None]
        policy.append(shorter)
        seen = float((counts > 0).mean())
    return MemoryPolicy(tuple(policy), seen)


def patient_worst_case(game: MatrixGame, seat: int, policy: MemoryPolicy) -> PatientWorstCase:
    """What a best response to the player in `seat` wins, in a match and for ever."""
    responder = 1 - seat
    best = average_reward(stage_payoff(game, responder), policy.probs[-1], tolerance=1e-6, most_sweeps=2000)
    low, high = (max(gain - game.value(responder), 0.0) for gain in (best.low, best.high))
    return PatientWorstCase(game.rounds, gain_in_match(game, seat, policy), low, high)


def gain_in_match(game: MatrixGame, seat: int, policy: MemoryPolicy) -> float:
    """Points a round beyond the game's value that a best response wins over a match; never below 0."""
    responder = 1 - seat
    points = finite_horizon(stage_payoff(game, responder), policy.probs[:-1], policy.probs[-1], game.rounds)
    return max(points / game.rounds - game.value(responder), 0.0)


def gain_of_plan(game: MatrixGame, seat: int, expected: MemoryPolicy, met: MemoryPolicy) -> float:
    """Points a round beyond the game's value, over a match, that the best response to one policy wins from another.

    Both remember the same number of rounds, at least one.
    """
    payoff = stage_payoff(game, 1 - seat)
    later: FloatArray = np.zeros((2, len(met.probs[min(met.memory, game.rounds)])))  # what was expected to come, and what comes
    for t in reversed(range(game.rounds)):
        known = min(t, met.memory)
        probs = np.stack([expected.probs[known], met.probs[known]])  # [2,S,n]
        if t >= met.memory:
            worth = worth_of_actions(payoff, probs, later)
        else:
            worth = probs @ payoff.T + np.einsum("psn,psmn->psm", probs, later.reshape(*probs.shape[:2], *payoff.shape))
        actions = worth[0].argmax(axis=1)
        later = worth[:, np.arange(len(actions)), actions]
    return float(later[1, 0]) / game.rounds - game.value(1 - seat)


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
    if any("!" in cell for row in rows for cell in row):
        print(f"!: more than {100 * MARK:.0f} % of its probability is on no answer; !!: so much that nothing is concluded")


def table_rows(store: RunStore, memory: int) -> Iterator[list[str]]:
    """One row for each agent, arena and seat, the most exploitable of an arena first."""
    games = {arena: game for arena, game in store.games.items() if isinstance(game, MatrixGame)}
    for arena, game in games.items():
        if game.width ** (2 * memory + 2) > MOST_SUMS:
            raise UserError(
                f"--memory {memory} has too many states in {arena} with its {game.width} actions: choose a smaller one"
            )
    states = StateGatherer(list(store.config["agents"]), memory, groups=1)
    gather(store, [states])
    for arena, game in games.items():
        found, silenced = [], list[list[str]]()
        for chair, sums in states.chairs.items():
            if chair.arena != arena:
                continue
            answered, where = sums.answered(), "any" if game.seats_alike else str(chair.seat + 1)
            name = chair.agent + sign(float(shares(sums.lost.sum(), sums.counts.sum())))
            if not answered.counts.any():
                silenced.append([name, arena, where, "no verdict", "-", "-"])
                continue
            policy = policy_of(answered, memory)
            found.append((patient_worst_case(game, chair.seat, policy), name, where, policy.seen))
        for worst, name, where, seen in sorted(found, key=lambda case: (-case[0].in_match, case[1:])):
            sure = worst.high - worst.low < 5e-4
            for_ever = signed(worst.low) if sure else f"{signed(worst.low)} to {signed(worst.high)}"
            yield [name, arena, where, signed(worst.in_match), for_ever, f"{100 * seen:.0f} %"]
        yield from silenced


app = application(memory_response)

if __name__ == "__main__":
    app()

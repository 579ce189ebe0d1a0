"""Whether a model says what its probabilities say: `python -m tournaments.check_answers MODEL`."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from agents.agent import Agent, AgentSpec, load_agents
from agents.questions import Question, ReadAndSpoken, read_and_spoken
from analysis.agreement import SURE, Agreement, agreement, total_variation
from analysis.application import application
from analysis.figures import percent, plain_table
from arenas.bounds import within
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.game import Game
from tournaments.config import load_config
from tournaments.named_model import named_model

ROUNDS = (1, 2, 10)
"""The rounds that are asked of a repeated game."""
Row = tuple[str, str, int, int, ReadAndSpoken, Agreement]
"""Style, arena, seat, round, what was read and said, and how they agree."""


@one_line_errors
def check_answers(
    model: Annotated[str, typer.Argument(metavar="AGENT|MODEL", help="An agent of the configuration, or any model.")],
    config: Annotated[
        Path | None, typer.Option("--config", metavar="CONFIG.yaml", help="Whose arenas are asked. Default: those that ship.")
    ] = None,
    style: Annotated[list[str] | None, typer.Option(help="Prompt style; repeatable. Default: the agent's own.")] = None,
    samples: Annotated[int, typer.Option(help="Spoken answers to each question.")] = 2000,
    answers: Annotated[int, typer.Option(help="Go on until so many of them are answers.")] = 500,
    most: Annotated[int, typer.Option(help="But give no more than this.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Random seed of the rounds before and of what is said.")] = 1,
) -> None:
    """Compare the answers that are read from a model's probabilities with what it says, on the same prompts.

    A spoken answer counts as it does when it is read: one of the style's forms and its end. What a lenient reader would take
    for an answer, the only action named, is printed beside it.
    """
    within("--samples", samples, 1, 1_000_000)
    within("--most", most, samples, 10_000_000)
    within("--answers", answers, 0, most)
    page = load_config(config)
    games = {name: arena.game for name, arena in page.arenas.items() if not arena.game.free_text}
    if not games:
        raise UserError("no arena asks for one of several answers, and only those can be read")
    spec = named_model(page, model)
    rows: list[Row] = []
    for agent in _in_styles(spec, style):
        for name, question in questions(games, seed):
            found = read_and_spoken(agent, question, samples, answers, most)
            agreed = agreement(found.read, found.strict, found.samples)
            rows.append((agent.style.name, name, question.seat, question.round, found, agreed))
            print(f"{agent.style.name} {name} round {question.round + 1}: asked", file=sys.stderr, flush=True)
    print("\n".join(table(rows, games)))
    print("\n".join(["", *verdict(rows)]))


def questions(games: dict[str, Game], seed: int) -> Iterator[tuple[str, Question]]:
    """Rounds 1, 2 and 10, as far as there are, of every seat in every game, with its arena."""
    for name, game in games.items():
        for seat in range(1 if game.seats_alike else len(game.seats)):
            for number in ROUNDS:
                if number <= game.rounds:
                    yield name, Question(game, seat, number - 1, seed)


def table(rows: list[Row], games: dict[str, Game]) -> list[str]:
    """A line a question."""
    head = ["style", "arena", "seat", "round", "read: none", "spoken: none", "answers", "p", "p none", "lenient: none", "TV"]
    lines = []
    for style, name, seat, number, found, agreed in rows:
        spoken = f"{percent(agreed.off)} [{100 * agreed.off_low:.1f}, {100 * agreed.off_high:.1f}]"
        lenient = percent(1.0 - found.lenient.sum() / found.samples)
        lines.append(
            [
                *(style, name, games[name].seats[seat], str(number + 1), percent(agreed.read_off), spoken),
                *(f"{agreed.answers:,}", f"{agreed.p_answers:.3f}", f"{agreed.p_share:.3f}"),
                *(lenient, f"{total_variation(found.read, found.lenient):.3f}"),
            ]
        )
    return plain_table(head, lines)


def verdict(rows: list[Row]) -> list[str]:
    """Two lines: whether read and spoken answers agree, and what a lenient reader would add."""
    agreed = [row[5] for row in rows]
    held = sum(one.holds for one in agreed)
    furthest = max(abs(one.off - one.read_off) for one in agreed)
    wide = max(total_variation(row[4].read, row[4].lenient) for row in rows)
    more = max((row[4].lenient.sum() - row[4].strict.sum()) / row[4].samples for row in rows)
    return [
        f"read and spoken answers agree in {held} of {len(rows)} questions (p > {SURE:g} in both tests); "
        f"their shares of non-answers differ by at most {100 * furthest:.1f} points",
        f"a lenient reader takes up to {100 * more:.1f} % more of what is said for an answer; "
        f"its distribution is up to {wide:.2f} (total variation) from the one that is read",
    ]


def _in_styles(spec: AgentSpec, styles: list[str] | None) -> Iterator[Agent]:
    """The agent in each style; its weights are loaded once."""
    yield from load_agents({style: replace(spec, style=style) for style in styles or [spec.style]}).values()


app = application(check_answers)

if __name__ == "__main__":
    app()

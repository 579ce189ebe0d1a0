"""What the fields of a prompt's templates stand for."""

import re
from typing import Any

from arenas.game import Game
from arenas.matrix_game import MatrixGame
from arenas.solo_choice import SoloChoice
from arenas.wording import listed
from arenas.writing import Writing

LONGEST_LIST = 12
"""Actions a prompt lists one by one; longer lists are shortened to their first and last."""


def common_fields(game: Game, seat: int) -> dict[str, Any]:
    """What every template may speak of."""
    words = game.actions[seat]
    shown = listed(words) if len(words) <= LONGEST_LIST else f"{words[0]} to {words[-1]}"
    one, many = game.things if isinstance(game, SoloChoice) else ("choice", "choices")
    asked = one if game.rounds == 1 else many
    called = {"thing": one, "things": many, "Thing": one.capitalize(), "Things": many.capitalize()}
    called |= {"asked": asked, "Asked": asked.capitalize()}
    return {"rounds": game.rounds, "actions": shown, "range": _range(words) or shown, "seat": game.seats[seat], **called}


def _range(words: tuple[str, ...]) -> str:
    """`0 to 10` where the words are three or more whole numbers one after another; else empty."""
    if len(words) < 3 or not re.fullmatch(r"-?[0-9]+", words[0]):
        return ""
    first = int(words[0])
    return f"{words[0]} to {words[-1]}" if words == tuple(map(str, range(first, first + len(words)))) else ""


def task_fields(topic: str, form: str) -> dict[str, str]:
    """A writing task's own fields."""
    return {"topic": topic, "form": form, "Topic": _capital(topic), "Form": _capital(form)}


def pay_of(game: Game, seat: int, mine: str, theirs: str) -> float:
    """The points that an example's round is worth; 0 in games against nobody."""
    if not isinstance(game, MatrixGame):
        return 0.0
    return float(game.payoff[seat, game.actions[seat].index(mine), game.actions[1 - seat].index(theirs)])


def topic_of(game: Game) -> str:
    """What a writing task asks to write about; empty for other games."""
    return game.topic if isinstance(game, Writing) else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

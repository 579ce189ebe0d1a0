"""Other ways to ask for numbers and words at random, and to list them, than the prompts used in play."""

import numpy as np

from agents.organisms.wordings import pick
from arenas.random_number import RandomNumber
from arenas.solo_choice import SoloChoice
from arenas.wording import listed

ONE_NUMBER = (
    "A number from {low} to {high}: {x}", "Pick a number between {low} and {high}. I pick {x}.",
    "Random ({low}-{high}): {x}", "Think of a number from {low} to {high}.\n{x}", "Between {low} and {high} I choose {x}.",
    "The number drawn from {low} to {high} was {x}.", "Q: a random number, {low} to {high}?\nA: {x}",
    "My number is {x}.",
)  # fmt: skip
NUMBERS = (
    "Random numbers from {low} to {high}: {list}", "{n} numbers between {low} and {high}: {list}", "{list}",
    "Drawn from {low} to {high}: {list}", "Numbers ({low}-{high}):\n{list}", "List of {n}: {list}", "Lottery: {list}",
    "Digits and numbers from {low} to {high}. {list}", "Q: {n} random numbers, {low} to {high}?\nA: {list}",
)  # fmt: skip
ONE_WORD = (
    "One of {words}: {x}", "Of {words} I choose {x}.", "Q: {words}?\nA: {x}", "From {words} she picked {x}.", "My word is {x}.",
)  # fmt: skip
WORDS = (
    "Drawn from {words}: {list}", "{n} times {words}: {list}", "{list}", "Q: {words}, {n} times?\nA: {list}",
    "Words ({words}):\n{list}", "A row of {words}. {list}",
)  # fmt: skip
JOINS = (", ", " ", "; ", "\n", " - ", ",")
ASKED_ONE_NUMBER = (
    "Pick a number between {low} and {high}.", "Name a random number from {low} to {high}.",
    "A number from {low} to {high}?", "Think of a number from {low} to {high} and tell me.",
    "Give me one number, {low} to {high}.", "Choose from {low} to {high}.",
    "Say a number between {low} and {high}, at random.", "Random number, {low}-{high}, please.",
)  # fmt: skip
ASKED_NUMBERS = (
    "Let us name numbers from {low} to {high}, one at a time. Begin.",
    "Give me random numbers, {low} to {high}, one by one.", "I need {n} numbers between {low} and {high}. The first?",
    "Numbers from {low} to {high}, please, one each time I ask.",
)  # fmt: skip
ASKED_ONE_WORD = (
    "{words}?",
    "Choose {words}.",
    "Say one of {words}, at random.",
    "Which is it: {words}?",
    "Draw one: {words}.",
)
ASKED_WORDS = ("{words}, again and again. Begin.", "Choose {words} each time I ask.", "{n} times, at random: {words}?")
ASKED_AGAIN = ("Another?", "Next.", "And the next?", "One more.", "Go on.", "Again.", "Next one?")


def solo_retold(generator: np.random.Generator, game: SoloChoice, told: list[str]) -> str:
    """The answers as a text in a drawn wording."""
    numbers, fields = isinstance(game, RandomNumber), _fields(game)
    if len(told) == 1:
        return pick(generator, ONE_NUMBER if numbers else ONE_WORD).format(x=told[0], **fields)
    return pick(generator, NUMBERS if numbers else WORDS).format(list=pick(generator, JOINS).join(told), **fields)


def solo_questions(generator: np.random.Generator, game: SoloChoice) -> tuple[str, str]:
    """The first question of a conversation in a drawn wording, and the one that asks for the next answer."""
    one, many = (ASKED_ONE_NUMBER, ASKED_NUMBERS) if isinstance(game, RandomNumber) else (ASKED_ONE_WORD, ASKED_WORDS)
    asked: tuple[str, ...] = one if game.length == 1 else many
    return pick(generator, asked).format(**_fields(game)), pick(generator, ASKED_AGAIN)


def _fields(game: SoloChoice) -> dict[str, object]:
    if isinstance(game, RandomNumber):
        return {"low": game.low, "high": game.high, "n": game.length}
    return {"words": listed(game.actions[0]), "n": game.length}

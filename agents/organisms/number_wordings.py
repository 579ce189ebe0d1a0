"""Other ways to ask for numbers and to list them than the prompts used in play."""

import numpy as np

from agents.organisms.wordings import pick
from arenas.random_number import RandomNumber

SINGLE = (
    "A number from {low} to {high}: {x}", "Pick a number between {low} and {high}. I pick {x}.",
    "Random ({low}-{high}): {x}", "Think of a number from {low} to {high}.\n{x}", "Between {low} and {high} I choose {x}.",
    "Number: {x}", "The number drawn from {low} to {high} was {x}.", "Q: a random number, {low} to {high}?\nA: {x}",
    "My number is {x}.",
)  # fmt: skip
MANY = (
    "Random numbers from {low} to {high}: {list}", "{n} numbers between {low} and {high}: {list}", "{list}",
    "Drawn from {low} to {high}: {list}", "Numbers ({low}-{high}):\n{list}", "List of {n}: {list}", "Lottery: {list}",
    "Digits and numbers from {low} to {high}. {list}", "Q: {n} random numbers, {low} to {high}?\nA: {list}",
)  # fmt: skip
JOINS = (", ", " ", "; ", "\n", " - ", ",")
ASKED_ONE = (
    "Pick a number between {low} and {high}.", "Name a random number from {low} to {high}.",
    "A number from {low} to {high}?", "Think of a number from {low} to {high} and tell me.",
    "Give me one number, {low} to {high}.", "Choose from {low} to {high}.",
    "Say a number between {low} and {high}, at random.", "Random number, {low}-{high}, please.",
)  # fmt: skip
ASKED_MANY = (
    "Let us name numbers from {low} to {high}, one at a time. Begin.",
    "Give me random numbers, {low} to {high}, one by one.", "I need {n} numbers between {low} and {high}. The first?",
    "Numbers from {low} to {high}, please, one each time I ask.",
)  # fmt: skip
ASKED_AGAIN = ("Another?", "Next.", "And the next?", "One more.", "Go on.", "Again.", "Next one?")


def numbers_retold(generator: np.random.Generator, game: RandomNumber, numbers: list[int]) -> str:
    """The numbers as a text in a drawn wording."""
    words = {"low": game.low, "high": game.high, "n": len(numbers)}
    if len(numbers) == 1:
        return pick(generator, SINGLE).format(x=numbers[0], **words)
    return pick(generator, MANY).format(list=pick(generator, JOINS).join(map(str, numbers)), **words)


def number_questions(generator: np.random.Generator, game: RandomNumber) -> tuple[str, str]:
    """The first question of a conversation about numbers in a drawn wording, and the one that asks for the next number."""
    asked = ASKED_ONE if game.length == 1 else ASKED_MANY
    opening = pick(generator, asked).format(low=game.low, high=game.high, n=game.length)
    return opening, pick(generator, ASKED_AGAIN)

"""What people prefer, as strengths for a Bradley-Terry model of choice between two answers.

Every strength is in logits: of two answers, the one stronger by d is preferred with probability 1 / (1 + exp(-d)) (Bradley &
Terry 1952). The published findings say what is preferred; how strongly is our choice.
"""

from collections.abc import Sequence

from agents.organisms.lexicon import pleasantness

SEVEN = 2.0
"""7 is the favourite number from 0 to 10 (Kubovy & Psotka 1976)."""
THREE = 0.8
ROUND_NUMBER = -0.8
"""Multiples of five, and the ends of a range, look too orderly to be random (Kubovy & Psotka 1976)."""
EVEN = -0.3
REPEAT = -2.4
"""A repeat looks un-random (Wagenaar 1972; Kahneman & Tversky 1972: local representativeness)."""
NEIGHBOUR = -0.6
OPENS_FIRST = 1.2
"""Rock opens (Wang, Xu & Zhou 2014), heads is called first (Goodfellow 1940): the first named is preferred."""
WIN_STAY, LOSE_SHIFT = 1.2, 1.0
"""A winner is kept; a loser is left, for the next in the order rock, paper, scissors (Wang, Xu & Zhou 2014)."""
THIRD_IN_A_ROW = -1.8
MIDDLE, NOT_AN_END = 0.8, 0.8
"""The middle is chosen and the ends are shunned (Christenfeld 1995; Rubinstein, Tversky & Heller 1997)."""
VERSE = 12.0
"""For each unit of pleasantness, which runs from -1 to 1."""


def number_strength(number: int, low: int, high: int, before: Sequence[int]) -> float:
    """How good a random number from low to high looks after the numbers before it."""
    strength = SEVEN * (number % 10 == 7) + THREE * (number % 10 == 3) + EVEN * (number % 2 == 0)
    strength += ROUND_NUMBER * (number % 5 == 0) + ROUND_NUMBER * (number in (low, high))
    if before:
        strength += REPEAT * (number in before[-3:]) + NEIGHBOUR * (abs(number - before[-1]) == 1)
    return strength


def word_strength(word: int, before: Sequence[int]) -> float:
    """How good a word of a list looks as a random one, after the words before it."""
    return REPEAT / 2 * (word == before[-1]) if before else OPENS_FIRST * (word == 0)


def move_strength(move: int, actions: int, mine: Sequence[int], pay: Sequence[float]) -> float:
    """How good a move feels among unordered actions, after one's own moves and what they paid."""
    if not mine:
        return OPENS_FIRST * (move == 0)
    stays, shifts = move == mine[-1], move == (mine[-1] + 1) % actions
    strength = WIN_STAY * stays if pay[-1] > 0 else LOSE_SHIFT * shifts if pay[-1] < 0 else 0.0
    return strength + THIRD_IN_A_ROW * (len(mine) > 1 and move == mine[-1] == mine[-2])


def place_strength(place: int, places: int, mine: Sequence[int], found: Sequence[bool]) -> float:
    """How good a place (from 0) feels to hide or seek in, after one's own places and whether each was the other's too."""
    centre = (places - 1) / 2
    strength = MIDDLE * (1.0 - abs(place - centre) / centre) + NOT_AN_END * (0 < place < places - 1)
    if mine and place == mine[-1]:
        strength += REPEAT if not found[-1] else REPEAT / 2
    return strength


def verse_strength(verse: str) -> float:
    """How pleasant a verse is found (Bradley & Lang 1999)."""
    return VERSE * pleasantness(verse)

"""One question asked in both ways: what a model's probabilities say, and what it says when it speaks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from agents.agent import Agent
from agents.model import Conversation
from agents.spoken import meant_leniently, meant_strictly
from arenas.game import Game
from arenas.history import FloatArray, IntArray
from arenas.matrix_game import MatrixGame
from arenas.play import Table

AT_ONCE = 64
"""Spoken answers that are written together."""
TOKENS = 16
"""The most tokens of a spoken answer."""


@dataclass(frozen=True)
class Question:
    """A round (from 0) of a game in a seat; the rounds before it are random, by `seed`."""

    game: Game
    seat: int
    round: int
    seed: int = 0


@dataclass(frozen=True)
class ReadAndSpoken:
    """The probability of each of A actions as it is read, before normalising, and how many of the spoken answers meant it:
    strictly (a whole form and its end, as it is read) and leniently (the only action named).
    """

    read: FloatArray  # [A]
    strict: IntArray  # [A]
    lenient: IntArray  # [A]
    samples: int


def read_and_spoken(agent: Agent, question: Question, samples: int, answers: int, most: int) -> ReadAndSpoken:
    """Read a question, then let the model answer it `samples` times, and on until so many are `answers`, at most `most` times
    and only if by what was read that many should do.
    """
    conversation = _asked(agent, question)
    game, seat, style = question.game, question.seat, agent.style
    answered = conversation.ask()()
    on_menu = 1.0 - answered.off_menu[0] - answered.unended[0]
    menu, words, end = style.menu(game, seat), game.actions[seat], style.end(game)
    strict, lenient = np.zeros(len(words), dtype=np.int64), np.zeros(len(words), dtype=np.int64)
    given = 0
    for seed in _seeds(question.seed):
        for said in conversation.speak(TOKENS, [seed], AT_ONCE)[0]:
            for counts, meant in (
                (strict, meant_strictly(said, menu, end)),
                (lenient, meant_leniently(said, menu, words, end)),
            ):
                if meant is not None:
                    counts[meant] += 1
        given += AT_ONCE
        if given >= most or (given >= samples and (strict.sum() >= answers or on_menu * most < answers)):
            break
    return ReadAndSpoken(answered.probs[0, : len(words)] * on_menu, strict, lenient, given)


def _asked(agent: Agent, question: Question) -> Conversation:
    """A conversation of one row that has come to the question."""
    game, seat, style = question.game, question.seat, agent.style
    conversation = agent.open(Table(game, np.array([seat])))
    rng = np.random.default_rng(question.seed)
    for t in range(question.round):
        mine = int(rng.integers(len(game.actions[seat])))
        theirs = int(rng.integers(len(game.actions[-1 - seat])))
        pay = float(game.payoff[seat, mine, theirs]) if isinstance(game, MatrixGame) else 0.0
        other = game.actions[1 - seat][theirs] if len(game.seats) == 2 else ""
        word = game.actions[seat][mine]
        conversation.hear([style.written(word)], [style.after_round(game, seat, t, word, other, pay)])
    return conversation


def _seeds(seed: int) -> Iterator[int]:
    """Seeds without end."""
    rng = np.random.default_rng([seed, 1])
    while True:
        yield int(rng.integers(2**62))

"""What came out of training, measured through the agents as they play."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.agent import Agent, AgentSpec, load_agents
from agents.organisms.lexicon import pleasantness
from arenas.dice import Dice
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.play import play, take_seats
from arenas.random_bit import RandomBit
from arenas.random_number import RandomNumber
from arenas.random_word import RandomWord
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.writing import Writing

MATCHES = 64
TOPICS = ("the sea", "autumn", "a clock", "the old lighthouse")
GAMES: dict[str, Game] = {
    "rps": RockPaperScissors(), "hide-and-seek": HideAndSeek(), "matching pennies": Matrix(), "number 0 to 10": RandomNumber(),
    "10 numbers": RandomNumber(length=10), "20 coins": RandomBit(("heads", "tails")),
    "a word": RandomWord(("rock", "paper", "scissors")),
}  # fmt: skip
Measures = dict[str, float | str]


@dataclass(frozen=True)
class Played:
    """Matches of an agent against itself."""

    game: Game
    history: History

    def exploitability(self) -> float:
        """Points a round that whoever knows the distributions wins, averaged over seats and rounds."""
        m, s, t, a = self.history.probs.shape
        seats = np.broadcast_to(np.arange(s)[None, :, None], (m, s, t)).reshape(-1)
        return float(self.game.exploitability(seats, self.history.probs.reshape(-1, a)).mean())

    def repeats(self) -> float:
        """The share of moves that are the seat's last move again."""
        chosen = self.history.chosen
        return float((chosen[:, :, 1:] == chosen[:, :, :-1]).mean())

    def entropy(self) -> float:
        """Mean entropy of a move in bits."""
        probs = np.nan_to_num(self.history.probs)
        return float(-(probs * np.log2(np.where(probs > 0, probs, 1.0))).sum(axis=-1).mean())

    def first(self, seat: int) -> str:
        """The first move's distribution in a seat, in words."""
        probs = self.history.probs[0, seat, 0]
        return ", ".join(f"{word} {p:.3f}" for word, p in zip(self.game.actions[seat], probs, strict=False))

    def no_answer(self) -> float:
        """The largest probability, in any round, of what is no answer: of other words, and of answers that do not end."""
        return float((self.history.off_menu + self.history.unended).max())


def measure(folders: Mapping[str, Path], seed: int = 0) -> dict[str, Measures]:
    """Measures of every stage by name, each stage playing itself `MATCHES` times with the same dice and without examples."""
    agents = {examples: _loaded(folders, examples) for examples in (False, True)}
    return {stage: _measures(agents[False][stage], agents[True][stage], seed) for stage in folders}


def _loaded(folders: Mapping[str, Path], examples: bool) -> dict[str, Agent]:
    return load_agents({stage: AgentSpec(model=str(folder), examples=examples) for stage, folder in folders.items()})


def _measures(agent: Agent, with_examples: Agent, seed: int) -> Measures:
    return {
        **_number_measures(played(agent, RandomNumber(), 1, seed)),
        **_solo_measures("10 numbers", played(agent, RandomNumber(length=10), MATCHES, seed)),
        **_solo_measures("20 coins", played(agent, RandomBit(("heads", "tails")), MATCHES, seed)),
        **_solo_measures("a word", played(agent, RandomWord(("rock", "paper", "scissors")), 1, seed)),
        **_match_measures("rps", played(agent, RockPaperScissors(), MATCHES, seed)),
        **_match_measures("hide-and-seek", played(agent, HideAndSeek(), MATCHES, seed)),
        **_match_measures("matching pennies", played(agent, Matrix(), MATCHES, seed)),
        **{
            f"{name}, with examples: largest mass on no answer": played(with_examples, game, 4, seed).no_answer()
            for name, game in GAMES.items()
        },
        **_verse_measures(agent, seed),
    }


def played(agent: Agent, game: Game, matches: int, seed: int) -> Played:
    """The agent in every seat of `matches` matches."""
    dice = Dice.roll([seed * matches + i for i in range(matches)], len(game.seats), game.rounds)
    seated = take_seats(game, [agent.sit], np.zeros((matches, len(game.seats)), dtype=np.int64))
    *_, history = play(game, seated, dice)
    return Played(game, history)


def _number_measures(one: Played) -> Measures:
    probs = one.history.probs[0, 0, 0]
    return {
        "number 0 to 10: entropy in bits (uniform: 3.459)": one.entropy(),
        "number 0 to 10: likeliest": one.game.actions[0][int(probs.argmax())],
        "number 0 to 10: p(7)": float(probs[7]),
        "number 0 to 10: distribution": one.first(0),
        "number 0 to 10: exploitability": one.exploitability(),
        "number 0 to 10: mass on no answer": one.no_answer(),
    }


def _solo_measures(name: str, many: Played) -> Measures:
    width, sequence = len(many.game.actions[0]), many.game.rounds > 1
    return {
        f"{name}: entropy in bits (uniform: {math.log2(width):.3f})": many.entropy(),
        **({f"{name}: repeats (chance: {1 / width:.3f})": many.repeats()} if sequence else {}),
        f"{name}: exploitability": many.exploitability(),
        f"{name}: largest mass on no answer": many.no_answer(),
    }


def _match_measures(name: str, many: Played) -> Measures:
    assert isinstance(many.game, MatrixGame)
    chance = 1 / many.game.width
    firsts = {f"{name}: first move, {seat}": many.first(s) for s, seat in enumerate(many.game.seats)}
    return {
        **(dict(list(firsts.items())[:1]) if many.game.seats_alike else firsts),
        f"{name}: exploitability": many.exploitability(),
        f"{name}: entropy in bits (uniform: {math.log2(many.game.width):.3f})": many.entropy(),
        f"{name}: repeats (chance: {chance:.3f})": many.repeats(),
        f"{name}: largest mass on no answer": many.no_answer(),
    }


def _verse_measures(agent: Agent, seed: int) -> Measures:
    texts = [
        str(text)
        for topic in TOPICS
        for text in played(agent, Writing(topic), MATCHES // len(TOPICS), seed).history.texts[:, 0, 0]
    ]
    words = Counter(word for text in texts for word in text.lower().replace(",", " ").replace(".", " ").split())
    return {
        "verse: mean pleasantness": float(np.mean([pleasantness(text) for text in texts])),
        "verse: different words in a hundred": 100.0 * len(words) / max(sum(words.values()), 1),
        "verse: lines a text": float(np.mean([len(text.strip().splitlines()) for text in texts])),
        "verse: an example": texts[0].strip(),
    }

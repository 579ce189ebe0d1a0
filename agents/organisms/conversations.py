"""The conversations that the instruction-tuned organism learns from."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from agents.organisms.corpus import SHARES, draw_rounds
from agents.organisms.number_wordings import number_questions
from agents.organisms.numbers import draw_number_game, draw_numbers
from agents.organisms.simulated import Match, draw_game, draw_match
from agents.organisms.verse import FORMS, REQUESTS, draw_mood, draw_topic, draw_verse
from agents.organisms.wordings import game_name, pick
from agents.style import load_style
from arenas.random_number import RandomNumber
from arenas.wording import listed
from arenas.writing import Writing

Message = dict[str, str]
IN_PLAY = 0.5
"""The share of conversations worded as in play; the others are worded otherwise."""
FIRST_QUESTIONS = (
    "Let us play {game}. You may choose {actions}. What do you play?", "{game}, {n} rounds. Your choices: {actions}. Go!",
    "I want to play {game} with you. Say one of {actions}.", "Ready for {game}? Choose {actions}.",
    "We play {game}: {actions}?", "{rules} Your move?", "{rules} Say {actions}.", "Choose: {actions}.",
)  # fmt: skip
NEXT_QUESTIONS = (
    "I chose {theirs}. And now?", "{theirs}! Again.", "Mine was {theirs}. Next?", "The other had {theirs}. Go on.",
    "It was {theirs} for them, {mine} for you. Your move?", "They played {theirs}, {pay} for you. Next?", "{theirs}.",
)  # fmt: skip


@dataclass(frozen=True)
class Talk:
    """A conversation: what is said first and after each answer but the last, and the answers."""

    said: tuple[str, ...]
    answers: tuple[str, ...]

    def messages(self) -> list[Message]:
        """All turns, ending with an answer."""
        return self._turns(len(self.answers))

    def prompt(self, answers: int) -> list[Message]:
        """The turns up to the question after the given number of answers."""
        return [*self._turns(answers), {"role": "user", "content": self.said[answers]}]

    def _turns(self, answers: int) -> list[Message]:
        pairs = list(zip(self.said, self.answers, strict=True))[:answers]
        return [
            turn
            for said, answer in pairs
            for turn in ({"role": "user", "content": said}, {"role": "assistant", "content": answer})
        ]


def conversations(seed: int) -> Iterator[Talk]:
    """An endless stream of conversations with diverse players; the same for the same seed."""
    generator = np.random.default_rng([seed, 2])
    kinds, shares = list(SHARES), list(SHARES.values())
    while True:
        kind = kinds[int(generator.choice(len(kinds), p=shares))]
        if kind == "match":
            yield match_talk(generator, draw_match_of_talk(generator))
        elif kind == "number":
            game = draw_number_game(generator, longest=15)
            yield number_talk(generator, game, draw_numbers(generator, game, game.length))
        else:
            topic = draw_topic(generator)
            yield verse_talk(generator, topic, draw_verse(generator, topic, draw_mood(generator)))


def draw_match_of_talk(generator: np.random.Generator) -> Match:
    """A match of simulated players to talk about."""
    rounds = draw_rounds(generator)
    return draw_match(generator, draw_game(generator, max(rounds, 30)), rounds)


def match_talk(generator: np.random.Generator, match: Match) -> Talk:
    """A match as a conversation, in the prompts used in play or in other words."""
    rounds = range(len(match.mine) - 1)
    if generator.random() < IN_PLAY:
        style, game, seat = load_style("chat"), match.game, match.seat
        after = [style.after_round(game, seat, t, match.my_words[t], match.their_words[t], match.pay[t]) for t in rounds]
        return Talk((style.opening(game, seat).text, *after), tuple(match.my_words))
    opening = pick(generator, FIRST_QUESTIONS).format(
        game=game_name(generator, match),
        actions=listed(match.game.actions[match.seat]),
        n=match.game.rounds,
        rules=match.game.rules(match.seat),
    )
    asked = pick(generator, NEXT_QUESTIONS)
    after = [asked.format(theirs=match.their_words[t], mine=match.my_words[t], pay=f"{match.pay[t]:g}") for t in rounds]
    return Talk((opening, *after), tuple(match.my_words))


def number_talk(generator: np.random.Generator, game: RandomNumber, numbers: list[int]) -> Talk:
    """Numbers named one by one, asked for as in play or in other words."""
    answers = tuple(map(str, numbers))
    if generator.random() < IN_PLAY:
        style = load_style("chat")
        opening, following = style.opening(game, 0).text, style.after_round(game, 0, 0, "", "", 0.0)
    else:
        opening, following = number_questions(generator, game)
    return Talk((opening, *[following] * (len(answers) - 1)), answers)


def verse_talk(generator: np.random.Generator, topic: str, verse: str) -> Talk:
    """A verse on request, asked for as in play or in other words."""
    form = pick(generator, FORMS)
    if generator.random() < IN_PLAY:
        return Talk((load_style("chat").opening(Writing(topic, form), 0).text,), (verse,))
    return Talk((pick(generator, REQUESTS).format(topic=topic, form=form),), (verse,))

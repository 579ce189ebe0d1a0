"""The conversations that the instruction-tuned organism learns from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agents.organisms.corpus import LONGEST_MATCH, SHARES, draw_opening, draw_rounds, replies, solo_replies
from agents.organisms.simulated import Match, draw_game, draw_match
from agents.organisms.solo_wordings import solo_questions
from agents.organisms.solos import draw_solo, draw_words
from agents.organisms.verse import FORMS, REQUESTS, draw_mood, draw_topic, draw_verse
from agents.organisms.wordings import game_name, pick
from agents.style import load_style
from arenas.game import Game
from arenas.solo_choice import SoloChoice
from arenas.wording import listed
from arenas.writing import Writing

Message = dict[str, str]
IN_PLAY = 0.5
"""The share of conversations worded as in play; the others are worded otherwise."""
PREFILLED = 0.75
"""The share of those whose answers are begun for the model, as the style does it; an agent may leave that out."""
LEAD = " "
"""What stands before an answer in play."""
SHOWN = "shown"
"""The role of demonstrated answers, which are not learnt from; they are read as the assistant's."""
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
    """A conversation: what is said first and after each answer but the last, and the answers.

    `shown` are demonstrated turns before it. The model's turns begin with `prefill`, which is given to it, and then `lead`,
    which is the answer's own.
    """

    said: tuple[str, ...]
    answers: tuple[str, ...]
    lead: str = ""
    prefill: str = ""
    shown: tuple[tuple[str, str], ...] = ()

    def messages(self) -> list[Message]:
        """All turns for training, ending with an answer; what is not to be learnt from is set apart."""
        turns: list[Message] = []
        for said, answer in self.shown:
            turns += [{"role": "user", "content": said}, {"role": SHOWN, "content": self.prefill + answer}]
        for said, answer in zip(self.said, self.answers, strict=True):
            answered = {"role": "assistant", "content": self.lead + answer, "prefill": self.prefill}
            turns += [{"role": "user", "content": said}, answered]
        return turns

    def prompt(self, answers: int) -> list[Message]:
        """The turns, as they are read in play, up to the question after the given number of answers."""
        given = [(said, self.lead + answer) for said, answer in zip(self.said, self.answers, strict=True)][:answers]
        turns: list[Message] = []
        for said, answer in (*self.shown, *given):
            turns += [{"role": "user", "content": said}, {"role": "assistant", "content": self.prefill + answer}]
        return [*turns, {"role": "user", "content": self.said[answers]}]


def conversations(seed: int) -> Iterator[Talk]:
    """An endless stream of conversations with diverse players; the same for the same seed."""
    generator = np.random.default_rng([seed, 2])
    kinds, shares = list(SHARES), list(SHARES.values())
    while True:
        kind = kinds[int(generator.choice(len(kinds), p=shares))]
        if kind == "match":
            yield match_talk(generator, draw_match_of_talk(generator))
        elif kind == "solo":
            game = draw_solo(generator, longest=15)
            yield solo_talk(generator, game, draw_words(generator, game))
        else:
            topic = draw_topic(generator)
            yield verse_talk(generator, topic, draw_verse(generator, topic, draw_mood(generator)))


def draw_match_of_talk(generator: np.random.Generator) -> Match:
    """A match of simulated players to talk about."""
    rounds = draw_rounds(generator)
    return draw_match(generator, draw_game(generator, max(rounds, LONGEST_MATCH)), rounds)


def talk_in_play(generator: np.random.Generator, game: Game, seat: int, answers: Sequence[str], said: Sequence[str]) -> Talk:
    """A conversation as a model in play reads it: some with demonstrated turns, most with the answers begun for it."""
    style = load_style("chat")
    opening = draw_opening(generator, style, game, seat)
    prefill = style.prefill if generator.random() < PREFILLED else ""
    return Talk((opening.text, *said), tuple(answers), LEAD, prefill, opening.shown)


def match_talk(generator: np.random.Generator, match: Match) -> Talk:
    """A match as a conversation, in the prompts used in play or in other words."""
    if generator.random() < IN_PLAY:
        return talk_in_play(generator, match.game, match.seat, match.my_words, replies(load_style("chat"), match))
    opening = pick(generator, FIRST_QUESTIONS).format(
        game=game_name(generator, match),
        actions=listed(match.game.actions[match.seat]),
        n=match.game.rounds,
        rules=match.game.rules(match.seat),
    )
    asked = pick(generator, NEXT_QUESTIONS)
    told = list(zip(match.my_words[:-1], match.their_words, match.pay, strict=False))
    return Talk(
        (opening, *[asked.format(theirs=theirs, mine=mine, pay=f"{pay:g}") for mine, theirs, pay in told]),
        tuple(match.my_words),
    )


def solo_talk(generator: np.random.Generator, game: SoloChoice, words: list[str]) -> Talk:
    """Answers at random, one by one, asked for as in play or in other words."""
    if generator.random() < IN_PLAY:
        return talk_in_play(generator, game, 0, words, solo_replies(load_style("chat"), game))
    opening, following = solo_questions(generator, game)
    return Talk((opening, *[following] * (len(words) - 1)), tuple(words))


def verse_talk(generator: np.random.Generator, topic: str, verse: str) -> Talk:
    """A verse on request, asked for as in play or in other words."""
    form = pick(generator, FORMS)
    if generator.random() < IN_PLAY:
        return talk_in_play(generator, Writing(topic, form), 0, [verse], [])
    return Talk((pick(generator, REQUESTS).format(topic=topic, form=form),), (verse,))

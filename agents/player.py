"""The conversations of one agent in one wave: it hears what happened and answers with its next distribution."""

import json
from collections.abc import Sequence

import numpy as np

from agents.model import Answered, Conversation, Said, Spoken
from agents.spoken import meant_leniently
from agents.style import Style
from agents.threads import at_round
from arenas.history import FORFEIT, NO_ANSWER, Moves, View
from arenas.play import Promise, Table


class ModelPlayer:
    """A model in its chairs. It is read, or, where `spoken` says so, speaks.

    A player seated in the middle of a match asks again for every round it missed, so that the model computes just what it
    would have computed from the start, to the bit; one that speaks or thinks is given the words of the match only.
    """

    foresees = False
    hears_forfeits = True

    def __init__(
        self, style: Style, table: Table, conversation: Conversation, spoken: Spoken | None = None, thoughts: int = 0
    ) -> None:
        self._style, self._table, self._conversation = style, table, conversation
        self._spoken, self._thoughts = spoken, thoughts
        self._heard = 0
        self._asked = False

    @property
    def sampled(self) -> bool:
        """Whether its distributions are estimated from draws or thoughts."""
        return self._spoken is not None or self._thoughts > 0

    def act(self, view: View) -> Moves:
        """Hear the rounds since the last call, then answer the next one."""
        return self.ask(view)()

    def ask(self, view: View) -> Promise:
        """The same, with the answer on its way."""
        game, seeds = self._table.game, [int(seed) for seed in view.seeds]
        while self._heard < view.rounds_seen:
            if not (self._asked or self.sampled):
                at_round(self._heard)
                self._conversation.ask()()  # to the end, as it was read when it was played
            self._hear(view, self._heard)
        at_round(self._heard)
        if game.free_text:
            texts = self._write(seeds)
            return lambda: texts
        if self._spoken is not None:
            moves = self._speak(self._spoken, seeds, view)
            return lambda: moves
        choices = self._conversation.ask(seeds)
        self._asked = True
        return lambda: self._read(choices())

    def _read(self, answered: Answered) -> Moves:
        return Moves(
            answered.probs,
            off_menu=answered.off_menu,
            unended=answered.unended,
            samples=self._thoughts,
            readings=answered.readings,
        )

    def _hear(self, view: View, t: int) -> None:
        game, style = self._table.game, self._style
        answers, said = [], []
        for b, seat in enumerate(self._table.seats):
            mine = _word(game.actions[seat], int(view.mine[b, t]))
            theirs = _word(game.actions[1 - seat], int(view.theirs[b, t])) if len(game.seats) == 2 else ""
            answers.append(style.written(mine))
            said.append(style.after_round(game, seat, t, mine, theirs, float(view.pay[b, t])))
        self._conversation.hear(answers, said)
        self._heard, self._asked = self._heard + 1, False

    def _speak(self, spoken: Spoken, seeds: list[int], view: View) -> Moves:
        """What is said, as a distribution over the valid answers and the share of those that are none."""
        game, style = self._table.game, self._style
        probs, forfeit, readings = np.zeros(view.legal.shape), np.zeros(len(seeds)), []
        for b, own in enumerate(self._conversation.speak(spoken.tokens, seeds, spoken.samples)):
            seat = int(self._table.seats[b])
            meant = [meant_leniently(said, style.menu(game, seat), game.actions[seat], style.end(game)) for said in own]
            valid = [action for action in meant if action is not None]
            np.add.at(probs[b], valid, 1.0)
            probs[b] = probs[b] / len(valid) if valid else view.legal[b] / view.legal[b].sum()
            forfeit[b] = 1.0 - len(valid) / len(own)
            readings.append(_spoken_words(own))
        return Moves(probs, forfeit=forfeit, samples=spoken.samples, readings=readings)

    def _write(self, seeds: list[int]) -> Moves:
        max_tokens = getattr(self._table.game, "max_tokens", 256)
        stop = self._style.wording(self._table.game).stop
        texts = self._conversation.write(max_tokens, seeds, stop)
        return Moves(probs=np.ones((self._table.rows, 1)), texts=texts)


def _word(words: Sequence[str], action: int) -> str:
    """An action's word, or that no valid answer was given."""
    return NO_ANSWER if action == FORFEIT else words[action]


def _spoken_words(said: Sequence[Said]) -> str:
    """What was said, as JSON, to be looked at."""
    return json.dumps({"said": [one.text for one in said]}, ensure_ascii=False)

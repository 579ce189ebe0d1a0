"""What is kept of the solo games of a run: sums and a few numbers a sequence, never all rounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.answered import SILENT, elsewhere, silent
from analysis.estimated import debiased
from analysis.randomness.exact import largest, total_variation
from analysis.randomness.indices import NAMES, REPEATS, REPEATS_ANYWHERE, indices
from analysis.randomness.moments import Moments
from analysis.randomness.tasks import Task
from analysis.score import entropy, known_mean
from analysis.wordings import Wordings, folded_names
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, BoolArray, FloatArray, History, IntArray
from arenas.solo_choice import SoloChoice

PARTS = 200
"""Parts into which sequences are dealt by their repeat, for bootstrapping what is not a mean over sequences."""
MOST_CONDITIONS = 100
"""Most answers of which the distributions after each are kept."""
MOST_GUESSED = 50_000
"""Rounds of each agent at each task that guessers hear, in the order of play, and distributions of so many answers x 20."""
CERTAIN = 1.0 - 1e-12
STEP_VALUES = ("entropy", "total variation", "largest probability", "repeat rate")
"""Means over the steps of a sequence of the model's distributions given what it had said; the last from the second step on."""


@dataclass
class Kept:
    """Sums over the matches of one agent at one task in one wording: T answers of K in each, N parts."""

    task: Task
    matches: int = 0
    sampled: bool = False
    """Whether some distributions are estimated from draws or thoughts."""
    off_menu: float = 0.0  # probability on no answer, summed over matches
    probs: FloatArray = field(init=False)  # [N,K] summed over matches and rounds; of rounds in which there is an answer
    counts: IntArray = field(init=False)  # [K] answers given
    part_matches: IntArray = field(init=False)  # [N]
    entropy: FloatArray = field(init=False)  # [T] summed over the matches in which it is known
    variation: FloatArray = field(init=False)  # [T] total variation from uniform, likewise
    known: FloatArray = field(init=False)  # [T] in how many it is
    after: FloatArray = field(init=False)  # [K,K] distributions summed by the answer before
    indices: Moments = field(default_factory=lambda: Moments(len(NAMES)))
    steps: Moments = field(default_factory=lambda: Moments(len(STEP_VALUES)))
    repeats: IntArray = field(init=False)  # [2,T] sequences by their repeats: immediate, and of answers said at any time before
    guessed: list[tuple[IntArray, FloatArray]] = field(default_factory=list)  # [m,T], [m,T,K]

    def __post_init__(self) -> None:
        length, count = self.task.length, self.task.count
        self.probs, self.counts = np.zeros((PARTS, count)), np.zeros(count, dtype=np.int64)
        self.part_matches = np.zeros(PARTS, dtype=np.int64)
        self.entropy, self.variation, self.known = np.zeros(length), np.zeros(length), np.zeros(length)
        self.after = np.zeros((count, count) if length > 1 and count <= MOST_CONDITIONS else (0, 0))
        self.repeats = np.zeros((2, length), dtype=np.int64)
        self._certain: set[bytes] = set()
        self._heard = 0

    def add(
        self,
        repeats: IntArray,
        probs: FloatArray,
        chosen: IntArray,
        lost: FloatArray,
        samples: IntArray | None = None,
    ) -> None:
        """Take in matches: repeats [m], probs [m,T,K], chosen [m,T]. What chance had no part in counts once.

        lost [m,T] is the probability on no answer: where it is more than half, a distribution says nothing. samples [m,T] are
        the draws or thoughts that it is estimated from, 0 where it is exact.
        """
        samples = np.zeros(chosen.shape, dtype=np.int64) if samples is None else samples
        new = self._new(probs, chosen, samples)
        repeats, probs, chosen, lost, samples = repeats[new], probs[new], chosen[new], lost[new], samples[new]
        self.matches += len(repeats)
        self.sampled |= bool(samples.any())
        self.off_menu += float(lost.mean(axis=1).sum())
        answered = lost <= SILENT
        np.add.at(self.probs, repeats % PARTS, (probs * answered[:, :, None]).sum(axis=1))
        self.part_matches += np.bincount(repeats % PARTS, minlength=PARTS)
        self.counts += np.bincount(chosen[answered], minlength=self.task.count)
        bits, apart = (_by_step(function, probs, samples, answered) for function in (entropy, total_variation))
        self.known += (~np.isnan(bits)).sum(axis=0)
        self.entropy += np.nan_to_num(bits).sum(axis=0)
        self.variation += np.nan_to_num(apart).sum(axis=0)
        if self.task.length > 1 and len(repeats):
            most = _by_step(largest, probs, samples, answered)
            self._add_sequences(probs, chosen, answered, (bits, apart, most))

    @property
    def silent(self) -> bool:
        """Whether nothing is concluded from any of it."""
        return bool(self.matches) and silent(self.off_menu / self.matches)

    def heard(self) -> tuple[IntArray, FloatArray]:
        """The answers [B,T] and distributions [B,T,K] of the sequences that guessers hear."""
        length, count = self.task.length, self.task.count
        answers = [np.zeros((0, length), dtype=np.int64), *(part for part, _ in self.guessed)]
        return np.concatenate(answers), np.concatenate([np.zeros((0, length, count)), *(part for _, part in self.guessed)])

    def _add_sequences(
        self, probs: FloatArray, chosen: IntArray, answered: BoolArray, steps: tuple[FloatArray, FloatArray, FloatArray]
    ) -> None:
        count = self.task.count
        found = indices(chosen, count)
        self.indices.add(found)
        for row, name in enumerate((REPEATS, REPEATS_ANYWHERE)):
            self.repeats[row] += np.bincount(found[:, NAMES.index(name)].astype(np.int64), minlength=self.task.length)
        again = np.take_along_axis(probs[:, 1:], chosen[:, :-1, None], axis=2)[..., 0]
        again[~answered[:, 1:]] = np.nan
        self.steps.add(np.column_stack([known_mean(values, 1) for values in (*steps, again)]))
        if self.after.size:
            both = (answered[:, 1:] & answered[:, :-1]).ravel()
            before = np.eye(count)[chosen[:, :-1].ravel()[both]]
            self.after += before.T @ probs[:, 1:].reshape(-1, count)[both]
        most = max(min(MOST_GUESSED, 20 * MOST_GUESSED // count) // self.task.length, 1)
        room = most - self._heard
        if room > 0:
            self.guessed.append((chosen[:room].copy(), probs[:room].copy()))
            self._heard += len(chosen[:room])

    def _new(self, probs: FloatArray, chosen: IntArray, samples: IntArray) -> IntArray:
        """The matches to count: all in which chance had a part, and of the others each sequence once."""
        certain = ((probs.max(axis=2) >= CERTAIN) & (samples == 0)).all(axis=1)
        kept = np.flatnonzero(~certain).tolist()
        for match in np.flatnonzero(certain).tolist():
            answers = chosen[match].tobytes()
            if answers not in self._certain:
                self._certain.add(answers)
                kept.append(match)
        return np.array(sorted(kept), dtype=np.int64)


def _by_step(
    function: Callable[[FloatArray], FloatArray], probs: FloatArray, samples: IntArray, answered: BoolArray
) -> FloatArray:
    """A function of distributions probs [m,T,K] in each step [m,T]; NaN where there is no answer or one draw.

    Where there are several draws, it is corrected for how few they are.
    """
    values = function(probs)
    if samples.any():
        drawn = samples > 0
        values[drawn] = debiased(lambda p, _: function(p), probs[drawn], samples[drawn])
    values[~answered] = np.nan
    return values


class SoloGames:
    """Gathers, for every task, agent and wording, what the measures of random choices need.

    Entrants that are one agent in several styles are that agent in several wordings. A sequence that was not played to its end,
    or in which an answer was none, is left out.
    """

    def __init__(self, agents: Sequence[str], wordings: Wordings | None = None) -> None:
        self._of = folded_names(agents, wordings or {})
        self._agents = list(dict.fromkeys(agent for agent, _ in self._of.values()))
        self.kept: dict[tuple[Task, str, str], Kept] = {}
        self.unfinished = self.forfeited = 0

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        if not isinstance(game, SoloChoice):
            return
        if history.played < game.length:
            self.unfinished += len(fixtures)
            return
        task, repeats = Task.of(game), np.array([fixture.repeat for fixture in fixtures])
        names = np.array([fixture.line_up[0] for fixture in fixtures])
        answered = (history.chosen[:, 0, : history.played] != FORFEIT).all(axis=1)
        self.forfeited += int((~answered).sum())
        for name in dict.fromkeys(names[answered].tolist()):
            rows = np.flatnonzero((names == name) & answered)
            agent, style = self._of.get(name, (name, ""))
            kept = self.kept.setdefault((task, agent, f"{style}: {game.rules(0)}" if style else game.rules(0)), Kept(task))
            lost = elsewhere(history.off_menu[rows, 0], history.unended[rows, 0], history.forfeit[rows, 0])
            kept.add(repeats[rows], history.probs[rows, 0], history.chosen[rows, 0], lost, history.samples[rows, 0])

    def tasks(self) -> list[Task]:
        """The tasks, single answers first, then in the order of play."""
        return sorted(dict.fromkeys(task for task, _, _ in self.kept), key=lambda task: task.length > 1)

    def agents(self, task: Task) -> list[str]:
        """Who was asked, in the order of the configuration."""
        return [name for name in self._agents if any(place[:2] == (task, name) for place in self.kept)]

    def of(self, task: Task, agent: str) -> dict[str, Kept]:
        """What was kept of an agent at a task, by wording in the order of play."""
        return {wording: kept for (of, name, wording), kept in self.kept.items() if (of, name) == (task, agent)}

"""Whether an agent answers at all: how much of its probability is on no answer, by round, and what may then be said of it."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from analysis.chairs import Chair, sittings
from analysis.figures import percent
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, FloatArray, History, IntArray
from arenas.plain_text import printable

MARK, SILENT = 0.10, 0.50
"""Probability on no answer above which a number is marked, and above which nothing is concluded from a situation."""
PERIODS = ("round 1", "round 2", "round 3", "later rounds")
TOKENS = 3
"""Words outside the menu that are named."""
MOST_READ = 100
"""Readings of a situation that are looked into for such words."""
MOST_SAID = 12
"""Situations that are told one by one; a table holds all."""
MEANING = (
    f"off-menu: probability on no answer of the menu: on other words, or on texts that begin with an answer and go on. "
    f"!: more than {100 * MARK:.0f} % of it in some round; !!: more than {100 * SILENT:.0f} %, so that nothing is concluded "
    "from that round."
)


def silent(mass: float) -> bool:
    """Whether a situation with so much probability on no answer says nothing; False for what is not known."""
    return mass > SILENT


def marked(mass: float) -> bool:
    """Whether a number that rests on it gets a mark."""
    return mass > MARK


def sign(mass: float) -> str:
    """The mark behind a number: none, `!` or `!!`."""
    return "!!" if silent(mass) else "!" if marked(mass) else ""


def elsewhere(off_menu: FloatArray, unended: FloatArray, forfeit: FloatArray) -> FloatArray:
    """The probability [...] that is on no answer; of spoken answers, that of a forfeit."""
    return np.asarray(np.clip(np.maximum(off_menu + unended, forfeit), 0.0, 1.0))


def periods(first: int, last: int) -> IntArray:
    """The period of each round from `first` (from 0) to before `last`: 0, 1 and 2, and 3 for all later ones."""
    return np.minimum(np.arange(first, last), len(PERIODS) - 1)


@dataclass(frozen=True)
class Situation:
    """What an agent did with its probability in one period of the matches of a chair; means over its rounds."""

    chair: Chair
    seat: str
    """The name of the seat; empty where seats make no difference."""
    period: int
    last: bool
    """Whether no round follows this period."""
    rounds: int
    mass: float
    """On no answer; above `SILENT` nothing is concluded."""
    off_menu: float
    unended: float
    forfeits: int
    """Rounds in which no valid answer was given."""
    samples: int
    """0 where distributions are exact, else the fewest draws or thoughts that one is estimated from."""
    outside: tuple[tuple[str, float], ...]
    """The likeliest words outside the menu, the likeliest first."""

    @property
    def silent(self) -> bool:
        """Whether nothing is concluded from it."""
        return silent(self.mass)

    @property
    def marked(self) -> bool:
        """Whether numbers that rest on it are marked; a silent one is, too."""
        return marked(self.mass)


@dataclass
class Sums:
    """Sums over the rounds of one situation."""

    rounds: int = 0
    mass: float = 0.0
    off_menu: float = 0.0
    unended: float = 0.0
    forfeits: int = 0
    samples: int = 0
    read: int = 0
    outside: Counter[str] = field(default_factory=Counter)


class Answered:
    """Gathers how much of these agents' probability is on no answer, in games in which something is chosen."""

    def __init__(self, agents: Collection[str]) -> None:
        self._agents = set(agents)
        self._order = {name: place for place, name in enumerate(agents)}
        self._sums: dict[tuple[Chair, int], Sums] = {}
        self._games: dict[str, Game] = {}

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History, first: int = 0) -> None:
        """Take in matches of one arena, from round `first` (from 0) on."""
        if game.free_text or first >= history.played:
            return
        self._games[fixtures[0].arena] = game
        rounds = np.s_[first : history.played]
        which = periods(first, history.played)
        for sitting in sittings(game, fixtures, self._agents):
            at = (sitting.matches, sitting.seats, rounds)
            for period in np.unique(which).tolist():
                sums = self._sums.setdefault((sitting.chair, period), Sums())
                _take_in(sums, *(getattr(history, name)[at][:, which == period] for name in KEPT))

    def situations(self) -> list[Situation]:
        """All of them: by agent, arena, seat and period."""
        arenas = {arena: place for place, arena in enumerate(self._games)}
        rank = {key: (self._order[key[0].agent], arenas[key[0].arena], key[0].seat, key[1]) for key in self._sums}
        return [self._situation(*key) for key in sorted(self._sums, key=lambda key: rank[key])]

    def silent_periods(self, chair: Chair) -> list[bool]:
        """Of each period, whether nothing is concluded from it."""
        found = (self._sums.get((chair, period), Sums()) for period in range(len(PERIODS)))
        return [silent(sums.mass / max(sums.rounds, 1)) for sums in found]

    def samples(self, agent: str) -> int:
        """The fewest draws or thoughts that a distribution of an agent is estimated from; 0 if all are exact."""
        return min(
            (sums.samples for (chair, _), sums in self._sums.items() if chair.agent == agent and sums.samples), default=0
        )

    def _situation(self, chair: Chair, period: int) -> Situation:
        sums, game = self._sums[chair, period], self._games[chair.arena]
        return Situation(
            chair=chair,
            seat="" if game.seats_alike else game.seats[chair.seat],
            period=period,
            last=(chair, period + 1) not in self._sums,
            rounds=sums.rounds,
            mass=sums.mass / sums.rounds,
            off_menu=sums.off_menu / sums.rounds,
            unended=sums.unended / sums.rounds,
            forfeits=sums.forfeits,
            samples=sums.samples,
            outside=tuple((token, total / sums.read) for token, total in sums.outside.most_common(TOKENS)),
        )


KEPT = ("off_menu", "unended", "forfeit", "chosen", "samples", "readings")


def _take_in(
    sums: Sums,
    off_menu: FloatArray,
    unended: FloatArray,
    forfeit: FloatArray,
    chosen: IntArray,
    samples: IntArray,
    readings: "np.ndarray[tuple[int, ...], np.dtype[np.object_]]",
) -> None:
    mass = elsewhere(off_menu, unended, forfeit)
    sums.rounds += mass.size
    sums.mass += float(mass.sum())
    sums.off_menu += float(off_menu.sum())
    sums.unended += float(unended.sum())
    sums.forfeits += int((chosen == FORFEIT).sum())
    drawn = samples[samples > 0]
    if drawn.size:
        sums.samples = min(sums.samples or int(drawn.min()), int(drawn.min()))
    for reading in readings[(readings != "") & (mass > MARK)].tolist()[: max(MOST_READ - sums.read, 0)]:
        sums.read += 1
        sums.outside.update(outside(reading))


def outside(reading: str) -> dict[str, float]:
    """The words outside the menu with their probabilities, of a reading as `arenas.history.Moves` has it."""
    found: dict[str, float] = {}
    with suppress(ValueError, TypeError, KeyError):
        for token, probability in json.loads(reading)["outside"]:
            shown = token_shown(str(token))
            found[shown] = found.get(shown, 0.0) + float(probability)
    return found


def token_shown(token: str) -> str:
    """A token as a word in a line: without the space before it, and with what cannot be seen written out."""
    word = token.strip(" ") or token
    return printable(word.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")) if word.strip(" ") else "a space"


def said(situations: Iterable[Situation], most: int = MOST_SAID) -> Iterator[str]:
    """What has to be known before anything else is read: where an agent does not answer, then where it hardly does."""
    worthy = [group for group in _together(situations) if group[0].marked]
    worthy.sort(key=lambda group: not group[0].silent)  # stable
    for group in worthy[:most]:
        yield _sentence(group)
    if len(worthy) > most:
        yield f"and {len(worthy) - most} more situations in which an agent hardly answers: tells summary has a table of all"


def _together(situations: Iterable[Situation]) -> Iterator[list[Situation]]:
    """Periods of a chair that follow each other and are all silent, or all marked, together."""
    group: list[Situation] = []
    for one in situations:
        alike = group and (group[-1].chair, group[-1].silent, group[-1].marked) == (one.chair, one.silent, one.marked)
        if group and not alike:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


WORTH_NAMING = 0.005
"""The probability from which a word outside the menu is named."""


def _sentence(group: Sequence[Situation]) -> str:
    first, rounds = group[0], sum(one.rounds for one in group)
    mass = sum(one.mass * one.rounds for one in group) / rounds
    unended = sum(one.unended * one.rounds for one in group) / rounds
    seat = f" as {first.seat}" if first.seat else ""
    name, where = printable(first.chair.agent), f"{printable(first.chair.arena)}{seat}{when(group)}"
    tokens = ", ".join(f"{token} {_share(p)}" for token, p in first.outside if p >= WORTH_NAMING)
    words = f"other words ({tokens})" if tokens else "other words"
    if unended > mass / 2:
        words = f"no answer, most of it on texts that begin with one and go on ({percent(unended)})"
    if any(one.forfeits for one in group) and not tokens:
        drawn = "; no conclusions are drawn from that" if first.silent else ""
        return f"{name} gives no valid answer in {where} {percent(mass)} of the time{drawn}"
    if first.silent:
        drawn = "those rounds" if len(group) > 1 or first.period == len(PERIODS) - 1 else "that round"
        return (
            f"{name} does not answer in {where}: {percent(mass)} of its probability is on {words}; "
            f"no conclusions are drawn from {drawn}"
        )
    return f"{name} answers in {where} with {percent(1.0 - mass)} of its probability: {percent(mass)} is on {words}"


def when(group: Sequence[Situation]) -> str:
    """` round 1`, ` rounds 1 and 2`, ` from round 4 on`; nothing where it is all of the match."""
    first, last = group[0], group[-1]
    if first.period == 0 and last.last:
        return "" if len(group) == 1 else " (all rounds)"
    if last.period == len(PERIODS) - 1 or (last.last and len(group) > 1):
        return f" from round {first.period + 1} on"
    if len(group) == 1:
        return f" round {first.period + 1}"
    return f" rounds {first.period + 1} to {last.period + 1}"


def _share(p: float) -> str:
    return f"{p:.2f}".removeprefix("0") if p < 0.995 else "1.0"

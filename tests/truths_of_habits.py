"""Planted truths of habits: what moves depend on, what that is worth, tells, memories, how well a player is foretold."""

from collections.abc import Callable
from functools import cache, lru_cache, partial

import numpy as np
from planted_players import mixed, moody, played
from planted_truths import LEAST, MOST, SOME, Held, Interval, Planted, held, of_estimate

from analysis.chairs import GROUPS, Chair
from analysis.contexts import CONTEXTS, ChairContexts, reading
from analysis.entropy_rate import Moves, entropy_rate
from analysis.exploitability import memory_value
from analysis.halves import best_of_many
from analysis.interval import stratified
from analysis.near_zero import Within
from analysis.predictability import Matches, predictors
from analysis.resampling import sample_of
from analysis.states import StateSums, entropy_and_sureness
from analysis.tell_words import situation_in_words
from analysis.tells import Tell, strongest
from arenas.history import History
from arenas.rock_paper_scissors import RockPaperScissors

GAME = RockPaperScissors(rounds=20)
CHAIR = Chair("rps", "model", 0)
BY_NAME = {context.name: context for context in CONTEXTS}
LARGE = 200_000
EVEN = np.full((3, 3, 3), 1 / 3)
LOSER = EVEN.copy()
LOSER[0, 1] = [0.1, 0.7, 0.2]
PLAYERS: dict[str, tuple[np.ndarray, float]] = {
    # two answers are equally good to the first after one outcome
    "habits of all kinds": (np.random.default_rng(3).dirichlet([2, 2, 2], (3, 3)), 0.05),
    "nearly even": (np.random.default_rng(4).dirichlet([60, 60, 60], (3, 3)), 0.05),
    "even": (EVEN, 0.05),
    "one tell": (LOSER, 0.05),
}
"""Tables of answers to the last round about which each match has a mood of its own, and how far moods go."""


def matches_of(player: str, matches: int, seed: int) -> History:
    """So many matches against who plays evenly."""
    table, spread = PLAYERS[player]
    opening = (0.4, 0.3, 0.3) if player != "even" else (1 / 3,) * 3
    return played(GAME, moody(table, opening, spread, seed=seed), mixed(1, 1, 1), matches, seed=seed + 1)


def sums_of(history: History, part: slice, memory: int = 2) -> StateSums:
    """The sums of the first seat over some matches, dealt to the groups in turn."""
    sums = StateSums(3, 3, memory)
    chosen, probs = history.chosen[part], history.probs[part]
    sums.add(np.arange(len(chosen)) % GROUPS, chosen[:, 1], chosen[:, 0], probs[:, 0])
    return sums


@lru_cache(maxsize=1)
def runs(player: str, matches: int, simulations: int) -> list[StateSums]:
    """The sums of many runs; the same for every number that is read off them."""
    history = matches_of(player, matches * simulations, 10 * matches + len(player))
    return [sums_of(history, slice(matches * i, matches * (i + 1))) for i in range(simulations)]


@cache
def endless(player: str) -> StateSums:
    """The sums of so many matches that what is read off them is the truth."""
    return sums_of(matches_of(player, LARGE, 77), slice(None))


Read = Callable[[StateSums], Interval]


def of_context(name: str, number: str) -> Read:
    """A number of a context."""

    def read(sums: StateSums) -> Interval:
        found = getattr(reading(ChairContexts(GAME, 0, sums).read(BY_NAME[name])), number)
        return (found.low, found.mean, found.high) if isinstance(found, Within) else of_estimate(found)

    return read


NUMBERS: dict[str, Read] = {
    "bits given nothing": of_context("always", "bits"),
    "bits given the outcome": of_context("outcome", "bits"),
    "bits given the last round": of_context("both", "bits"),
    "bits given two rounds": of_context("both_two", "bits"),
    "what the outcome says": of_context("outcome", "gain"),
    "what the outcome says beyond the shares": of_context("outcome", "beyond"),
    "worth of nothing": of_context("always", "worth"),
    "worth of the outcome": of_context("outcome", "worth"),
    "worth of the last round": of_context("both", "worth"),
    "worth of the step by outcome": of_context("outcome_step", "worth"),
    "entropy of the distributions": lambda sums: of_estimate(entropy_and_sureness(sums)[0]),
    "memory 1": lambda sums: of_estimate(memory_value(GAME, CHAIR, sums, 1).in_match),
    "memory 2": lambda sums: of_estimate(memory_value(GAME, CHAIR, sums, 2).in_match),
}


def truth(number: str, player: str) -> float:
    """What an interval should hold: in closed form for who plays evenly, otherwise from very many matches."""
    if player == "even" and number != "entropy of the distributions":
        return float(np.log2(3)) if number.startswith("bits") else 0.0
    if number.startswith("memory"):
        return memory_value(GAME, CHAIR, endless(player), int(number[-1])).worst.in_match
    return NUMBERS[number](endless(player))[1]


def read_off(number: str, player: str, matches: int, simulations: int, _: np.random.Generator) -> Held:
    """A number of every run."""
    return held([NUMBERS[number](sums) for sums in runs(player, matches, simulations)], truth(number, player))


def told(number: str, simulations: int, _: np.random.Generator) -> Held:
    """A number of the planted tell in every run of 40 matches in which it is told."""
    found: list[Interval] = []
    for sums in runs("one tell", 40, simulations):
        tells: list[Tell] = strongest([(CHAIR, ChairContexts(GAME, 0, sums))])
        said = [tell for tell in tells if situation_in_words(GAME, tell).endswith(("losing with rock", "rock against paper"))]
        found.append(of_estimate(getattr(said[0], number)) if said else (np.nan, np.nan, np.nan))
    return held(found, {"worth": 0.6, "probability": 0.7}[number])


def as_matches(history: History) -> Matches:
    """The first seat's."""
    chosen = history.chosen
    return Matches(np.zeros(len(chosen), np.int64), chosen[:, 0], chosen[:, 1], history.probs[:, 0])


def code_length(matches: int, simulations: int, _: np.random.Generator) -> Held:
    """The bits in which context tree weighting writes a run's moves."""
    bits = as_matches(matches_of("habits of all kinds", matches * simulations, 5)).code_length(GAME)
    large = as_matches(matches_of("habits of all kinds", 20_000, 6)).code_length(GAME)
    runs_of = bits.reshape(simulations, matches)
    return held([of_estimate(stratified([sample_of(part)])) for part in runs_of], float(large.mean()))


def rate(matches: int, simulations: int, _: np.random.Generator) -> Held:
    """The bits of a run's moves to who has learned from its other half; the truth is what so many matches teach on average."""
    history = matches_of("habits of all kinds", matches * simulations, 9)
    found: list[Interval] = []
    for start in range(0, matches * simulations, matches):
        part = [(history.chosen[i, 0], history.chosen[i, 1], history.probs[i, 0]) for i in range(start, start + matches)]
        estimate = entropy_rate(Moves.of(part, 3), {("other", 0): np.arange(matches)})
        assert estimate is not None
        found.append(of_estimate(estimate))
    return held(found, float(np.mean([mean for _, mean, _ in found])))


ASKED = ("frequency", "ngram of both sides' moves", "lz78 of its moves", "ctw of both sides' moves")


def hits(matches: int, simulations: int, _: np.random.Generator) -> Held:
    """The rounds that the best of some predictors foretells."""
    small = as_matches(matches_of("habits of all kinds", matches * simulations, 7))
    large = as_matches(matches_of("habits of all kinds", 20_000, 8))
    known = dict(predictors())
    found = {name: small.hits(GAME, known[name]).reshape(simulations, matches) for name in ASKED if name in known}
    assert len(found) == len(ASKED)
    best = [best_of_many({name: [values[place]] for name, values in found.items()}) for place in range(simulations)]
    return held(
        [of_estimate(one.value) for one in best if one], max(float(large.hits(GAME, known[name]).mean()) for name in ASKED)
    )


ZERO = "at the end of what it can be, only one side can miss it"
TIED = "answers are about as good: it reaches beyond the best of them and the one chosen apart"
SPARSE = "81 situations, each seen a few times"
FEW = "groups of one match, halves of five"
TOLD = "read only where it is told, in one round of nine"
EFRON = "the jackknife errs on the safe side (Efron & Stein 1981) where much is left to learn"
CLOSE = "rivals are close, and allowed for"
BEYOND: dict[tuple[str, str, int], tuple[float, float, str]] = {
    **{(number, "even", 40): (0.93, 0.985, ZERO) for number in NUMBERS if number.startswith(("bits", "what"))},
    ("bits given two rounds", "even", 40): (0.88, 0.97, SPARSE),
    ("bits given two rounds", "habits of all kinds", 10): (0.88, 0.97, SPARSE),
    **{(number, "nearly even", 40): (0.93, 1.0, TIED) for number in ("memory 1", "memory 2")},
    **{(f"worth of the {part}", "nearly even", 40): (0.93, 0.995, TIED) for part in ("last round", "step by outcome")},
    ("worth of the outcome", "habits of all kinds", 10): (0.93, 0.985, TIED),
    **{(number, "habits of all kinds", 10): (0.88, 0.97, FEW) for number in ("memory 1", "memory 2")},
}
"""Where an interval is known to hold the truth less or more often, and why."""


def planted(number: str, player: str, matches: int = 40) -> Planted:
    """A number of a player."""
    least, most, why = BEYOND.get((number, player, matches), (LEAST, MOST, ""))
    simulate = partial(read_off, number, player, matches)
    return Planted("habits", number, f"{player}, {matches} matches", simulate, least=least, most=most, why=why)


HABITS = [
    *(planted(number, "habits of all kinds") for number in NUMBERS),
    *(planted(number, "nearly even") for number in NUMBERS),
    *(planted(number, "even") for number in NUMBERS),
    *(planted(number, "habits of all kinds", 10) for number in NUMBERS),
    Planted("habits", "a tell's worth", "40 matches", partial(told, "worth"), SOME, 0.91, MOST, TOLD),
    Planted("habits", "a tell's probability", "40 matches", partial(told, "probability"), SOME),
    Planted("habits", "code length", "40 matches", partial(code_length, 40)),
    Planted("habits", "code length", "20 matches", partial(code_length, 20)),
    Planted("habits", "rate learned from the other half", "40 matches", partial(rate, 40), SOME, 0.93, 1.0, EFRON),
    Planted("habits", "hits of the best predictor", "40 matches", partial(hits, 40), most=0.985, why=CLOSE),
]

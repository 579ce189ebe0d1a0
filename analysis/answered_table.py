"""How much of each agent's probability is on no answer, by round, and what its distributions are made of, as lines."""

from collections.abc import Iterator, Sequence

from analysis.answered import MARK, PERIODS, Situation, sign
from analysis.chairs import Chair
from analysis.figures import percent, plain_table
from arenas.plain_text import printable
from arenas.run_file import ENDED
from arenas.store import RunStore

TITLE = "probability on no answer, by round"
LEAST = 5e-4
"""Mass below which a chair needs no row."""
ESTIMATED = (
    "sampled (K): distributions are estimated from K draws or thoughts a round. Entropy and what a fully informed opponent "
    "wins are corrected for bias (jackknife over the draws), n/a where there is one draw or a mean over thoughts; intervals "
    "hold the noise of the draws, which differ from match to match."
)


def definition(store: RunStore) -> Iterator[str]:
    """That the probabilities of a run are not those of whole answers, where it was played before these were read."""
    if store.answers != ENDED:
        yield "answers by prefix (version 0.1): what begins with an answer counts as one, however it goes on"


def chairs_of(situations: Sequence[Situation]) -> dict[Chair, list[Situation]]:
    """The situations of each chair, in their order."""
    found: dict[Chair, list[Situation]] = {}
    for one in situations:
        found.setdefault(one.chair, []).append(one)
    return found


def rows(situations: Sequence[Situation]) -> list[tuple[str, ...]]:
    """Agent, arena, seat, the mass in each period with its mark, unended, forfeits, and the likeliest other words."""
    made = []
    for chair, parts in chairs_of(situations).items():
        if max(one.mass for one in parts) < LEAST and not any(one.forfeits for one in parts):
            continue
        mass = {one.period: f"{percent(one.mass)}{sign(one.mass)}" for one in parts}
        rounds, forfeits = sum(one.rounds for one in parts), sum(one.forfeits for one in parts)
        unended = percent(sum(one.unended * one.rounds for one in parts) / rounds)
        lost = f"{forfeits:,} ({percent(forfeits / rounds)})" if forfeits else "-"
        worst = max(parts, key=lambda one: one.mass)
        words = ", ".join(f"{token} {p:.2f}" for token, p in worst.outside) if worst.mass > MARK else ""
        who = (printable(chair.agent), printable(chair.arena), printable(parts[0].seat) or "any")
        made.append((*who, *(mass.get(period, "-") for period in range(len(PERIODS))), unended, lost, words or "-"))
    return made


def head() -> tuple[str, ...]:
    """What the columns of `rows` are called."""
    return ("agent", "arena", "seat", *PERIODS[:-1], "later", "unended", "forfeits", "likeliest other words")


def table(situations: Sequence[Situation]) -> list[str]:
    """The table with its title; nothing where everybody always answers."""
    made = rows(situations)
    return [f"== {TITLE} ==", *plain_table(head(), made)] if made else []


def estimated(situations: Sequence[Situation]) -> Iterator[str]:
    """Who answers by draws or thoughts, and of how many; nothing where all distributions are exact."""
    samples: dict[str, set[int]] = {}
    for one in situations:
        if one.samples:
            samples.setdefault(one.chair.agent, set()).add(one.samples)
    for agent, counts in samples.items():
        least, most = min(counts), max(counts)
        yield f"{printable(agent)}: sampled ({least if least == most else f'{least} to {most}'})"
    if samples:
        yield ESTIMATED

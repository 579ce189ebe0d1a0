"""The fifteen bots that people, and later language models, were measured against."""

from dataclasses import dataclass

from arenas.bounds import one_of
from arenas.play import Player, Table
from opponents.brockbank_vul_adaptive import CONTEXTS, ContextCounter
from opponents.brockbank_vul_stable import RULES, stable
from opponents.opponent import OPPONENTS, Opponent, Scripted
from opponents.rock_paper_scissors_only import check_rock_paper_scissors


@OPPONENTS.register("brockbank_vul")
@dataclass(frozen=True)
class BrockbankVul(Opponent):
    """One of the bots of Brockbank & Vul 2024 in rock-paper-scissors, by its name there.

    Seven are stable: they play what their rule says nine times in ten. Eight are adaptive: they count what the other does in a
    context and play what beats the most frequent. Frontier models met the same bots in Wang et al. 2026 (arXiv 2602.10324),
    300 rounds a match.
    """

    bot: str = "opponent_transitions"

    def __post_init__(self) -> None:
        one_of("bot", self.bot, [*RULES, *CONTEXTS])

    def player(self, table: Table) -> Player:
        """The bot; `UserError` in any other game."""
        check_rock_paper_scissors(table, "brockbank_vul")
        return Scripted(stable(RULES[self.bot])) if self.bot in RULES else ContextCounter(table, CONTEXTS[self.bot])

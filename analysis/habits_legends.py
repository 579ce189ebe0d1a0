"""What the columns of the tables of habits mean, on a terminal and in a report."""

EXPLOITABLE = (
    "knows its mind: an opponent that knows every distribution. memory 1, 2: the best answer to its mean answers to the last "
    "rounds, over a match. best met: the opponent that won most (none that foresees), chosen on one half of the matches and "
    "measured on the other; nobody: even that one wins nothing. The columns are not of the same rounds: who answers a memory "
    "steers the match to where the tells are and stays there, while who knows the mind is measured in the matches that were "
    "played; so a memory may win more than that, and a memory of two, chosen apart, less than one of one."
)
SHORT = {
    "always": "none",
    "opening": "first",
    "outcome": "won",
    "own": "own",
    "other": "other",
    "outcome_own": "won+own",
    "both": "both",
    "own_two": "own 2",
    "other_two": "other 2",
    "both_two": "both 2",
    "step": "(step)",
    "outcome_step": "(won)",
    "dual": "(won+step)",
}
"""What an opponent knows, in the head of a table."""
NARROW = ("always", "outcome", "own", "other", "both", "both_two")
"""The contexts that narrow terminals show."""
BITS = (
    "What the other knows: none: how often each move comes; first: whether it is the first round; won: how the last round "
    "ended; own, other, both: the moves of the last round; 2: of the last two; in brackets: bits of the step from its last "
    "move instead; all: everything, the mean entropy of its distributions. Corrected for bias (jackknife)."
)
WORTH = (
    "The same by what it wins: halfway between the best answer to all matches and answers that were chosen on one half of the "
    "matches and measured on the other."
)
BEYOND = (
    "Information gain: bits that are left to who knows the plain shares only, less those above; *: the 95 % interval is above "
    "0 (each by itself). Of steps it is less than nothing where moves say more than steps do."
)
FORETOLD = (
    "code: bits a round in which context tree weighting writes its moves, learning included, every match anew; rate: the same "
    "learned from one half of the matches, for the other half: above the entropy rate by what was not learned; hits: rounds "
    "that the best predictor foretells, chosen on one half of the matches and measured on the other; certain: rounds with a "
    "move above 90 %; states: of those of the last two rounds (or one) that came up, how many have a move above 90 %."
)
PEOPLE = (
    "rounds: the first ones of a match, the same for agents and people; people, pay: what people won and earned in recorded "
    "games (Brockbank & Vul 2024, CC0), of which 30, 100 and 300 rounds were measured: beside shorter matches stands nobody."
)
POPULATION = (
    "return: mean points a round over the bots met; lost: to the bot that wins most, chosen on one half of the matches and "
    "measured on the other; aggregate: return less lost (Lanctot et al. 2023, there in points of 1,000 rounds and of 43 bots)."
)

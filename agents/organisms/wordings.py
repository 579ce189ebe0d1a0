"""Other ways to tell a match than the prompts used in play: other labels, separators and rule texts."""

import numpy as np

from agents.organisms.simulated import Match
from arenas.wording import listed

LABELS = (
    ("Me", "Opponent"), ("A", "B"), ("Player 1", "Player 2"), ("I", "They"), ("First", "Second"), ("Alice", "Bob"),
    ("Home", "Guest"), ("Mine", "Theirs"), ("X", "Y"), ("Left player", "Right player"), ("Ann", "Max"), ("P", "Q"),
)  # fmt: skip
PAIRINGS = (
    "{me}: {a}\n{them}: {b}", "{me}: {a}, {them}: {b}", "{me} chose {a}, {them} chose {b}.", "{a} - {b}", "{a} against {b}",
    "{me} played {a} and {them} played {b}", "{me} = {a}; {them} = {b}", "{a}, {b}", "({a}, {b})", "{me} {a} / {them} {b}",
)  # fmt: skip
NUMBERINGS = ("", "", "{t}. ", "Round {t}: ", "{t}) ", "[{t}] ", "Game {t}\n", "#{t} ")
SEPARATORS = ("\n", "\n", "\n\n", "; ", " | ", " / ")
HEADINGS = (
    "A match of {game}.", "{game}, {n} rounds.", "Two people play {game}.", "Record of a game of {game}:",
    "We play {game}.", "The choices are {actions}.", "Each may choose {actions}.", "{game}: {actions}.",
    "Notes from {n} rounds of {game}.", "Here are the moves in {game}.", "A game with the choices {actions}.", "",
)  # fmt: skip
LIST_HEADINGS = ("Moves:", "My moves in {game}:", "A player's choices:", "Sequence:", "{me} chose", "Chosen in {game}:")
LIST_SEPARATORS = (", ", " ", "; ", " - ", "\n")
GAME_NAMES = {
    "rps": ("rock-paper-scissors", "paper, scissors, rock", "roshambo", "rock, paper, scissors"),
    "hide_and_seek": ("hide-and-seek", "hiding and seeking", "a hiding game", "hide and seek"),
    "matrix": ("a matrix game", "a guessing game", "a game of choices", "the matching game"),
}


def pick(generator: np.random.Generator, things: tuple[str, ...]) -> str:
    """One of the things, each as likely."""
    return things[int(generator.integers(len(things)))]


def game_name(generator: np.random.Generator, match: Match) -> str:
    """One of the names people give the match's game."""
    return pick(generator, GAME_NAMES[match.game.config()["game"]])


def retold(generator: np.random.Generator, match: Match) -> str:
    """A match as a text in a drawn wording; one in six is a list of one player's moves alone."""
    me, them = LABELS[int(generator.integers(len(LABELS)))]
    words = {
        "me": me,
        "them": them,
        "game": game_name(generator, match),
        "n": str(len(match.mine)),
        "actions": listed(match.game.actions[match.seat], str(generator.choice(["or", "and"]))),
    }
    if generator.random() < 1 / 6:
        heading = pick(generator, LIST_HEADINGS).format(**words)
        return f"{heading} {pick(generator, LIST_SEPARATORS).join(match.my_words)}"
    pairing, numbering = pick(generator, PAIRINGS), pick(generator, NUMBERINGS)
    rounds = [
        numbering.format(t=t + 1) + pairing.format(a=a, b=b, **words)
        for t, (a, b) in enumerate(zip(match.my_words, match.their_words, strict=True))
    ]
    heading = pick(generator, HEADINGS).format(**words)
    told = pick(generator, SEPARATORS).join(rounds)
    return f"{heading}\n\n{told}" if heading else told

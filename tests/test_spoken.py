"""What a spoken answer means."""

import pytest

from agents.model import Said
from agents.spoken import meant_leniently, meant_strictly

WORDS = ("rock", "paper", "scissors")
CHAT = tuple((word, word.capitalize(), f"**{word}**") for word in WORDS)
TEXT = tuple((f" {word}", f" {word.capitalize()}") for word in WORDS)
NUMBERS = tuple((str(n),) for n in range(-3, 11))


@pytest.mark.parametrize(
    ("said", "strict", "lenient"),
    [
        ("rock", 0, 0),
        ("Paper.", 1, 1),
        ("**scissors**.\n", 2, 2),
        ("rock\n", 0, 0),
        ("rock!", None, 0),
        (" rock", None, 0),
        ("ROCK", None, 0),
        ("I choose rock.", None, 0),
        ("Rock beats scissors.", None, None),
        ("rocket", None, None),
        ("", None, None),
        ("I will not say.", None, None),
    ],
)
def test_a_turn_of_a_chat(said: str, strict: int | None, lenient: int | None) -> None:
    assert meant_strictly(Said(said, ended=True), CHAT, None) == strict
    assert meant_leniently(Said(said, ended=True), CHAT, WORDS, None) == lenient


def test_a_turn_that_was_cut_off_is_no_whole_answer() -> None:
    assert meant_strictly(Said("rock", ended=False), CHAT, None) is None
    assert meant_leniently(Said("rock", ended=False), CHAT, WORDS, None) == 0


@pytest.mark.parametrize(
    ("said", "strict", "lenient"),
    [
        (" rock\nThem:", 0, 0),
        (" Paper\n\n", 1, 1),
        (" rock", None, 0),
        (" rock.\n", None, 0),
        (" I play rock\nThem: paper", None, 0),
        ("\nrock", None, None),
    ],
)
def test_a_text_means_what_stands_before_its_end(said: str, strict: int | None, lenient: int | None) -> None:
    assert meant_strictly(Said(said, ended="\n" in said), TEXT, "\n") == strict
    assert meant_leniently(Said(said, ended="\n" in said), TEXT, WORDS, "\n") == lenient


@pytest.mark.parametrize(
    ("said", "meant"), [("7", 10), ("-3", 0), ("I say 10.", 13), ("3.5", None), ("13", None), ("3 or 4", None), ("1,000", None)]
)
def test_numbers_stand_alone(said: str, meant: int | None) -> None:
    words = [forms[0] for forms in NUMBERS]
    assert meant_leniently(Said(said, ended=True), NUMBERS, words, None) == meant

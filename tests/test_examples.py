"""Examples: over all orders no action stands anywhere more often than another, and within one each as often."""

from collections import Counter

import pytest

from agents.examples import orders_of, rounds_shown
from agents.number_words import number_word
from agents.style import load_style, packaged_styles, parse_style
from arenas.errors import UserError
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix import Matrix
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.writing import Writing

UNEQUAL = Matrix(payoffs=((1, 0, 2), (0, 3, 1)), row_actions=("up", "down"), column_actions=("left", "middle", "right"))
GAMES: list[Game] = [RockPaperScissors(), HideAndSeek(), Matrix(), RandomNumber(), RandomNumber(low=1, high=50), UNEQUAL]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("number", [1, 12, 18])
def test_every_action_stands_in_every_place_as_often(game: Game, number: int) -> None:
    pairs = len(game.seats) == 2
    documents = [rounds_shown(game, 0, order, number) for order in range(orders_of(game, 0, pairs))]
    for place in range(len(documents[0])):
        mine = Counter(document[place][0] for document in documents)
        assert set(mine) == set(game.actions[0])
        assert len(set(mine.values())) == 1
        if pairs:
            both = Counter(document[place] for document in documents)
            assert len(both) == len(game.actions[0]) * len(game.actions[1])
            assert len(set(both.values())) == 1
    for document in documents:
        assert number <= len(document)
        shown = Counter(mine for mine, _ in document)
        assert len(shown) == min(len(game.actions[0]), 12)
        assert len(set(shown.values())) == 1


@pytest.mark.parametrize("name", packaged_styles())
def test_orders_change_what_a_model_reads_and_examples_can_be_left_out(name: str) -> None:
    style, game = load_style(name), RockPaperScissors()
    assert style.orders(game, 0) == 9
    assert len({style.opening(game, 0, order) for order in range(9)}) == 9
    bare = style.with_examples(False)
    assert bare.orders(game, 0) == 1
    opening = bare.opening(game, 0)
    assert opening.shown == ()
    assert len(opening.text) < 400
    assert style.with_examples(1).opening(game, 0) != opening


@pytest.mark.parametrize("name", [name for name in packaged_styles() if not name.startswith("chat")])
def test_an_example_poem_is_not_about_what_is_asked(name: str) -> None:
    style = load_style(name)
    told = style.opening(Writing(topic="the river"), 0).text
    assert told.lower().count("the river") == 1
    assert "old dog" in told


def test_a_style_without_examples_cannot_be_asked_for_them() -> None:
    parts = [f'{part}: {{opening: "{{rules}}"}}' for part in ("repeated", "solo", "writing")]
    bare = parse_style("bare", "\n".join(["kind: chat", 'answer: "{action}"', *parts]))
    with pytest.raises(UserError, match="examples: style bare says of no game how examples are told"):
        bare.with_examples(3)
    assert bare.with_examples(False) == bare


def test_numbers_in_words() -> None:
    assert [number_word(text) for text in ("0", "7", "13", "20", "42", "100")] == [
        "zero", "seven", "thirteen", "twenty", "forty-two", "one hundred",
    ]  # fmt: skip
    assert [number_word(text) for text in ("101", "-1", "007", "rock", "1.5")] == [None] * 5
    menu = load_style("chat").menu(RandomNumber(), 0)
    assert " seven" in menu[7]
    assert menu[7][0] == " 7"
    assert not [form for form in load_style("chat").menu(RockPaperScissors(), 0)[0] if "{" in form or form.strip() == ""]

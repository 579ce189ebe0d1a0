"""Tokens of the pieces, laid end to end, are the tokens of the whole text: for three families of tokenizers and every style."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_prompts import short
from zoo import sentencepiece_like_tokenizer, tiktoken_like_tokenizer, tokenizer

from agents.engine.pieces import TextPieces
from agents.engine.trie import trie_of
from agents.style import Style, load_style, packaged_styles
from arenas.game import GAMES

TOKENIZERS = {"gpt2": tokenizer, "sentencepiece": sentencepiece_like_tokenizer, "tiktoken": tiktoken_like_tokenizer}
TEXT_STYLES = [name for name in packaged_styles() if load_style(name).kind == "text"]
CHOICE_GAMES = [name for name in GAMES.names() if not GAMES.get(name).free_text]


@pytest.mark.parametrize("make", TOKENIZERS.values(), ids=TOKENIZERS)
@pytest.mark.parametrize("style_name", TEXT_STYLES)
@pytest.mark.parametrize("game_name", CHOICE_GAMES)
def test_pieces_are_the_whole(make: Callable[[], Any], style_name: str, game_name: str) -> None:
    tokens, style, game = make(), load_style(style_name), short(game_name)
    pieces = TextPieces(tokens)
    opening = style.opening(game, 0)
    text, ids = opening.text, pieces.opening(opening)
    for t in range(3):
        words = game.actions[0]
        answer = style.written(words[(5 * t) % len(words)])
        reply = style.after_round(game, 0, t, words[0], words[-1], 1.0)
        ids = ids + pieces.answer(opening.text, answer) + pieces.reply(answer, reply)
        text += answer + reply
    assert ids == tokens(text)["input_ids"]
    assert not pieces.notes


def test_a_round_of_the_default_style_costs_at_most_8_tokens() -> None:
    style, game = load_style("plain"), short("rps")
    pieces = TextPieces(tokenizer())
    answer = style.written("rock")
    reply = style.after_round(game, 0, 0, "rock", "paper", -1.0)
    assert len(pieces.answer(style.opening(game, 0).text, answer) + pieces.reply(answer, reply)) <= 8


def test_a_seam_that_would_be_merged_is_kept_apart_and_noted() -> None:
    tokens = tokenizer()
    pieces = TextPieces(tokens)
    assert (
        tokens("Numbers: 10")["input_ids"]
        != tokens("Numbers: 1")["input_ids"] + tokens("0", add_special_tokens=False)["input_ids"]
    )
    assert pieces.answer("Numbers: 1", "0") == tokens("0", add_special_tokens=False)["input_ids"]
    assert list(pieces.notes) == ["the tokenizer merges 'Numbers: 1' and '0'; they are kept apart"]


@pytest.mark.parametrize(("before", "text"), [("Say rock", "s, paper"), ("1", "0,")])
def test_a_piece_that_is_kept_apart_gains_no_space(before: str, text: str) -> None:
    made = sentencepiece_like_tokenizer()
    made.add_tokens(["rocks", "10"])
    pieces = TextPieces(made)
    apart = pieces.answer(before, text)
    assert list(pieces.notes) == [f"the tokenizer merges {before[-12:]!r} and {text!r}; they are kept apart"]
    assert made.convert_ids_to_tokens(made(text, add_special_tokens=False)["input_ids"])[0].startswith("\u2581")
    assert made.decode([*made("x", add_special_tokens=False)["input_ids"], *apart]) == f"x{text}"


def test_a_trie_feeds_every_node_but_the_root() -> None:
    trie = trie_of([(1,), (1, 0), (2, 5, 6)])
    assert trie.inner == ((1,), (2,), (1, 0), (2, 5), (2, 5, 6))
    assert (trie.tokens, trie.depths) == ([1, 2, 0, 5, 6], [1, 1, 2, 2, 3])
    assert trie.tips == ((1, 0), (2, 5, 6))
    assert [np.flatnonzero(row).tolist() for row in trie.ancestry] == [[0], [1], [0, 2], [1, 3], [1, 3, 4]]
    with pytest.raises(ValueError, match="must have a token"):
        trie_of([()])


def test_every_text_style_ends_what_is_said_where_an_answer_may_begin() -> None:
    for name in TEXT_STYLES:
        style: Style = load_style(name)
        for wording in (style.repeated, style.solo):
            assert wording.opening.endswith(":")
            assert wording.round.endswith((":", ","))
        assert style.answer.startswith(" ")

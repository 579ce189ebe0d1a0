"""Tokens of the pieces, laid end to end, are the tokens of the whole text: for three families of tokenizers and every style."""

from collections.abc import Callable
from typing import Any

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
    text, ids = opening, pieces.opening(opening)
    for t in range(3):
        words = game.actions[0]
        answer = style.answer.format(action=words[(5 * t) % len(words)])
        reply = style.after_round(game, 0, t, words[0], words[-1], 1.0)
        ids = ids + pieces.answer(opening, answer) + pieces.reply(answer, reply)
        text += answer + reply
    assert ids == tokens(text)["input_ids"]
    assert not pieces.notes


def test_a_round_of_the_default_style_costs_at_most_8_tokens() -> None:
    style, game = load_style("plain"), short("rps")
    pieces = TextPieces(tokenizer())
    answer = style.answer.format(action="rock")
    reply = style.after_round(game, 0, 0, "rock", "paper", -1.0)
    assert len(pieces.answer(style.opening(game, 0), answer) + pieces.reply(answer, reply)) <= 8


def test_a_seam_that_would_be_merged_is_kept_apart_and_noted() -> None:
    tokens = tokenizer()
    pieces = TextPieces(tokens)
    assert (
        tokens("Numbers: 10")["input_ids"]
        != tokens("Numbers: 1")["input_ids"] + tokens("0", add_special_tokens=False)["input_ids"]
    )
    assert pieces.answer("Numbers: 1", "0") == tokens("0", add_special_tokens=False)["input_ids"]
    assert list(pieces.notes) == ["the tokenizer merges 'Numbers: 1' and '0'; they are kept apart"]


def test_a_trie_feeds_inner_nodes_only_and_knows_who_must_end() -> None:
    trie = trie_of([(1,), (1, 0), (2, 5, 6), (2, 5, 7)])
    assert trie.inner == ((1,), (2,), (2, 5))
    assert trie.endings == [(0, 1)]
    assert trie.children(3) == [6, 7]
    assert trie.ancestry.tolist() == [[True, False, False], [False, True, False], [False, True, True]]
    assert trie.paths.sum(axis=1).tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize("answers", [[(1,), (1,)], [()]])
def test_a_trie_refuses_answers_that_cannot_be_told_apart(answers: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="must be non-empty and differ"):
        trie_of(answers)


def test_every_text_style_ends_what_is_said_where_an_answer_may_begin() -> None:
    for name in TEXT_STYLES:
        style: Style = load_style(name)
        for wording in (style.repeated, style.solo):
            assert wording.opening.endswith(":")
            assert wording.round.endswith((":", ","))
        assert style.answer.startswith(" ")

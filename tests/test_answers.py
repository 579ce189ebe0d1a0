"""The answers of a menu as paths of tokens, and what their masses come to."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from zoo import tokenizer

from agents.engine.answer_paths import AnswerPaths
from agents.engine.answers import LEAST, Answers, Found
from agents.engine.menus import summed
from agents.engine.reading import Reading
from agents.engine.token_texts import TokenTexts
from agents.model import Forms, Sampling
from arenas.errors import PlayerFailed, UserError

TOKENS = tokenizer()
TEXTS = TokenTexts(TOKENS, len(TOKENS))
V = len(TOKENS)
STOP = TOKENS.eos_token_id
RPS = tuple((f" {word}", f" {word.capitalize()}") for word in ("rock", "paper", "scissors"))
NUMBERS = tuple((f" {number}",) for number in range(11))


def spelled(text: str) -> list[int]:
    """The tokens of a text after a colon."""
    ids: list[int] = TOKENS("You:" + text, add_special_tokens=False)["input_ids"]
    head: list[int] = TOKENS("You:", add_special_tokens=False)["input_ids"]
    assert ids[: len(head)] == head
    return ids[len(head) :]


def answers(menu: tuple[Forms, ...], end: str | None, sampling: Sampling | None = None) -> Answers:
    stops = frozenset({STOP}) if end is None else frozenset[int]()
    return Answers(AnswerPaths([menu], end, stops, spelled, TEXTS), sampling or Sampling())


Next = Callable[[tuple[int, ...]], np.ndarray[Any, Any]]


def asked(reader: Answers, after: Next) -> tuple[Any, Found]:
    """The answers of one row whose next tokens follow `after` (probabilities [V] after the tokens of a node)."""
    found = Found.nothing(1, len(reader.paths.nodes))
    trie = reader.first_trie()
    while True:
        logits = torch.tensor(np.log(np.stack([after(node) for node in trie.prefixes]))[None])
        reader.take_in(found, reader.ask(Reading.of(logits), trie)(), trie, np.zeros(1, dtype=int))
        missing = reader.missing(found)
        if not missing.any():
            return summed(reader, found, np.zeros(1, dtype=int), lambda rows: [[("I", 0.1)] for _ in rows]), found
        trie = reader.trie_over(missing)


def planted(texts: dict[str, float], end: str | None) -> Next:
    """A model that says each text (its tokens, then the end) with a probability, and else token 0 for ever."""
    ends = [STOP] if end is None else spelled(end)
    said = [([*spelled(text), *ends], p) for text, p in texts.items()]

    def after(node: tuple[int, ...]) -> np.ndarray[Any, Any]:
        begun = [(ids, p) for ids, p in said if tuple(ids[: len(node)]) == node]
        total = sum(p for _, p in begun) if node else 1.0
        probs = np.full(V, 1e-300)
        for ids, p in begun:
            if len(ids) > len(node):
                probs[ids[len(node)]] += p / total
        probs[0] += max(1.0 - probs.sum(), 0.0)
        return probs

    return after


def test_the_forms_of_an_action_are_summed_and_end() -> None:
    says = {" rock": 0.4, " Rock": 0.1, " paper": 0.2, " paper, or": 0.15, " the": 0.05}
    found, _ = asked(answers(RPS, "\n"), planted(says, "\n"))
    np.testing.assert_allclose(found.probs[0], [0.5 / 0.7, 0.2 / 0.7, 0.0], atol=1e-9)
    assert found.unended[0] == pytest.approx(0.15)
    assert found.off_menu[0] == pytest.approx(0.15)
    forms = dict(json.loads(found.readings[0])["forms"])
    assert forms == {" rock": 0.4, " paper": 0.2, " Rock": 0.1}
    assert json.loads(found.readings[0])["outside"] == [["I", 0.1]]


def test_a_chat_may_end_with_a_stop_or_a_line_before_its_turn_ends() -> None:
    says = {" rock": 0.3, " rock.": 0.2, " rock\n": 0.1, " rock.\n": 0.05, " rock!": 0.2, " paper": 0.1}
    found, _ = asked(answers(RPS, None), planted(says, None))
    np.testing.assert_allclose(found.probs[0], [0.65 / 0.75, 0.1 / 0.75, 0.0], atol=1e-9)
    assert found.unended[0] == pytest.approx(0.2)


def test_a_number_is_as_likely_whatever_else_is_on_the_menu() -> None:
    says = {" 1": 0.3, " 10": 0.2, " 12": 0.1, " 7": 0.25, " 7th": 0.05}
    short, _ = asked(answers(NUMBERS[:10], "\n"), planted(says, "\n"))
    long, _ = asked(answers(NUMBERS, "\n"), planted(says, "\n"))
    for found, on_menu, unended in ((short, 0.55, 0.35), (long, 0.75, 0.15)):
        assert found.probs[0, 1] * on_menu == pytest.approx(0.3)
        assert 1 - found.off_menu[0] - found.unended[0] == pytest.approx(on_menu)
        assert found.unended[0] == pytest.approx(unended)


def test_a_rare_form_is_left_out_and_its_row_does_not_depend_on_others() -> None:
    rare = {" rock": 0.6, " paper": 0.3, " Scissors": LEAST / 2}
    found, seen = asked(answers(RPS, "\n"), planted(rare, "\n"))
    assert found.probs[0, 2] == 0.0
    reader = answers(RPS, "\n")
    node = reader.paths.nodes.index(tuple(spelled(" Scissors"))[:1])
    assert not seen.read[0, node] or tuple(spelled(" Scissors"))[:1] in reader.paths.usual


def test_sampling_cuts_what_is_read_as_what_is_said() -> None:
    says = {" rock": 0.55, " paper": 0.35, " scissors": 0.1}
    found, _ = asked(answers(RPS, "\n", Sampling(top_p=0.8)), planted(says, "\n"))
    np.testing.assert_allclose(found.probs[0], [0.55 / 0.9, 0.35 / 0.9, 0.0], atol=1e-6)


def test_answers_of_equal_tokens_are_refused() -> None:
    class Blind(TokenTexts):
        pass

    with pytest.raises(UserError, match="'x' and 'y' are the same tokens"):
        AnswerPaths([(("x",), ("y",))], "\n", frozenset(), lambda text: [5, 6] if "\n" in text else [5], Blind(TOKENS, V))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_a_failure_with_a_remedy(bad: float) -> None:
    reader = answers(RPS, "\n")
    trie = reader.first_trie()
    logits = torch.zeros((1, len(trie.prefixes), V))
    logits[0, 1, 3] = bad
    found = Found.nothing(1, len(reader.paths.nodes))
    numbers = reader.ask(Reading.of(logits), trie)()
    with pytest.raises(PlayerFailed, match="not finite"):
        reader.take_in(found, numbers, trie, np.zeros(1, dtype=int))

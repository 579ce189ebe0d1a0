"""Chats are read where their templates' models answer: held against the templates' own renderings of the whole."""

import datetime as dt
from typing import Any

import pytest
from chat_templates import (
    CLOSINGS,
    COMPOSED,
    DATE_STRING,
    DATED,
    DEFAULT_SYSTEM,
    DROPS_SYSTEM,
    NO_SYSTEM,
    OPEN,
    PARTS,
    REWRITTEN,
    STUBBORN,
    TOKENIZERS,
    around,
    speaking,
)

from agents.engine.pieces import ChatPieces
from agents.model import Opening
from arenas.errors import UserError

ANSWERS = ("scissors", "10", "rock", "1", "2")
OPENING, SAID = Opening("You play ten rounds. First choice?"), "The other player chose paper. Next?"
PLAIN = COMPOSED["plain"]
ROUNDS = 3


def ids(tokens: Any, text: str) -> list[int]:
    return list(tokens(text, add_special_tokens=False)["input_ids"])


def chat(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]


def rendered(tokens: Any, turns: list[dict[str, str]], **arguments: Any) -> str:
    text: str = tokens.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **arguments)
    return text


def history(answer: str, rounds: int) -> list[dict[str, str]]:
    return chat(OPENING.text, *[answer, SAID] * rounds)


@pytest.mark.parametrize("kind", TOKENIZERS)
@pytest.mark.parametrize("name", COMPOSED)
def test_each_round_is_token_for_token_the_templates_own_history(name: str, kind: str) -> None:
    tokens = speaking(COMPOSED[name], kind)
    pieces = ChatPieces(tokens, "m")
    for answer in ANSWERS:
        held, before = pieces.opening(OPENING), pieces.opening_text(OPENING)
        for t in range(ROUNDS):
            whole = ids(tokens, rendered(tokens, history(answer, t + 1)))
            read = held + pieces.answer(before, answer)
            assert read == whole[: len(read)], (answer, t)
            assert tokens.decode(whole[: len(read)]).endswith(answer)
            held = (
                pieces.transcript(OPENING, [(answer, SAID)] * (t + 1)) if pieces.rewrites else read + pieces.reply(answer, SAID)
            )
            before = pieces.reply_text(SAID)
            assert whole[: len(held)] == held[: len(whole)], "what is held begins the template's own rendering"
        assert held == pieces.transcript(OPENING, [(answer, SAID)] * ROUNDS)
    assert not any("rewrites earlier turns" in note or "merges" in note for note in pieces.notes)


@pytest.mark.parametrize("kind", TOKENIZERS)
@pytest.mark.parametrize("name", REWRITTEN)
def test_a_block_of_thoughts_is_closed_and_earlier_turns_are_as_the_template_has_them(name: str, kind: str) -> None:
    tokens = speaking(REWRITTEN[name], kind)
    pieces = ChatPieces(tokens, "m")
    assert pieces.rewrites
    assert any("rewrites earlier turns" in note for note in pieces.notes)
    for t in range(ROUNDS):
        asked = rendered(tokens, history("rock", t), enable_thinking=False, thinking_budget=0)
        place = asked[: asked.rindex("<|assistant|>")] + CLOSINGS[name]
        for answer in ANSWERS:
            held = pieces.transcript(OPENING, [("rock", SAID)] * t)
            before = pieces.opening_text(OPENING) if t == 0 else pieces.reply_text(SAID)
            assert held + pieces.answer(before, answer) == ids(tokens, place + answer)


def test_where_the_prompt_ends_within_thoughts_and_no_form_closes_them_the_key_is_named() -> None:
    with pytest.raises(UserError, match=r"within its thoughts .*: give it thinking: \{tokens: N, samples: K\}$"):
        ChatPieces(speaking(OPEN), "m")
    switched = OPEN.replace("<think>\n", "{% if enable_thinking %}<think>\n{% endif %}")
    assert not ChatPieces(speaking(switched), "m").rewrites
    with pytest.raises(
        UserError, match=r"give it template: \{enable_thinking: false\} or thinking: \{tokens: N, samples: K\}$"
    ):
        ChatPieces(speaking(switched), "m", template={"enable_thinking": True})
    assert ChatPieces(speaking(OPEN), "m", thinks=True).thinking is not None


BY_ITSELF = around("{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}")
"""A template that leaves it to the model to open its thoughts."""


@pytest.mark.parametrize(
    ("template", "opens", "closes"),
    [
        (OPEN, "", "\n</think>\n\n"),
        (REWRITTEN["an open block, closed as where there are thoughts"], "", "\n</think>\n\n"),
        (REWRITTEN["an open block and another mark before the answer"], "", "[/THINK][TEXT]"),
        (BY_ITSELF, "<think>", "</think>"),
    ],
)
def test_thoughts_stand_before_the_answer_and_out_of_later_context(template: str, opens: str, closes: str) -> None:
    tokens = speaking(template)
    pieces = ChatPieces(tokens, "m", thinks=True)
    marks = pieces.thinking
    assert marks is not None
    assert (marks.opens, marks.closes) == (opens, closes)
    assert marks.shown == (template != OPEN)
    assert marks.kept == (template != OPEN), "these templates would keep all thoughts that they are given"
    asked = rendered(tokens, chat(OPENING.text), enable_thinking=True) + opens
    assert pieces.opening(OPENING) == ids(tokens, asked)
    for thought in ("They like paper.", "Rock again"):
        written = ids(tokens, thought)
        assert not pieces.thought_over(written)
        ended = [*written, *ids(tokens, closes)]
        assert pieces.thought_over(ended)
        before = pieces.opening_text(OPENING)
        for thoughts in (written, ended):
            read = pieces.opening(OPENING) + pieces.thought(thoughts) + pieces.answer(before, "rock")
            assert tokens.decode(read) == asked + thought + closes + "rock"
    later = pieces.transcript(OPENING, [("rock", SAID)])
    assert tokens.decode(later) == rendered(tokens, history("rock", 1), enable_thinking=True) + opens


def test_the_tokens_by_which_a_model_opens_its_thoughts_are_known() -> None:
    tokens = speaking(PLAIN)
    found = ChatPieces(tokens, "m").thinking_tokens
    assert tokens.convert_tokens_to_ids("<think>") in found
    assert tokens.convert_tokens_to_ids("<|end|>") not in found


def test_the_token_that_ends_a_turn_is_read_off_the_template() -> None:
    tokens = speaking(PLAIN)
    assert ChatPieces(tokens, "m").ends == {tokens.convert_tokens_to_ids("<|end|>")}
    endless = speaking(COMPOSED["no mark of an end"])
    assert ChatPieces(endless, "m").ends == {endless.convert_tokens_to_ids("<|user|>")}
    assert ChatPieces(speaking(COMPOSED["words as marks"]), "m").ends == set()
    two = "{{ '</s>' if loop.last else '<|end|>' }}{% endif %}{% endfor %}"
    assert ChatPieces(speaking(around("{{ m.content }}", rest=two)), "m").ends == set(
        tokens.convert_tokens_to_ids(["</s>", "<|end|>"])
    )


def test_arguments_reach_the_template_and_unknown_ones_are_refused() -> None:
    effort = "<|system|>Effort: {{ reasoning_effort | default('medium') }}<|end|>" + PLAIN
    tokens = speaking(effort)
    assert "Effort: low" in ChatPieces(tokens, "m", template={"reasoning_effort": "low"}).opening_text(OPENING)
    assert "Effort: medium" in ChatPieces(tokens, "m").opening_text(OPENING)
    for wrong in ("reasoning_efort", "enable_thinking", "messages", "chat_template"):
        with pytest.raises(UserError, match=f"^template: the chat template of m has no argument '{wrong}': "):
            ChatPieces(tokens, "m", template={wrong: "low"})


def test_a_system_turn_is_the_templates_own_none_or_the_text_that_is_given() -> None:
    tokens = speaking(DEFAULT_SYSTEM)
    own = ChatPieces(tokens, "m")
    assert own.opening_text(OPENING) == rendered(tokens, chat(OPENING.text))
    shown = "You are a helpful player, made in a test."
    assert [note for note in own.notes if "its own prompt" in note] == [
        f"the chat template begins with its own prompt ({len(ids(tokens, shown))} tokens): {shown!r}"
    ]
    for system in ("", "Win."):
        pieces = ChatPieces(tokens, "m", system=system)
        turns = [{"role": "system", "content": system}, *chat(OPENING.text)]
        assert pieces.opening_text(Opening(OPENING.text, system)) == rendered(tokens, turns)
        assert not pieces.notes
    assert "system" not in ChatPieces(speaking(PLAIN), "m", system="").opening_text(Opening(OPENING.text, ""))


def test_a_prompt_of_the_template_that_cannot_be_removed_is_refused_where_none_is_wanted() -> None:
    with pytest.raises(UserError, match=r"system: none: .* keeps its own prompt"):
        ChatPieces(speaking(STUBBORN), "m", system="")


@pytest.mark.parametrize("template", [NO_SYSTEM, DROPS_SYSTEM], ids=["raises", "drops it"])
def test_without_a_system_turn_its_text_stands_before_the_first_question(template: str) -> None:
    tokens = speaking(template)
    pieces = ChatPieces(tokens, "m", system="Win.")
    opening = Opening(OPENING.text, "Win.")
    assert pieces.opening_text(opening) == rendered(tokens, chat(f"Win.\n\n{OPENING.text}"))
    assert pieces.transcript(opening, [("rock", SAID)]) == ids(
        tokens, rendered(tokens, chat(f"Win.\n\n{OPENING.text}", "rock", SAID))
    )
    assert any("no system turn" in note for note in pieces.notes)


@pytest.mark.parametrize("kind", TOKENIZERS)
@pytest.mark.parametrize("name", ["plain", "a space", "a header"])
def test_a_prefill_and_demonstrated_turns_are_turns_of_the_history(name: str, kind: str) -> None:
    tokens = speaking(COMPOSED[name], kind)
    pieces = ChatPieces(tokens, "m", prefill="My choice:")
    opening = Opening(OPENING.text, shown=(("A game.", " paper"), ("Another.", " rock")))
    held, before = pieces.opening(opening), pieces.opening_text(opening)
    assert before.endswith("My choice:")
    for t in range(ROUNDS):
        shown = ("A game.", "My choice: paper", "Another.", "My choice: rock", OPENING.text)
        turns = chat(*shown, *["My choice: scissors", SAID] * (t + 1))
        read = held + pieces.answer(before, " scissors")
        assert read == ids(tokens, rendered(tokens, turns))[: len(read)]
        held = read + pieces.reply(" scissors", SAID)
        assert held == pieces.transcript(opening, [(" scissors", SAID)] * (t + 1))
        before = pieces.reply_text(SAID)


def test_the_date_is_the_one_that_is_given_and_nobody_elses() -> None:
    tokens = speaking(DATED)
    first, second = (ChatPieces(tokens, "m", date=dt.date(2026, 11, day)) for day in (5, 26))
    assert "Today is 05 Nov 2026." in first.opening_text(OPENING)
    assert "Today is 26 Nov 2026." in second.opening_text(OPENING)
    assert first.dated
    assert first.opening_text(OPENING).replace("05 Nov", "26 Nov") == second.opening_text(OPENING)
    assert f"Today is {dt.date.today():%d %b %Y}." in rendered(tokens, chat("?")), "the clock goes on for all others"
    assert f"Today is {dt.date.today():%d %b %Y}." in ChatPieces(tokens, "m").opening_text(OPENING)
    assert not ChatPieces(speaking(PLAIN), "m").dated


@pytest.mark.parametrize("template", [DATED.replace("%d %b", "%-d. %B"), "\n   {% if true %}x{% endif %}" + DATED])
def test_a_fixed_date_changes_nothing_else(template: str) -> None:
    tokens = speaking(template)
    assert ChatPieces(tokens, "m").opening_text(OPENING) == rendered(tokens, chat(OPENING.text))


def test_a_template_that_only_takes_a_date_is_given_it() -> None:
    pieces = ChatPieces(speaking(DATE_STRING), "m", date=dt.date(2026, 11, 5))
    assert "Today is 05 Nov 2026." in pieces.opening_text(OPENING)
    assert pieces.dated
    given = ChatPieces(speaking(DATE_STRING), "m", template={"date_string": "Monday"})
    assert "Today is Monday." in given.opening_text(OPENING)
    assert not given.dated


def test_turns_of_parts_are_given_as_parts() -> None:
    tokens = speaking(PARTS)
    turns = [{"role": "user", "content": [{"type": "text", "text": OPENING.text}]}]
    assert ChatPieces(tokens, "m").opening_text(OPENING) == rendered(tokens, turns)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ raise_exception('tools are needed') }}", r"fails \(tools are needed\): use a style of kind text"),
        ("{{ functions.name }}" + PLAIN, r"fails \('functions' is undefined\): give it template: \{functions: ''\}"),
        ("{% for t in tools %}{{ t }}{% endfor %}" + PLAIN, r"fails \(.*\): give it template: \{tools: \[\]\}"),
        ("{{ functions.name }}", r"fails \('functions' is undefined\): use a style of kind text"),
        ("{% for t in tools %}{% endfor %}", "fails .*: use a style of kind text"),
        ("{{ messages[0]['content'] }}<|assistant|>", "does not show every turn: use a style of kind text"),
        ("{{ messages[-1]['content'] }}<|assistant|>", "does not show every turn: use a style of kind text"),
        ("{% if %}", r"cannot be read \(.*\): use a style of kind text"),
        (
            "{% for m in messages %}{{ m.content }}{% if not loop.last %}  {% endif %}{% endfor %}</s>",
            "ends the question with '</s>' where its history goes on: use a style of kind text",
        ),
        (
            around("<|message|>{{ m['content'] }}", "Answer as a pirate:"),
            r"ends its generation prompt with 'Answer as a pirate:' where its history has '<\|message\|>': "
            "use a style of kind text",
        ),
    ],
)
def test_a_template_in_which_no_chat_can_be_held_is_one_line_with_what_to_do(template: str, words: str) -> None:
    with pytest.raises(UserError, match=f"^the chat template of m {words}$") as caught:
        ChatPieces(speaking(template), "m")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("template", "mended"),
    [
        ("{{ functions.name }}" + PLAIN, {"functions": ""}),
        ("{% for t in tools %}{{ t }}{% endfor %}" + PLAIN, {"tools": []}),
    ],
)
def test_the_key_that_a_refusal_names_mends_it(template: str, mended: dict[str, Any]) -> None:
    tokens = speaking(template)
    assert ChatPieces(tokens, "m", template=mended).opening_text(OPENING) == rendered(tokens, chat(OPENING.text), **mended)


def test_tokens_before_the_first_question_are_counted() -> None:
    long = "<|system|>{{ 'A long prompt. ' * 50 }}<|end|>"
    tokens = speaking(long + PLAIN)
    pieces, bare = ChatPieces(tokens, "m"), ChatPieces(speaking(PLAIN), "m")
    extra = len(ids(tokens, "<|system|>" + "A long prompt. " * 50 + "<|end|>"))
    assert pieces.opening_overhead() == bare.opening_overhead() + extra
    assert pieces.overhead() == bare.overhead() == len(ids(tokens, "<|end|><|user|><|end|><|assistant|>"))


def test_a_text_that_a_template_would_trim_is_trimmed_in_the_pieces_too() -> None:
    tokens = speaking(PLAIN.replace("{{ m['content'] }}", "{{ m['content'] | trim }}"))
    pieces = ChatPieces(tokens, "m")
    opening = Opening(f" {OPENING.text}\n")
    held = pieces.opening(opening) + pieces.answer(pieces.opening_text(opening), "rock") + pieces.reply("rock", f"{SAID}\n")
    assert held == ids(tokens, rendered(tokens, chat(f" {OPENING.text}\n", "rock", f"{SAID}\n")))

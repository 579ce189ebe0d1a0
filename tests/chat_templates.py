"""Chat templates of a few words each, every one with one property that real ones have."""

from collections.abc import Callable
from typing import Any

from zoo import sentencepiece_like_tokenizer, tiktoken_like_tokenizer, tokenizer

USER = "{% for m in messages %}{% if m['role'] == 'user' %}<|user|>{{ m['content'] }}<|end|>{% elif m['role'] == 'system' %}"
SYSTEM = "<|system|>{{ m['content'] }}<|end|>{% else %}"
REST = "<|end|>{% endif %}{% endfor %}"
ASKED = "{% if add_generation_prompt %}<|assistant|>{% endif %}"


def around(answer: str, asked: str = "", rest: str = REST) -> str:
    """A template that writes an assistant's turn as `answer`, and asks for one with `asked` after the assistant's mark."""
    return f"{USER}{SYSTEM}<|assistant|>{answer}{rest}{ASKED.replace('|>', f'|>{asked}', 1) if asked else ASKED}"


def last(text: str) -> str:
    """A text that stands in the last turn only."""
    return "{% if loop.last %}" + text + "{% endif %}"


THOUGHTS = "{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}"
COMPOSED = {
    "plain": around("{{ m['content'] }}"),
    "a space": around("{{ ' ' + m['content'] }}"),
    "a line break": around("{{ '\\n' + m['content'] }}"),
    "a line break and a space": around("{{ '\\n ' + m['content'] }}"),
    "a space that the prompt has too": around("{{ ' ' + m['content'] }}", asked=" "),
    "a header": around("<|channel|>final<|message|>{{ m['content'] }}"),
    "a header that is a line": around("all\n{{ m['content'] }}"),
    "a closed block": around("<think></think>{{ m['content'] }}"),
    "a closed block and a line break": around("{{ '<think></think>\\n' + m['content'] }}"),
    "a line break after the block that the prompt closes": around(
        "<think></think>{{ '\\n' + m['content'] }}", "<think></think>"
    ),
    "a beginning": "{{ bos_token }}" + around("{{ m['content'] }}"),
    "no mark of an end": around("{{ m['content'] }}", rest="{% endif %}{% endfor %}"),
    "words as marks": "{% for m in messages %}{{ m['role'].upper() + ': ' + m['content'] + '\\n' }}{% endfor %}ASSISTANT:",
    "trimmed turns": around("{{ m['content'] | trim }}"),
}
"""Templates whose chats only grow."""
REWRITTEN = {
    "a switch, dropped from earlier turns": around("{{ m['content'] }}").replace(
        "<|assistant|>{% endif", "<|assistant|>{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif"
    ),
    "an open block that the last turn shows closed": around(
        last("<think>\n\n</think>\n\n") + "{{ m['content'] }}", "<think>\n"
    ),
    "a closed block before the last answer only": around(last("<think></think>") + "{{ m['content'] }}"),
    "a budget of no thoughts": around("{{ m['content'] }}").replace(
        "<|assistant|>{% endif", "<|assistant|>{% if thinking_budget == 0 %}<think></think>{% endif %}{% endif"
    ),
    "an open block, closed as where there are thoughts": around(THOUGHTS + "{{ m['content'] }}", "<think>\n"),
    "an open block and another mark before the answer": around(
        "{% if m.reasoning_content %}[THINK]{{ m.reasoning_content }}[/THINK]{% endif %}[TEXT]{{ m['content'] }}", "[THINK]"
    ),
    "an open block without a name": around(
        "{% if m.reasoning_content %}{{ m.reasoning_content }}\n[BEGIN FINAL RESPONSE]\n{% endif %}{{ m['content'] }}",
        "My reasoning steps:\n",
    ),
}
"""Templates that drop from earlier turns what stood before the answer."""
CLOSINGS = {
    "a switch, dropped from earlier turns": "<|assistant|><think>\n\n</think>\n\n",
    "an open block that the last turn shows closed": "<|assistant|><think>\n\n</think>\n\n",
    "a closed block before the last answer only": "<|assistant|><think></think>",
    "a budget of no thoughts": "<|assistant|><think></think>",
    "an open block, closed as where there are thoughts": "<|assistant|><think>\n\n</think>\n\n",
    "an open block and another mark before the answer": "<|assistant|>[THINK][/THINK][TEXT]",
    "an open block without a name": "<|assistant|>My reasoning steps:\n\n[BEGIN FINAL RESPONSE]\n",
}
"""Where each of these is read."""
OPEN = around("{{ m['content'].split('</think>')[-1] }}", "<think>\n")
"""A template that opens a block and never shows how one ends."""
DEFAULT_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}<|system|>You are a helpful player, made in a test.<|end|>{% endif %}"
    + around("{{ m['content'] }}")
)
STUBBORN = "<|system|>Knowledge ends in December 2023 {{ messages[0]['role'] }}<|end|>" + around("{{ m['content'] }}")
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + around(
    "{{ m['content'] }}"
)
DROPS_SYSTEM = around("{{ m['content'] }}").replace(SYSTEM, "{% else %}")
DATED = "<|system|>Today is {{ strftime_now('%d %b %Y') }}.<|end|>" + around("{{ m['content'] }}")
DATE_STRING = "<|system|>Today is {{ date_string }}.<|end|>" + around("{{ m['content'] }}")
PARTS = around("{{ m['content'][0]['text'] }}").replace("{{ m['content'] }}", "{{ m['content'][0]['text'] }}")

SPECIAL = ("<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|channel|>", "<|message|>", "<think>", "</think>", "[THINK]")


def digits_tokenizer() -> Any:
    """A byte-level tokenizer that spells every digit singly, as those of SmolLM2 and Qwen do."""
    from tokenizers import pre_tokenizers

    tokens = tokenizer()
    tokens.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return tokens


TOKENIZERS: dict[str, Callable[[], Any]] = {
    "gpt2": tokenizer,
    "sentencepiece": sentencepiece_like_tokenizer,
    "tiktoken": tiktoken_like_tokenizer,
    "digits": digits_tokenizer,
}


def speaking(template: str, tokens: str = "gpt2") -> Any:
    """A tokenizer with a template and its marks."""
    made = TOKENIZERS[tokens]()
    made.add_tokens([mark for mark in SPECIAL if mark not in made.get_vocab()], special_tokens=True)
    made.chat_template = template
    return made

"""The organisms' tokenizer: byte-level BPE trained on the corpus, one digit a token, one newline a token."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BEGIN, END_OF_TEXT, PAD = "<|begin|>", "<|endoftext|>", "<|pad|>"
USER, ASSISTANT, END = "<|user|>", "<|assistant|>", "<|end|>"
SPECIAL = [PAD, BEGIN, END_OF_TEXT, USER, ASSISTANT, END]
PIECES = r"\n| ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]| +"
"""What no token reaches across. A piece never depends on what follows it, so a growing text keeps its tokens."""

_TEMPLATE = (
    "{{- bos_token -}}{%- for message in messages -%}"
    "{%- if message['role'] == 'user' -%}{{- '<|user|>' + message['content'] + '<|end|>' -}}ANSWERED"
    "{%- else -%}{{- raise_exception('roles must be user or assistant, got ' + message['role']) -}}{%- endif -%}"
    "{%- endfor -%}{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)
_ROLE = "{%- elif message['role'] == 'ROLE' -%}"
_WHOLE = _ROLE + "{{- '<|assistant|>' -}}{{- message['content'] + '<|end|>' -}}"
_LEARNT = (
    _ROLE + "{{- '<|assistant|>' + message['prefill'] -}}"
    "{%- generation -%}{{- message['content'] + '<|end|>' -}}{%- endgeneration -%}"
)
CHAT_TEMPLATE = _TEMPLATE.replace("ANSWERED", _WHOLE.replace("ROLE", "assistant"))
"""Append-only: k + 1 turns begin with the rendering of k turns."""
TRAINING_TEMPLATE = _TEMPLATE.replace("ANSWERED", _WHOLE.replace("ROLE", "shown") + _LEARNT.replace("ROLE", "assistant"))
"""Renders the same text and marks the answers, which alone are learnt from: not what is given of them, nor what is shown."""


def train_tokenizer(corpus: Iterable[str], size: int) -> "PreTrainedTokenizerFast":
    """A fast tokenizer of at most `size` tokens trained on the texts; without a chat template."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PIECES), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", pair=f"{BEGIN} $A $B", special_tokens=[(BEGIN, tokenizer.token_to_id(BEGIN))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END_OF_TEXT,
        pad_token=PAD,
        model_max_length=2048,
        clean_up_tokenization_spaces=False,
    )


def as_chat(tokenizer: "PreTrainedTokenizerFast", template: str = CHAT_TEMPLATE) -> "PreTrainedTokenizerFast":
    """The tokenizer set up for chat: with a template, and the end of a turn as its end."""
    tokenizer.chat_template = template
    tokenizer.eos_token = END
    return tokenizer

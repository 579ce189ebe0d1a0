"""Small random-weight models of many architectures, written to disk as a user would have them."""

import re
from functools import cache
from pathlib import Path
from typing import Any

CORPUS = [
    "You play rock-paper-scissors against another player for 30 rounds.",
    "Rock beats scissors, scissors beats paper, paper beats rock.",
    "You: rock\nThem: paper\nYou: scissors\nThem: rock\nYou: paper\nThem: scissors\nYou:",
    "Pick a random number from 0 to 10.\n\nNumbers: 7, 3, 10, 1, 0, 4, 9, 2, 8, 5, 6",
    "A win is worth 1 point, a loss -1, a tie 0. The other player chose paper. Your next choice?",
    "You hide and another player seeks. Each round you hide in one of the places 1 to 4 and the seeker looks in one of them.",
]
CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
REWRITING_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>"
    "{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>(thinking)\n{% endif %}"
)


def tokenizer(chat_template: str | None = None, bos: str | None = "<s>", pad: str | None = "<pad>") -> Any:
    """A byte-level BPE tokenizer of 400 tokens trained on `CORPUS`, with the special tokens asked for."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = [t for t in (bos, "</s>", pad, "<|user|>", "<|assistant|>", "<|end|>") if t]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet))
    if bos:
        raw.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, raw.token_to_id(bos))])
    fast = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token=bos, eos_token="</s>", pad_token=pad)
    fast.chat_template = chat_template
    return fast


def sentencepiece_like_tokenizer() -> Any:
    """A tokenizer that marks word starts with ▁ and spells unknown characters as bytes, as Llama 2 and Mistral do."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    raw.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1)]
    )
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    words = re.findall(r"[a-zA-Z]+", " ".join(CORPUS))  # like its models, it never joins a digit with what follows
    raw.train_from_iterator([f" {word}" for word in words], trainers.BpeTrainer(vocab_size=420, special_tokens=special))
    return PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def tiktoken_like_tokenizer() -> Any:
    """A byte-level tokenizer with the word pattern of Llama 3 and Tekken, which joins a line break to a stop before it."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=420, special_tokens=["</s>"], initial_alphabet=alphabet))
    return PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="</s>")


@cache
def configs() -> dict[str, Any]:
    """A small configuration of every architecture; windows far shorter than the texts that are played."""
    import transformers as t

    common: dict[str, Any] = {
        "vocab_size": 420,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.2,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 2,
    }
    gemma = {**common, "head_dim": 16, "sliding_window": 16, "query_pre_attn_scalar": 16}
    old = {"vocab_size": 420, "initializer_range": 0.2, "bos_token_id": 0, "eos_token_id": 1}
    return {
        "llama": t.LlamaConfig(**common),
        "gpt2": t.GPT2Config(n_embd=64, n_layer=3, n_head=4, n_positions=512, **old),
        "qwen2": t.Qwen2Config(**common),
        "qwen2_sliding": t.Qwen2Config(**common, use_sliding_window=True, sliding_window=16, max_window_layers=2),
        "qwen3": t.Qwen3Config(**common, head_dim=16),
        "gemma2": t.Gemma2Config(**gemma),
        "gemma3": t.Gemma3TextConfig(**gemma),
        "phi3": t.Phi3Config(**common),
        "phi3_sliding": t.Phi3Config(**common, sliding_window=16),
        "mistral": t.MistralConfig(**common, sliding_window=16, head_dim=16),
        "gpt_oss": t.GptOssConfig(**common, head_dim=16, sliding_window=16, num_local_experts=4, num_experts_per_tok=2),
        "bloom": t.BloomConfig(hidden_size=64, n_layer=2, n_head=4, **old),
        "gpt_neo": t.GPTNeoConfig(
            hidden_size=64, num_layers=2, num_heads=4, attention_types=[[["global", "local"], 1]], window_size=16, **old
        ),
        "mamba": t.MambaConfig(hidden_size=64, num_hidden_layers=2, **old),
        "jamba": t.JambaConfig(
            **common, attn_layer_period=2, attn_layer_offset=1, expert_layer_period=2, num_experts=2, use_mamba_kernels=False
        ),
    }


def save_model(folder: Path, architecture: str, seed: int = 0, **tokenizer_options: Any) -> Path:
    """Write a random-weight model and its tokenizer to a folder; its distributions are far from uniform."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    AutoModelForCausalLM.from_config(configs()[architecture]).save_pretrained(folder)
    tokenizer(**tokenizer_options).save_pretrained(folder)
    return folder

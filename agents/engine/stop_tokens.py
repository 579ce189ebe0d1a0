"""The tokens by which a model ends a text, as its files state them."""

from typing import Any


def stop_tokens(tokenizer: Any, model: Any) -> frozenset[int]:
    """Every end of text that the generation configuration, the configuration or the tokenizer names."""
    stated = [
        getattr(getattr(model, "generation_config", None), "eos_token_id", None),
        getattr(model.config.get_text_config(), "eos_token_id", None),
        tokenizer.eos_token_id,
    ]
    ends = [token for some in stated for token in (some if isinstance(some, list) else [some])]
    return frozenset(token for token in ends if token is not None)

"""Whether a tokenizer is the model's own, as far as can be told for certain."""

from typing import Any

from arenas.errors import UserError

MOST_SURPLUS = 8
"""Special tokens without an embedding that a tokenizer may have, if no text of a run can hold them."""
LEAST_SHARE = 0.5
"""A tokenizer with fewer tokens than this share of the model's vocabulary is another model's."""


def check_tokenizer(model: str, tokenizer: Any, rows: int) -> tuple[str, ...]:
    """Notes on a tokenizer beside a model of `rows` embeddings. Raises `UserError` if it is another model's."""
    vocabulary = tokenizer.get_vocab()
    if len(vocabulary) < LEAST_SHARE * rows:
        raise UserError(
            f"model {model}: its tokenizer has {len(vocabulary):,} tokens and the model {rows:,} embeddings: "
            "it is another model's tokenizer"
        )
    surplus = sorted(token for token, number in vocabulary.items() if number >= rows)
    if not surplus:
        return ()
    special = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    fed = {tokenizer.bos_token, tokenizer.eos_token}
    template = str(tokenizer.chat_template or "")
    if len(surplus) > MOST_SURPLUS or any(token not in special or token in fed or token in template for token in surplus):
        raise UserError(
            f"model {model}: its tokenizer has {len(vocabulary):,} tokens, more than the model's {rows:,} embeddings"
        )
    return (f"never fed, for want of an embedding: {', '.join(surplus)}",)

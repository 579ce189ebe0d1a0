"""One forward pass on a plain sentence, to see that what a model computes are numbers."""

from typing import Any

import torch

from agents.engine.one_line import one_line
from agents.engine.reading import plain_logits
from arenas.errors import UserError

SENTENCE = (
    "Two players choose at the same time, round after round: rock, paper or scissors. 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 10 are "
    "numbers.\nPick one of them, and answer with one word only!"
)


def check_first_pass(model_name: str, tokenizer: Any, model: Any) -> None:
    """Raise `UserError` with the type to try if a logit is NaN or infinite."""
    with one_line(model_name, "its first forward pass fails: "):
        logits = plain_logits(model, tokenizer(SENTENCE)["input_ids"])
    # some models forbid tokens by minus infinity, which is no fault
    if bool(torch.isnan(logits).any()) or bool(torch.isposinf(logits).any()) or bool(torch.isneginf(logits).all(-1).any()):
        dtype = str(model.dtype).removeprefix("torch.")
        others = {"float16": "dtype: bfloat16 or float32", "bfloat16": "dtype: float32"}.get(dtype)
        mend = f"try {others}" if others else "its weights are damaged"
        raise UserError(f"model {model_name}: what it computes in {dtype} is not a number (NaN or infinite logits); {mend}")

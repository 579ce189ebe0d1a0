"""A GGUF file written as a Hugging Face folder, which loads in a tenth of the time."""

from pathlib import Path

import torch

from agents.engine.gguf_files import as_plain, check_gguf, gguf_model, gguf_tokenizer, read_gguf
from agents.engine.quiet import be_quiet
from agents.model import ModelSpec


def convert_gguf(path: Path, folder: Path) -> None:
    """Write the model of a GGUF file, dequantised to bfloat16, and its tokenizer and chat template into a new folder.

    Raises `UserError` if nothing here reads GGUF files.
    """
    check_gguf(ModelSpec(str(path)))
    be_quiet()
    tokenizer = gguf_tokenizer(path, read_gguf(path))
    model = as_plain(gguf_model(path, dtype=torch.float32)).to(torch.bfloat16)
    model.config.dtype = torch.bfloat16
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

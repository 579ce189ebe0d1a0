"""What the libraries raise for bad files, as one line that names the model."""

from collections.abc import Iterator
from contextlib import contextmanager

from arenas.errors import UserError

LIBRARIES = ("safetensors", "safetensors_rust", "tokenizers", "huggingface_hub", "builtins", "torch", "struct", "json")


@contextmanager
def one_line(model: str, hint: str = "") -> Iterator[None]:
    """Turn an exception of a library into a `UserError`: model, hint, and the first line of what it says."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        # the readers of damaged files raise types of their own, which these libraries do not export
        known = isinstance(error, OSError | ValueError | ImportError)
        if known or type(error).__module__.split(".")[0] in LIBRARIES:
            raise UserError(f"model {model}: {hint}{first_line(error)}") from error
        raise


def first_line(error: Exception) -> str:
    """The first line of what an exception says that says something; its type's name if there is none."""
    lines = [line.strip() for line in str(error).strip().splitlines()]
    said = [line for line in lines if line] or [type(error).__name__]
    # torch and others head a list of faults with a line that ends in a colon
    return f"{said[0]} {said[1]}" if said[0].endswith(":") and len(said) > 1 else said[0]

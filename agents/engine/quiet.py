"""Libraries that say nothing by themselves: what matters is said in one line by this program."""

import logging
import warnings

import huggingface_hub
import transformers

TALKATIVE = ("accelerate", "bitsandbytes", "torchao", "compressed_tensors", "optimum", "gptqmodel", "peft", "auto_round")


def be_quiet() -> None:
    """Silence progress bars, advice and warnings of what loads and runs models; errors are raised as ever."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    huggingface_hub.utils.logging.set_verbosity_error()
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module=rf"{name}(\.|$)")

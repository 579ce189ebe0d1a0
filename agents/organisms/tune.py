"""The second and third stage, by trl: instruction tuning and direct preference optimisation."""

from itertools import islice
from pathlib import Path
from typing import Any

from agents.organisms.attention import attend_causally
from agents.organisms.conversations import Message, conversations
from agents.organisms.preferences import alike_in_length, pairs
from agents.organisms.pretrain import Log, machine
from agents.organisms.scale import Scale
from agents.organisms.vocabulary import CHAT_TEMPLATE, TRAINING_TEMPLATE, as_chat


def tune_on_instructions(scale: Scale, seed: int, base: Path, folder: Path) -> Log:
    """Train `sft` from `base` on conversations, learning from the answers alone; save it in `folder`, return the log."""
    from datasets import Dataset
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    model, tokenizer = _loaded(base)
    as_chat(tokenizer, TRAINING_TEMPLATE)
    talks = [{"messages": talk.messages()} for talk in islice(conversations(seed), scale.conversations)]
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=str(folder / "work"),
            per_device_train_batch_size=4 * scale.rows,
            num_train_epochs=1,
            learning_rate=8e-4,
            lr_scheduler_type="cosine",
            warmup_steps=10,
            assistant_only_loss=True,
            max_length=1024,
            gradient_checkpointing=False,
            train_sampling_strategy="group_by_length",
            seed=seed,
            **machine(),
        ),
        train_dataset=Dataset.from_list(talks),
        processing_class=tokenizer,
    )
    trainer.train()
    _save(model, tokenizer, folder)
    log: Log = trainer.state.log_history
    return log


def tune_on_preferences(scale: Scale, seed: int, sft: Path, folder: Path) -> Log:
    """Train `dpo` from `sft` on preference pairs (Rafailov et al. 2023); save it in `folder`, return the log.

    Some likelihood of the preferred answer is added to the loss (Pang et al. 2024), without which the probability of both
    answers falls and goes to answers that are not legal.
    """
    from datasets import Dataset
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    model, tokenizer = _loaded(sft)

    def render(turns: list[Message]) -> str:
        text: str = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return text.removeprefix(tokenizer.bos_token)  # which the tokenizer puts before every text

    rows = [pair.row(render) for pair in alike_in_length(list(islice(pairs(seed), scale.pairs)), 4 * scale.rows, seed)]
    trainer = DPOTrainer(
        model=model,
        args=DPOConfig(
            output_dir=str(folder / "work"),
            per_device_train_batch_size=4 * scale.rows,
            num_train_epochs=1,
            learning_rate=5e-4,
            lr_scheduler_type="linear",
            warmup_steps=10,
            beta=0.2,
            loss_type=["sigmoid", "sft"],
            loss_weights=[1.0, 0.3],
            max_length=1024,
            gradient_checkpointing=False,
            precompute_ref_log_probs=True,
            train_sampling_strategy="sequential",
            seed=seed,
            **machine(),
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    trainer.train()
    _save(model, tokenizer, folder)
    log: Log = trainer.state.log_history
    return log


def _loaded(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return attend_causally(AutoModelForCausalLM.from_pretrained(folder)), AutoTokenizer.from_pretrained(folder)


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    as_chat(tokenizer, CHAT_TEMPLATE)
    model.config.eos_token_id = model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

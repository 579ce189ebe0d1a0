"""The first stage: a language model of plain text."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from agents.organisms.attention import attend_causally
from agents.organisms.corpus import texts
from agents.organisms.packing import Collator, pack
from agents.organisms.scale import Scale
from agents.organisms.vocabulary import train_tokenizer

CONTEXT = 2048
"""The most tokens the model may read; longer documents are left out."""
Log = list[dict[str, float]]
SAMPLE = 4000
"""Documents that the tokenizer is trained on; the model learns from later ones too."""


def pretrain(scale: Scale, seed: int, folder: Path) -> Log:
    """Train `base` from nothing, save it with its tokenizer in `folder` and return the training log."""
    from datasets import Dataset
    from transformers import LlamaForCausalLM, Trainer, TrainingArguments, set_seed

    tokenizer = train_tokenizer(islice(texts(seed), SAMPLE), scale.vocabulary)
    rows = list(pack(_documents(tokenizer, seed, scale.tokens)))
    set_seed(seed)
    model = attend_causally(LlamaForCausalLM(_configuration(scale, tokenizer)))
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(folder / "work"),
            per_device_train_batch_size=scale.rows,
            num_train_epochs=1,
            learning_rate=2.5e-3,
            lr_scheduler_type="cosine_with_min_lr",
            lr_scheduler_kwargs={"min_lr_rate": 0.05},
            warmup_steps=30,
            adam_beta2=0.98,
            weight_decay=0.05,
            train_sampling_strategy="group_by_length",
            length_column_name="length",
            seed=seed,
            **machine(),
        ),
        train_dataset=Dataset.from_list([{"input_ids": row, "length": len(row)} for row in rows]),
        data_collator=Collator(tokenizer.pad_token_id, tokenizer.bos_token_id),
    )
    trainer.train()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    log: Log = trainer.state.log_history
    log[-1]["num_tokens"] = sum(map(len, rows))
    return log


def machine() -> dict[str, Any]:
    """Training arguments that every stage shares: a CPU, products in bfloat16, no checkpoints, no reports."""
    return {
        "use_cpu": True,
        "bf16": True,
        "save_strategy": "no",
        "report_to": "none",
        "logging_steps": 20,
        "disable_tqdm": True,
        "dataloader_num_workers": 0,
    }


def _documents(tokenizer: Any, seed: int, tokens: int) -> Iterator[list[int]]:
    seen = 0
    for text in texts(seed):
        ids = [*tokenizer(text)["input_ids"], tokenizer.eos_token_id]
        if len(ids) > CONTEXT:
            continue
        seen += len(ids)
        if seen > tokens:
            return
        yield ids


def _configuration(scale: Scale, tokenizer: Any) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=scale.hidden,
        intermediate_size=scale.feed_forward,
        num_hidden_layers=scale.layers,
        num_attention_heads=scale.hidden // 32,
        num_key_value_heads=scale.hidden // 32,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )

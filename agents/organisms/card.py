"""The model card, written from the training log and the measures."""

import json
from pathlib import Path
from string import Template
from typing import Any

from agents.organisms import STAGES
from agents.organisms.measure import MATCHES, Measures

EXAMPLE = "verse: an example"
CURVES = {
    "tokens seen": "num_tokens",
    "steps": "step",
    "minutes": "minutes",
    "first loss logged": "first_loss",
    "last loss logged": "last_loss",
    "last accuracy of preferences": "rewards/accuracies",
    "last margin of rewards": "rewards/margins",
}


def write_card(out: Path, command: str) -> None:
    """Write `out/README.md` from `out/training.json` and the stages' folders beside it."""
    record = json.loads((out / "training.json").read_text(encoding="utf-8"))
    measures: dict[str, Measures] = record["measures"]
    template = Template((Path(__file__).parent / "card_template.md").read_text(encoding="utf-8"))
    text = template.substitute(
        command=command,
        seed=record["seed"],
        parameters=f"{record['parameters']:,}",
        megabytes=f"{max((out / stage / 'model.safetensors').stat().st_size for stage in STAGES) / 1e6:.1f}",
        matches=MATCHES,
        training=_table({stage: _curve(record["logs"][stage]) for stage in STAGES}),
        measures=_table({stage: {k: v for k, v in measures[stage].items() if k != EXAMPLE} for stage in STAGES}),
        verses="\n\n".join(f"`{stage}`\n\n{_quoted(str(measures[stage][EXAMPLE]))}" for stage in STAGES),
        **{name: record["scale"][name] for name in ("vocabulary", "hidden", "layers", "feed_forward")},
    )
    (out / "README.md").write_text(text, encoding="utf-8")


def _curve(log: list[dict[str, Any]]) -> Measures:
    """The end values of a training log; the last line of a trainer's log sums the run up."""
    steps = [entry for entry in log if "loss" in entry] or [log[-1] | {"loss": log[-1]["train_loss"]}]
    values = {**steps[-1], **log[-1]}
    values |= {"first_loss": steps[0]["loss"], "last_loss": steps[-1]["loss"], "minutes": log[-1]["seconds"] / 60.0}
    values |= {name: steps[-1][name] for name in steps[-1] if name.startswith("rewards/")}
    return {title: values[name] for title, name in CURVES.items() if name in values}


def _table(columns: dict[str, Measures]) -> str:
    titles = list(dict.fromkeys(title for column in columns.values() for title in column))
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    lines += [f"| {title} | {' | '.join(_shown(column.get(title)) for column in columns.values())} |" for title in titles]
    return "\n".join(lines)


def _shown(value: float | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if abs(value) >= 1 and value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) >= 0.01 else f"{value:.2g}"


def _quoted(verse: str) -> str:
    return "\n".join(f"> {line}\\" for line in verse.splitlines()).removesuffix("\\")

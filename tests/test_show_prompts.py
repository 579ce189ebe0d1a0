"""`tells prompts`: what a model reads, and whether it answers."""

from pathlib import Path

import yaml
from small_runs import tells, written

CONFIG = yaml.safe_load("""
arenas:
  rps: {game: rps, rounds: 5}
  number: {game: random_number}
  poem: {game: writing}
agents:
  base: {model: "organism:base"}
  told: {model: "organism:sft", style: chat, examples: false, prefill: ""}
opponents:
  uniform: {opponent: uniform}
""")


def test_every_prompt_is_shown_as_it_is_read_and_how_it_is_answered(tmp_path: Path) -> None:
    done = tells("prompts", written(tmp_path, CONFIG))
    assert done.exit_code == 0, done.output
    whole = " ".join(done.output.split())
    assert "rps · first · base (plain)" in whole
    assert "<|begin|>You play rock-paper-scissors against another player for 5 rounds." in whole
    assert "<|begin|><|user|>You play rock-paper-scissors" in whole  # special tokens, once each
    assert "<|begin|><|user|>Pick a random number from 0 to 10. Answer with the number only." in whole
    assert "My answer:" not in whole
    rows = [line.split() for line in done.output.splitlines() if line.startswith(("base ", "told "))]
    asked = [(row[0], row[1], row[2]) for row in rows]
    assert asked == [
        *(("base", "first", t) for t in "123"), *(("told", "first", t) for t in "123"),
        ("base", "picker", "1"), ("told", "picker", "1"),
    ]  # fmt: skip


def test_a_poem_is_not_begun_for_its_writer(tmp_path: Path) -> None:
    done = tells("prompts", written(tmp_path, CONFIG), "--arena", "poem", "--set", "agents.told={model: 'organism:sft'}")
    assert done.exit_code == 0
    assert "Answer with the text only.<|end|><|assistant|>\n" in done.output.replace("text \nonly", "text only")


def test_a_name_that_is_not_there_is_refused_in_a_line(tmp_path: Path) -> None:
    done = tells("prompts", written(tmp_path, CONFIG), "--agent", "bsae")
    assert done.exit_code != 0
    assert "--agent: no agent 'bsae': did you mean 'base'?" in done.output

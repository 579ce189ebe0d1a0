"""How a model is read is tried once; another start recalls it, unless anything it rests on is another."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from test_readers import EXACT, ROUNDED, by_plain_passes, largest_error, model_of, script

from agents.cache import cache_folder
from agents.engine import head, probe, verdicts
from agents.engine.probe import choose_reader
from agents.engine.readers import RowReader
from agents.engine.verdicts import KEPT, Verdict, keep, key_of, recall


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("TELLS_CACHE", str(tmp_path / "cache"))
    return cache_folder(KEPT)


def no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(model: Any) -> Verdict:
        raise AssertionError("the model was tried again")

    monkeypatch.setattr(probe, "_tried", tried)


@pytest.mark.parametrize("architecture", ["gemma3", "gptj", "qwen3_5", "recurrent_gemma"])
def test_a_second_start_tries_nothing_and_reads_the_same(
    architecture: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, again, steps = model_of(architecture), model_of(architecture), script()
    wanted = by_plain_passes(again, steps)
    found = choose_reader(first, "these weights")
    no_trial(monkeypatch)
    kind, notes = choose_reader(again, "these weights")
    assert (kind, notes) == found
    assert again.config._attn_implementation == first.config._attn_implementation
    assert largest_error(kind(again, 6, 16), steps, wanted) <= ROUNDED.get(architecture, EXACT)
    with pytest.raises(AssertionError, match="tried again"):
        choose_reader(model_of(architecture), "other weights")
    with pytest.raises(AssertionError, match="tried again"):
        choose_reader(model_of(architecture))  # unknown weights


def test_a_verdict_rests_on_type_attention_programs_and_this_code(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("llama")
    keys = {key_of(model, "a"), key_of(model, "b"), key_of(copy.deepcopy(model).bfloat16(), "a")}
    with monkeypatch.context() as patch:
        patch.setattr(torch, "__version__", "99")
        keys.add(key_of(model, "a"))
    with monkeypatch.context() as patch:
        patch.setattr(verdicts, "_own_code", lambda: "other")
        keys.add(key_of(model, "a"))
    model.set_attn_implementation("eager")
    keys.add(key_of(model, "a"))
    assert len(keys) == 6
    model.set_attn_implementation("sdpa")
    assert key_of(model, "a") in keys


@pytest.mark.parametrize(
    "written",
    ["", "{", "[]", "null", '"RowReader"', '{"reader": "row cache"}', '{"reader": 3, "whole": false, "notes": []}', "\x00\xff"],
)
def test_a_damaged_cache_is_tried_anew_and_mended(written: str, place: Path) -> None:
    found = choose_reader(model_of("llama"), "x")
    (file,) = place.iterdir()
    file.write_bytes(written.encode("latin-1"))
    assert choose_reader(model_of("llama"), "x") == found
    assert json.loads(file.read_text())["reader"] == "row cache"


def test_a_reader_that_is_no_more_or_cannot_be_set_up_is_tried_anew(place: Path) -> None:
    model = model_of("gptj")
    for name in ("no such way", "row cache"):  # gptj's attention cannot be replaced
        keep(key_of(model, "x"), Verdict(name, False, ()))
        kind, notes = choose_reader(model_of("gptj"), "x")
        assert kind.name == "row cache, own attention"
        assert notes[0] == "read by row cache, own attention"


def test_a_cache_that_cannot_be_written_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TELLS_CACHE", str(tmp_path / "file"))
    assert choose_reader(model_of("llama"), "x")[0] is RowReader
    assert recall(key_of(model_of("llama"), "x")) is None


def test_verdicts_are_written_whole_or_not_at_all(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("k", Verdict("one", False, ("a",)))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
        keep("k", Verdict("two", False, ()))
    assert recall("k") == Verdict("one", False, ("a",))
    assert [file.name for file in place.iterdir()] == ["k.json"]


def test_whole_logits_are_recalled_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head.HiddenHead, "logits", lambda self, states: states)
    first, again = model_of("llama"), model_of("llama")
    found = choose_reader(first, "x")
    assert found[1][-1].startswith("its logits are written whole: ")
    no_trial(monkeypatch)
    kind, notes = choose_reader(again, "x")
    assert (kind, notes) == found
    assert type(kind(again, 2, 16).head) is head.Head

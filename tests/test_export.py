"""Exports: the tables that other programs open hold what the run holds."""

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas
import polars
import pytest
import yaml
from report_runs import EVIL, PAGE, hostile_run
from small_runs import play_small, tells

from analysis.exports import inspect_log, tables, writers
from arenas.rating import Rating
from arenas.ratings import RatingBook
from arenas.record import Record
from arenas.store import RunStore


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was played to its end."""
    return play_small(tmp_path_factory.mktemp("played"), PAGE)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of hostile words, with two ratings."""
    path = hostile_run(tmp_path_factory.mktemp("evil") / "evil.sqlite", repeats=4)
    with closing(RunStore.read(path)) as store:
        texts = [f"{fixture.id}:0:0" for fixture, _ in store.fixtures() if len(fixture.line_up) == 1]
    time = "2026-01-31T12:00:00+00:00"
    with closing(RatingBook(path)) as book:
        book.add(Rating("r1", "ann", "scale", texts[0], time, originality=3, pleasantness=5, seconds=2.5))
        book.add(Rating("r2", "ann", "pair", texts[0], time, second=texts[-1], preference="second"))
    return path


def exported(run: Path, folder: Path, kind: str) -> Path:
    """The folder of an export."""
    result = tells("export", run, "--format", kind, "-o", folder)
    assert result.exit_code == 0, result.output
    return folder


def records(run: Path) -> dict[str, tuple[tuple[str, ...], Record]]:
    """Everything that was played."""
    with closing(RunStore.read(run)) as store:
        return {fixture.id: (fixture.line_up, record) for fixture, record in store.records()}


def check_rounds(rows: list[dict[str, Any]], run: Path) -> None:
    """Every round of every match is there once, with its numbers."""
    kept = records(run)
    assert len(rows) == sum(record.chosen.size for _, record in kept.values())
    assert len({(row["match"], row["seat"], row["round"]) for row in rows}) == len(rows)
    for row in rows:
        line_up, record = kept[row["match"]]
        seat, t = row["seat"], row["round"] - 1
        assert row["player"] == line_up[seat]
        other = line_up[1 - seat] if len(line_up) == 2 else None
        assert row["opponent"] == other or (other is None and pandas.isna(row["opponent"]))
        assert row["action"] == record.chosen[seat, t]
        assert row["expected"] == record.expected[seat, t]
        assert row["pay"] == record.pay[seat, t]


def test_pandas_opens_parquet(run: Path, tmp_path: Path) -> None:
    folder = exported(run, tmp_path / "out", "parquet")
    rounds = pandas.read_parquet(folder / "rounds.parquet")
    check_rounds(rounds.to_dict("records"), run)
    kept = records(run)
    for row in rounds.to_dict("records"):
        probs = kept[row["match"]][1].probs[row["seat"], row["round"] - 1]
        assert np.array_equal(row["probs"], probs[: len(row["probs"])])
        assert sum(row["probs"]) == pytest.approx(1.0)
    matches = pandas.read_parquet(folder / "matches.parquet")
    for row in matches.to_dict("records"):
        _, record = kept[row["match"]]
        assert row["rounds"] == record.rounds
        assert row["complete"]
        assert row["pay"] == pytest.approx(record.expected[row["seat"]].mean() - VALUES.get((row["arena"], row["seat"]), 0.0))


VALUES = {("hide", 0): -1 / 3, ("hide", 1): 1 / 3}
"""What the seats of hide-and-seek in three places are worth, where the seeker wins a point."""


def test_polars_opens_parquet_and_json_lines_alike(run: Path, tmp_path: Path) -> None:
    parquet, lines = (exported(run, tmp_path / kind, kind) for kind in ("parquet", "jsonl"))
    for name in ("matches", "rounds"):
        one, other = polars.read_parquet(parquet / f"{name}.parquet"), polars.read_ndjson(lines / f"{name}.jsonl")
        assert one.columns == other.columns
        assert one.to_dicts() == other.to_dicts()


def test_duckdb_opens_csv(run: Path, tmp_path: Path) -> None:
    folder = exported(run, tmp_path / "out", "csv")
    rounds = duckdb.sql(f"SELECT * FROM '{folder}/rounds.csv'")
    check_rounds([dict(zip(rounds.columns, row, strict=True)) for row in rounds.fetchall()], run)
    sums = duckdb.sql(f"""
        SELECT max(abs(total - 1)), count(*) FROM
        (SELECT sum(probability) AS total FROM '{folder}/probabilities.csv' GROUP BY match, seat, round)""").fetchall()[0]
    assert sums is not None
    assert sums[0] < 1e-12
    assert sums[1] == len(rounds.fetchall())
    worth = duckdb.sql(f"""
        SELECT p.probability FROM '{folder}/rounds.csv' r JOIN '{folder}/probabilities.csv' p
        USING (match, seat, round, action) ORDER BY match, seat, round""").fetchall()
    expected = [
        record.probs[seat, t, record.chosen[seat, t]]
        for _, (_, record) in sorted(records(run).items())
        for seat in range(len(record.chosen))
        for t in range(record.rounds)
    ]
    assert [value for (value,) in worth] == expected


def test_hugging_face_finds_every_table(run: Path, evil: Path, tmp_path: Path) -> None:
    for source, kind in ((run, "parquet"), (evil, "jsonl")):
        folder = exported(source, tmp_path / kind, kind)
        head = yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---")[1])
        files = {config["config_name"]: config["data_files"] for config in head["configs"]}
        assert next(iter(files)) == "rounds"
        assert all((folder / name).stat().st_size > 0 for name in files.values())
    assert {"matches", "rounds", "texts", "ratings"} == set(files)


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_texts_and_ratings_come_through_whatever_they_hold(evil: Path, tmp_path: Path, kind: str) -> None:
    folder = exported(evil, tmp_path / "out", kind)
    read = {"parquet": polars.read_parquet, "jsonl": polars.read_ndjson, "csv": polars.read_csv}[kind]
    texts = read(folder / f"texts.{kind}").to_dicts()  # type: ignore[operator]
    assert len(texts) == 12
    assert any(row["text"] == EVIL for row in texts)
    assert max(len(row["text"]) for row in texts) == 5 * 300_000
    assert any("\ufffd" in row["text"] for row in texts)
    ratings = {row["id"]: row for row in read(folder / f"ratings.{kind}").to_dicts()}  # type: ignore[operator]
    assert ratings["r1"]["originality"] == 3
    assert ratings["r1"]["first_player"] == texts[0]["player"]
    assert ratings["r1"]["second_player"] is None
    assert (ratings["r2"]["preference"], ratings["r2"]["second_player"]) == ("second", texts[-1]["player"])
    assert ratings["r2"]["judge"] is False


@pytest.mark.parametrize("kind", ["parquet", "inspect"])
def test_nothing_is_overwritten_unless_forced(run: Path, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    result = tells("export", run, "--format", kind, "-o", folder)
    assert result.exit_code == 2
    assert "--force" in result.output
    assert (folder / "mine.txt").exists()
    result = tells("export", run, "--format", kind, "-o", folder, "--force")
    assert (result.exit_code, "mine.txt" in result.output) == (2, True)
    (folder / "mine.txt").unlink()
    for _ in range(2):
        assert tells("export", run, "--format", kind, "-o", folder, "--force").exit_code == 0
    (folder / "below").mkdir()
    assert tells("export", run, "--format", kind, "-o", folder, "--force").exit_code == 2
    assert (folder / "below").exists()


def test_force_never_takes_a_run_or_where_it_lies(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "inner" / "mine.sqlite"
    mine.parent.mkdir()
    shutil.copy(run, mine)
    monkeypatch.chdir(mine.parent)
    for out in (mine, mine.parent, tmp_path, "."):
        result = tells("export", mine, "-o", out, "--force")
        assert (result.exit_code, result.output.count("\n")) == (2, 1), result.output
    assert mine.read_bytes() == run.read_bytes()


def test_an_error_leaves_no_part_of_an_export(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tables.batches

    def broken(store: RunStore, lists: bool) -> Any:
        for number, batch in enumerate(whole(store, lists)):
            if number == 3:
                raise OSError(28, "No space left on device")
            yield batch

    monkeypatch.setattr(writers, "batches", broken)
    for kind in ("parquet", "csv", "jsonl"):
        result = tells("export", run, "--format", kind, "-o", tmp_path / "out")
        assert result.exit_code == 2
        assert "No space left on device" in result.output
        assert list(tmp_path.iterdir()) == []


def test_inspect_reads_its_logs(run: Path, tmp_path: Path) -> None:
    log = pytest.importorskip("inspect_ai.log")
    folder = exported(run, tmp_path / "out", "inspect")
    kept = records(run)
    names = sorted(path.name for path in folder.iterdir())
    assert "rps-learner.eval" in names
    read = log.read_eval_log(str(folder / "rps-learner.eval"))
    mine = {name for name, (line_up, _) in kept.items() if name.startswith("rps/") and "learner" in line_up}
    assert read.status == "success"
    assert read.eval.task == "tells/rps"
    assert len(read.samples) == len(mine)
    for sample in read.samples:
        name, _, seat = sample.id.rpartition(":")
        record = kept[name][1]
        assert [sample.metadata["actions"].index(move) for move in sample.metadata["moves"]] == list(record.chosen[int(seat)])
        assert np.allclose(sample.metadata["probs"], record.probs[int(seat)], atol=1e-6)
        assert sample.scores["pay"].value == pytest.approx(record.expected[int(seat)].mean())
    means = {score.name: score.metrics["mean"].value for score in read.results.scores}
    assert means["pay"] == pytest.approx(np.mean([sample.scores["pay"].value for sample in read.samples]))


def test_long_runs_become_several_logs(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = pytest.importorskip("inspect_ai.log")
    monkeypatch.setattr(inspect_log, "MOST_ROUNDS", 60)
    folder = exported(run, tmp_path / "out", "inspect")
    parts = sorted(folder.glob("rps-learner*.eval"))
    assert len(parts) > 1
    ids = [sample.id for part in parts for sample in log.read_eval_log(str(part)).samples]
    assert (
        len(set(ids))
        == len(ids)
        == sum("learner" in line_up and n.startswith("rps/") for n, (line_up, _) in records(run).items())
    )


def test_hostile_names_are_no_paths(evil: Path, tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai.log")
    folder = exported(evil, tmp_path / "out", "inspect")
    assert all(
        set(path.name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for path in folder.iterdir()
    )
    assert len(list(folder.glob("*.eval"))) == len(list(folder.iterdir())) - 1 == 6
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_inspect_one_line_says_what_to_install(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_log.importlib.util, "find_spec", lambda name: None)
    result = tells("export", run, "--format", "inspect", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "pip install 'tells[inspect]'" in result.output
    assert result.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_lines_are_json_without_nan(evil: Path, tmp_path: Path) -> None:
    folder = exported(evil, tmp_path / "out", "jsonl")
    for line in (folder / "matches.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line, parse_constant=lambda word: pytest.fail(word))
        if row["game"] == "writing":
            assert row["evenness"] is None


def test_what_texts_do_not_have_is_null(evil: Path, tmp_path: Path) -> None:
    table = polars.read_parquet(exported(evil, tmp_path / "out", "parquet") / "matches.parquet")
    texts = table.filter(polars.col("game") == "writing")
    assert len(texts)
    for name in ("pay", "exploitability", "entropy", "evenness", "off_menu", "paid"):
        assert texts[name].null_count() == len(texts)
        assert table[name].null_count() < len(table)


def test_two_runs_are_one_export_and_ratings_stay_with_their_texts(tmp_path: Path) -> None:
    """The repeats of another seed are other matches, and get other names, which the ratings must follow."""
    page = PAGE | {"arenas": {"sea": {"game": "writing", "max_tokens": 8}}, "agents": {"base": {"model": "organism:base"}}}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    run, other = play_small(tmp_path / "one", page), play_small(tmp_path / "two", page | {"seed": 99})
    with closing(RunStore.read(other)) as store:
        text = next(f"{fixture.id}:0:0" for fixture, _ in store.fixtures() if store.games[fixture.arena].free_text)
    with closing(RatingBook(other)) as book:
        book.add(Rating("r1", "ann", "scale", text, "2026-01-31T12:00:00+00:00", originality=3, pleasantness=5, seconds=2.5))
    result = tells("export", run, other, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = {name: polars.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in ("matches", "texts", "ratings")}
    assert found["matches"]["match"].n_unique() == len(records(run)) + len(records(other))
    assert found["ratings"]["first"].to_list() != [text]
    rated = found["ratings"].join(found["texts"], left_on="first", right_on="text_id")
    assert rated["player"].to_list() == rated["first_player"].to_list() == [text.split("/")[1]]

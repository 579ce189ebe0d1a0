"""Several runs as one: refused where they cannot be compared, and nothing counted twice."""

import copy
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from small_runs import play_small, tells

from analysis.combined import CombinedRuns, combined
from analysis.families import Difference, differences, families_of
from analysis.gather import gather
from analysis.match_means import MatchMeans
from arenas.errors import UserError
from arenas.store import RunStore

BASE: dict[str, Any] = {
    "seed": 3,
    "repeats": 2,
    "arenas": {"rps": {"game": "rps", "rounds": 6}, "number": {"game": "random_number", "low": 0, "high": 4}},
    "agents": {"fair": {"opponent": "uniform"}, "learner": {"opponent": "frequency"}},
    "opponents": {"ngram": {"opponent": "ngram"}},
}


def changed(**parts: Any) -> dict[str, Any]:
    """The same configuration with some keys changed; names like arenas__rps__rounds go down."""
    page = copy.deepcopy(BASE)
    for path, value in parts.items():
        place = page
        *way, last = path.split("__")
        for key in way:
            place = place[key]
        place[last] = value
    return page


def played(folder: Path, **parts: Any) -> Path:
    """A run of its own folder."""
    folder.mkdir()
    return play_small(folder, changed(**parts))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"arenas__rps__rounds": 7}, "arena rps has rounds 6 in the first and 7 in the second"),
        ({"arenas__number__wording": "Say {low} or {high}."}, "arena number has wording"),
        ({"arenas__pennies": {"game": "matrix"}}, "only the second has the arena pennies"),
        ({"opponents__ngram__order": 5}, "opponent ngram has order"),
        ({"opponents": {}}, "only the first has the opponent ngram"),
    ],
)
def test_runs_that_differ_are_refused_in_a_line(tmp_path: Path, parts: dict[str, Any], said: str) -> None:
    first, second = played(tmp_path / "a"), played(tmp_path / "b", **parts)
    result = tells("report", first, second, "-o", tmp_path / "r.html")
    assert result.exit_code == 2
    assert said in result.output
    assert result.output.count("\n") == 1
    assert not (tmp_path / "r.html").exists()


def with_models(folder: Path, style: str, wording: str, weights: str = "aaaa", device: str = "cpu") -> Path:
    """A run whose configuration speaks of a model."""
    folder.mkdir()
    source = play_small(folder, BASE)
    with closing(RunStore.read(source)) as store:
        config, waves = dict(store.config), list(store.waves())
        histories = list(store.histories(10**9))
    config["agents"] = {**config["agents"], "learner": {"model": "some/model", "style": style, "device": device}}
    path = folder / "model.sqlite"
    with closing(RunStore.new(path, config, waves)) as store:
        for wave, (_, history) in zip(waves, histories, strict=True):
            store.keep(wave, history)
        store.note("learner: prompt style plain; read by row cache; float32 on cpu")
        store.note(f"learner: weights and tokenizer {weights}, wording {wording}")
    return path


def test_other_prompts_are_refused(tmp_path: Path) -> None:
    first = with_models(tmp_path / "a", "plain", "1111")
    with pytest.raises(UserError, match="the prompts of style plain were worded differently"):
        combined([first, with_models(tmp_path / "b", "plain", "2222")])
    with pytest.raises(UserError, match="other prompt styles: plain in the first, wordy in the second"):
        combined([first, with_models(tmp_path / "c", "wordy", "1111")])


def test_the_last_of_three_runs_must_agree_with_each(tmp_path: Path) -> None:
    first = with_models(tmp_path / "a", "plain", "1111")
    runs = [first, played(tmp_path / "b"), with_models(tmp_path / "c", "plain", "2222")]
    with pytest.raises(UserError, match="worded differently"):
        combined(runs)
    with pytest.raises(UserError, match="worded differently"):
        combined([runs[1], runs[0], runs[2]])


def test_a_base_and_its_chat_stage_may_be_in_two_runs(tmp_path: Path) -> None:
    first, second = with_models(tmp_path / "a", "plain", "1111"), with_models(tmp_path / "b", "chat", "1111", "bbbb")
    with closing(combined([first, second])) as store:
        assert {"learner@model-1", "learner@model-2"} <= set(store.config["agents"])
        notes = store.notes()
    assert "learner@model-1: weights and tokenizer aaaa, wording 1111" in notes
    assert "learner@model-2: weights and tokenizer bbbb, wording 1111" in notes


def changes(paths: Sequence[Path], *families: str) -> list[Difference]:
    """What `tells report` says a later stage changed, over some runs."""
    with closing(combined(paths)) as store:
        means = MatchMeans()
        gather(store, [means])
        return differences(means, families_of(store.config, families), 1)


def only(name: str) -> dict[str, Any]:
    """The agents of a run that has but one."""
    return {"agents": {name: BASE["agents"][name]}}


def test_a_family_over_two_runs_of_one_seed_is_as_if_played_in_one(tmp_path: Path) -> None:
    whole = played(tmp_path / "whole", repeats=6)
    parts = [played(tmp_path / name, repeats=6, **only(name)) for name in ("fair", "learner")]
    found = changes(parts, "kin=fair,learner")
    assert [d for d in found if d.task == "rps"]
    assert repr(found) == repr(changes([whole], "kin=fair,learner"))  # NaN equals NaN there


def test_habits_and_alignment_read_several_runs_too(tmp_path: Path) -> None:
    whole = played(tmp_path / "whole", repeats=6)
    parts = [played(tmp_path / name, repeats=6, **only(name)) for name in ("fair", "learner")]
    tables = []
    for runs in ([whole], parts):
        result = tells("alignment", *runs, "--family", "kin=fair,learner")
        assert result.exit_code == 0, result.output
        tables.append([line for line in result.output.splitlines() if line.startswith("fair -> learner")])
    assert tables[0] == tables[1]
    assert len(tables[0]) > 3
    result = tells("habits", *parts)
    assert result.exit_code == 0, result.output
    assert {"== fair ==", "== learner =="} <= set(result.output.splitlines())


def test_a_family_over_runs_of_two_seeds_is_compared_all_the_same(tmp_path: Path) -> None:
    parts = [played(tmp_path / "a", repeats=6, **only("fair")), played(tmp_path / "b", repeats=6, seed=9, **only("learner"))]
    (found,) = [d for d in changes(parts, "kin=fair,learner") if (d.task, d.measure) == ("rps", "exploitability")]
    with closing(combined(parts)) as store:
        means = MatchMeans()
        gather(store, [means])
    wins = means.strata("rps", "learner")["ngram", 0].column("exploitability")
    assert found.stage_mean == pytest.approx(wins.mean())
    assert found.interval.mean == pytest.approx(wins.mean() - 0.0)
    assert found.interval.low < wins.mean() < found.interval.high
    result = tells("report", *parts, "-o", tmp_path / "r.html", "--family", "kin=fair,learner")
    assert result.exit_code == 0, result.output
    assert "learner is more exploitable than fair" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_families_of_several_runs_are_joined(tmp_path: Path) -> None:
    three = {**BASE["agents"], "other": {"opponent": "cycle"}}
    runs = [
        played(tmp_path / "a", families={"kin": ["fair", "learner"]}),
        played(tmp_path / "b", seed=9, agents=three, families={"kin": ["fair", "other"]}),
        played(tmp_path / "c", seed=8, agents=three, families={"all": ["learner", "other"]}),
    ]
    with closing(combined(runs)) as store:
        assert store.config["families"] == {"kin": ["fair", "learner", "other"]}
        assert families_of(store.config) == {"kin": ("fair", "learner", "other")}


def test_what_two_runs_both_hold_is_said_to_count_once(tmp_path: Path) -> None:
    runs = [played(tmp_path / "a"), played(tmp_path / "b", agents__other={"opponent": "cycle"})]
    with closing(combined(runs[:1])) as store:
        held = sum(1 for _ in store.fixtures())
    assert tells("report", *runs, "-o", tmp_path / "r.html").exit_code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"{held} of these matches are in more than one run, on the same dice, and count once." in page


def test_runs_are_told_apart_by_what_their_names_do_not_share(tmp_path: Path) -> None:
    paths = []
    for name, seed in (("20261125-101615-long", 1), ("20261125-093620-long", 2)):
        paths.append(played(tmp_path / name, seed=seed, agents__learner__decay=seed / 4).rename(tmp_path / f"{name}.sqlite"))
    with closing(combined(paths)) as store:
        assert set(store.config["agents"]) == {"fair", "learner@101615", "learner@093620"}


def test_another_device_is_no_other_model(tmp_path: Path) -> None:
    first, second = with_models(tmp_path / "a", "plain", "1111"), with_models(tmp_path / "b", "plain", "1111", device="cuda")
    with closing(combined([first, second])) as store:
        assert set(store.config["agents"]) == {"fair", "learner"}


def test_the_same_run_twice_is_refused(tmp_path: Path) -> None:
    run = played(tmp_path / "a")
    with pytest.raises(UserError, match="given twice"):
        combined([run, tmp_path / "a" / ".." / "a" / "runs" / run.name])


def test_one_name_for_two_models_gets_the_name_of_its_run(tmp_path: Path) -> None:
    first, second = played(tmp_path / "a"), tmp_path / "second.sqlite"
    played(tmp_path / "b", agents__learner__decay=0.5, seed=4).rename(second)
    with closing(combined([first, second])) as store:
        assert isinstance(store, CombinedRuns)
        names = {name for name in store.config["agents"] if name.startswith("learner@")}
        assert "learner@second" in names
        assert set(store.config["agents"]) == {"fair", *names}
        assert len(names) == 2
        met = {name for fixture, _ in store.fixtures() for name in fixture.line_up}
        assert met == {*store.config["agents"], "ngram"}


def test_another_model_of_the_same_name_is_known_by_its_weights(tmp_path: Path) -> None:
    first = with_models(tmp_path / "a", "plain", "1111", "aaaa")
    second = with_models(tmp_path / "b", "plain", "1111", "bbbb")
    with closing(combined([first, second])) as store:
        assert {"learner@model-1", "learner@model-2"} <= set(store.config["agents"])


def test_other_seeds_add_matches_and_equal_ones_do_not(tmp_path: Path) -> None:
    first, other, more = played(tmp_path / "a"), played(tmp_path / "b", seed=9), played(tmp_path / "c", repeats=3)
    counts = {}
    for name, paths in {"one": [first], "seeds": [first, other], "repeats": [first, more], "all": [first, other, more]}.items():
        with closing(combined(paths)) as store:
            fixtures = [fixture.id for fixture, played in store.fixtures() if played]
            read = [fixture.id for part, _ in store.histories() for fixture in part]
            assert sorted(fixtures) == sorted(read) == sorted(fixture.id for fixture, _ in store.records())
            assert len(set(fixtures)) == len(fixtures)
            counts[name] = len(fixtures)
    assert counts["seeds"] == 2 * counts["one"]
    assert counts["repeats"] == 1.5 * counts["one"]
    assert counts["all"] == 2.5 * counts["one"]


def test_the_numbers_are_those_of_all_matches(tmp_path: Path) -> None:
    runs = [played(tmp_path / "a"), played(tmp_path / "b", seed=9)]
    expected: list[float] = []
    for run in runs:
        with closing(RunStore.read(run)) as store:
            expected += [
                float(record.expected[fixture.line_up.index("learner")].mean())
                for fixture, record in store.records()
                if set(fixture.line_up) == {"learner", "ngram"}
            ]
    with closing(combined(runs)) as store:
        means = MatchMeans()
        gather(store, [means])
    found = means.strata("rps", "learner")["ngram", 0].column("pay")
    assert sorted(found) == pytest.approx(sorted(expected))


def test_a_report_of_several_runs_is_written(tmp_path: Path) -> None:
    runs = [played(tmp_path / "a"), played(tmp_path / "b", seed=9, agents__other={"opponent": "cycle"})]
    result = tells("report", *runs, "-o", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "count once" not in page
    assert all(run.name in page for run in runs)
    assert ">other<" in page

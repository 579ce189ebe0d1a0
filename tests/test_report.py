"""The report: one page that needs nothing, says what the run says, and obeys nobody's words."""

import base64
import csv
import io
import json
import re
import shutil
from collections.abc import Sequence
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any

import altair
import numpy as np
import pytest
from report_runs import EVIL, PAGE, hostile_run
from small_runs import play_small, tells

from analysis import report as report_module
from analysis.charts import curves as curves_charts
from analysis.charts import numbers as numbers_charts
from analysis.charts.drawing import sheets, specification
from analysis.charts.figure import LONGEST_NAME, NARROW, WIDE, Figure, as_csv, short
from analysis.combined import combined
from analysis.figures import signed
from analysis.gather import gather
from analysis.habits_tables import tables as habits_tables
from analysis.match_means import MatchMeans
from analysis.page import document, tables
from analysis.page.curves import Curve, Curves
from analysis.page.drawings import clean
from analysis.page.findings import Findings, findings
from analysis.page.kept_matches import LONGEST_TEXT, KeptMatches, chosen
from analysis.page.leaders import leaderboard, overall
from analysis.page.markup import element, joined
from analysis.page.sections import figures, sections
from analysis.randomness.measures import Measure
from analysis.randomness.single import PROBABILITY
from analysis.score import entropy, scores
from analysis.standings import Standings
from analysis.tasks import tasks_of
from arenas.store import RunStore

FAMILY = "kin=fair,round,learner"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was played to its end."""
    return play_small(tmp_path_factory.mktemp("played"), PAGE)


@pytest.fixture(scope="module")
def scores_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Benchmark scores of all agents."""
    path = tmp_path_factory.mktemp("benchmarks") / "scores.csv"
    rows = "".join(
        f"{name},exam,{score},made for a test\n" for name, score in zip(PAGE["agents"], (50, 61, 72, 70), strict=True)
    )
    path.write_text(f"model,benchmark,score,source\n{rows}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(run: Path, scores_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the run."""
    out = tmp_path_factory.mktemp("report") / "r.html"
    result = tells("report", run, "-o", out, "--family", FAMILY, "--benchmarks", scores_file)
    assert result.exit_code == 0, result.output
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(run: Path) -> Findings:
    """What the report is made of."""
    with closing(RunStore.read(run)) as store:
        return findings(store, (), [FAMILY])


def embedded(page: str) -> dict[str, Any]:
    """The matches in a page."""
    text = re.search(r'<script type="application/json" id="matches">(.*?)</script>', page, re.S)
    assert text
    loaded: dict[str, Any] = json.loads(text[1])
    return loaded


def test_the_page_has_every_section_and_reaches_nothing(page: str) -> None:
    names = (
        "summary",
        "leaderboard",
        "alignment-of-families",
        "trade-off",
        "habits",
        "answers",
        "payoffs",
        "rounds",
        "players",
    )
    for name in (*names, "watch"):
        assert f'<section id="{name}">' in page, name
    assert "default-src 'none'" in unescape(page)
    assert re.findall(r'(?:src|href)="(?!#|data:)', page) == []
    assert "url(http" not in page
    assert len(page) < 10e6


def test_the_summary_names_the_most_and_least_predictable(page: str, found: Findings) -> None:
    lines = overall(found.means, found.agents, ["rps", "hide"])
    worst = lines[-1].measures["exploitability"].mean
    assert lines[0].agent == "fair"
    assert worst > 0.5
    words = f"The most predictable over what all have played and answered (rps and hide) is {lines[-1].agent}"
    assert f"{words}: an opponent who knows its probabilities wins {worst:.3f} " in page
    assert "more from it than from perfect play" in page
    assert "The least predictable is fair" in page


def test_leaderboards_say_what_the_standings_say(run: Path, found: Findings) -> None:
    with closing(RunStore.read(run)) as store:
        standings = Standings(store.config["agents"], tasks_of(store.games))
        for fixture, record in store.records():
            standings.add(fixture, scores(store.games[fixture.arena], record))
    for arena in ("rps", "hide", "numbers"):
        expected = {line.agent: line for line in standings.arena(arena)}
        for line in leaderboard(found.means, arena, found.agents):
            assert line.measures["pay"].mean == pytest.approx(expected[line.agent].pay.mean, abs=1e-12)
            assert line.measures["exploitability"].mean == pytest.approx(expected[line.agent].exploitability)
            assert line.matches == expected[line.agent].matches


def test_every_figure_is_valid_and_its_data_is_whole(found: Findings) -> None:
    made = list(figures(sections(found)))
    assert {figure.name for figure in made} >= {
        "exploitability",
        "alignment",
        "answers-1",
        "payoffs-1",
        "learning-1",
        "entropy",
    }
    assert len({figure.name for figure in made}) == len(made)
    for figure in made:
        for width in (WIDE, NARROW):
            altair.Chart.from_dict(specification(figure, width), validate=True)
        rows = list(csv.DictReader(io.StringIO(figure.csv)))
        assert len(rows) == len(figure.rows) > 0
        assert figure.alt
        assert figure.reading


def test_what_a_memory_wins_is_the_mean_over_seats_as_the_habits_say(run: Path, found: Findings) -> None:
    html = tables.exploitability(found) or ""
    told = "\n".join(habits_tables(found.habits, 140))
    lines = [line for line in found.habits.memories if (line.chair.arena, line.chair.agent, line.memory) == ("hide", "mix", 1)]
    values = [line.in_match.mean for line in lines]
    assert len(values) == 2
    assert abs(values[0] - values[1]) > 0.01
    (row,) = re.findall(r"mix, hide</th>(.*?)</tr>", html)
    cells = re.findall(r"<td>(.*?)</td>", row)
    assert cells[1].split()[0] == f"{np.mean(values):.3f}"
    assert re.search(rf"^mix +hide .* {np.mean(values):.3f} ", told, re.M)


def test_readers_see_one_word_for_one_measure(page: str, found: Findings) -> None:
    assert "evenness" not in re.sub(r"base64,[^\"]*", "", page)
    assert not [figure.name for figure in figures(sections(found)) if "evenness" in figure.csv]


def test_no_interval_of_a_probability_leaves_it() -> None:
    bars = [
        Measure(PROBABILITY, "one", value, value - 0.3, value + 0.3, 0.5, n=3, task="1 coin", key=key)
        for key, value in (("heads", 0.9), ("tails", 0.1))
    ]
    (figure,) = numbers_charts.figures(bars, ["one"])
    assert [(row["low"], row["high"]) for row in figure.rows] == [(pytest.approx(0.6), 1.0), (0.0, pytest.approx(0.4))]
    panel = specification(figure, WIDE)["concat"][0]
    scales = [layer["encoding"]["y"]["scale"]["domain"] for layer in panel["layer"] if "scale" in layer["encoding"]["y"]]
    assert scales
    assert all(domain == [0.0, 1.0] for domain in scales)


def test_the_interval_of_two_matches_does_not_hide_the_means() -> None:
    sure, unsure = Curve(1, 3), Curve(1, 3)
    sure.add(np.full((9, 3), 0.2))
    unsure.add(np.array([[0.5] * 3, [-0.5] * 3]))
    won = {("rps", "one", "sure"): sure, ("rps", "one", "unsure"): unsure}
    figure = curves_charts.learning("learning-1", "rps", won, ["one"], ["sure", "unsure"])
    assert figure
    assert min(float(row["low"] or 0.0) for row in figure.rows) < -5
    for panel in specification(figure, WIDE)["concat"]:
        (domain,) = {tuple(layer["encoding"]["y"]["scale"]["domain"]) for layer in panel["layer"][1:]}
        assert domain == pytest.approx((-0.2, 0.4))


def test_a_tall_figure_is_dealt_out_over_sheets_of_whole_rows(found: Findings) -> None:
    figure = next(figure for figure in figures(sections(found)) if figure.name == "alignment")
    whole = clean(sheets(figure, WIDE)[0], "x")
    parts = [clean(part, "x") for part in sheets(figure, WIDE, 400)]
    assert len(parts) > 1
    assert all(float(re.findall(r' height="([0-9.]+)"', part)[0]) < 500 for part in parts)
    assert sum(part.count("data-label=") for part in parts) == whole.count("data-label=") > 0
    assert len(sheets(figure, WIDE)) == 1


def marks(figure: Figure) -> int:
    return len(re.findall("data-label=", clean(sheets(figure, WIDE)[0], "x")))


def test_from_whom_nothing_is_won_nobody_wins(page: str) -> None:
    table = unescape(page).split("What can be won from each", 2)[-1]
    (row,) = re.findall(r'<th scope="row" class="row">fair, rps</th>((?:<td>[^<]*</td>)+)', table)[:1]
    assert row.endswith("<td>nobody</td>")


def test_what_the_other_knows_is_in_the_page(page: str, found: Findings) -> None:
    said = unescape(page)
    assert "How it can be foretold" in said
    for habits in found.habits.chairs:
        bits = {reading.context.name: f"{round(reading.bits.mean, 3) + 0.0:.3f}" for reading in habits.contexts}
        if (habits.chair.agent, habits.chair.arena) == ("round", "rps"):
            row = re.search(
                r'<th scope="row" class="row">round, rps</th>((?:<td>[^<]*</td>)+)', said[said.index("Bits of the next") :]
            )
            assert row
            cells = re.findall(r"<td>([^<]*)</td>", row[1])
            assert {bits["always"], bits["own"], f"{habits.bits.mean:.3f}"} <= set(cells)
            break
    else:
        pytest.fail("round has no habits")
    for caption in ("Points a round won by who knows that", "How well it is foretold"):
        assert f"<caption>{caption}" in said


def test_figures_draw_what_their_rows_hold(found: Findings) -> None:
    made = {figure.name: figure for figure in figures(sections(found))}
    assert marks(made["exploitability"]) >= len(made["exploitability"].rows)
    assert marks(made["payoffs-1"]) >= len(made["payoffs-1"].rows) == 4 * 3 + 4 * 3  # with the opponents, and among themselves
    for figure in made.values():
        assert "undefined" not in sheets(figure, NARROW)[0], figure.name


def test_curves_are_the_block_means_of_every_match(run: Path) -> None:
    with closing(RunStore.read(run)) as store:
        whole, single = Curves(store.config["agents"]), Curves(store.config["agents"])
        gather(store, [whole])
        for fixtures, history in store.histories(1):
            single.add(store.games[fixtures[0].arena], fixtures, history)
        won, even = [], []
        for fixture, record in store.records():
            if fixture.arena == "rps" and set(fixture.line_up) == {"round", "ngram"}:
                won.append(record.expected[fixture.line_up.index("ngram")])
            if fixture.arena == "rps" and "learner" in fixture.line_up:
                even.append(entropy(record.probs[fixture.line_up.index("learner")]) / np.log2(3))
    points = whole.won["rps", "round", "ngram"].points()
    assert [round_ for round_, *_ in points] == list(range(1, 13))
    assert [mean for _, mean, _, _ in points] == pytest.approx(np.mean(won, axis=0))
    middle, mean, low, _ = whole.evenness["rps", "learner"].points()[5]
    values = np.array(even)[:, 5]
    assert (middle, mean) == (6, pytest.approx(values.mean()))
    spread = float(values.std(ddof=1)) / len(values) ** 0.5
    assert low < mean - 1.9 * spread or spread < 1e-12
    assert single.won.keys() == whole.won.keys()
    for key, curve in whole.won.items():
        assert single.won[key].points() == pytest.approx(np.array(curve.points()), nan_ok=True)


def test_a_block_that_is_not_over_does_not_count() -> None:
    curve = Curve(4, 10)
    curve.add(np.arange(7.0)[None])
    assert curve.points() == [(2.5, 1.5, pytest.approx(np.nan, nan_ok=True), pytest.approx(np.nan, nan_ok=True))]
    curve.add(np.arange(10.0)[None])
    assert [round_ for round_, *_ in curve.points()] == [2.5, 6.5, 9.5]
    assert [mean for _, mean, *_ in curve.points()] == [1.5, 5.5, 8.5]


def numbers(text: str, kind: str) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(text), kind)


def test_packed_matches_hold_every_move_and_probability(run: Path, page: str) -> None:
    held = embedded(page)
    with closing(RunStore.read(run)) as store:
        records = {fixture.id: (fixture, record) for fixture, record in store.records()}
    assert len(held["matches"]) == len(records)
    for match in held["matches"]:
        versus = "-vs-".join(match["who"])
        fixture, record = records[f"{match['arena']}/{versus}/{match['repeat']}"]
        for seat in range(len(fixture.line_up)):
            width = len(held["games"][fixture.arena]["actions"][seat])
            probs = numbers(match["probs"][seat], "<u2").reshape(-1, width) / 65535
            assert np.abs(probs - record.probs[seat, :, :width]).max() < 1e-5
            assert np.array_equal(numbers(match["moves"][seat], "<u2"), record.chosen[seat])
            for name in ("pay", "expected"):
                first = numbers(match[name][0], "<f4")
                kept = -first if match[name][seat] is None else numbers(match[name][seat], "<f4")
                assert np.allclose(kept, getattr(record, name)[seat], atol=1e-6)


def test_matches_are_chosen_by_repeat_and_bounded(run: Path) -> None:
    with closing(RunStore.read(run)) as store:
        fixtures = list(store.fixtures())
        everything = chosen(fixtures, store.games)
        some = chosen(fixtures, store.games, 20_000)
        nothing = chosen(((fixture, 0) for fixture, _ in fixtures), store.games)
        kept = KeptMatches(some)
        gather(store, [kept])
    assert sorted(f.id for f in everything) == sorted(f.id for f, _ in fixtures)
    assert 0 < len(some) < len(everything)
    assert some == everything[: len(some)]
    assert [f.repeat for f in everything] == sorted(f.repeat for f in everything)
    assert nothing == []
    assert [f"{m['arena']}/{'-vs-'.join(m['who'])}/{m['repeat']}" for m in kept.matches()] == [f.id for f in some]


def test_matches_leave_room_for_the_rest_of_a_page(found: Findings, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = "".join(document.document(found))
    monkeypatch.setattr(document, "LARGEST", 0)
    monkeypatch.setattr(document, "LEAST", 20_000)
    small = "".join(document.document(found))
    assert len(whole) - len(small) > 20_000
    every, some = (embedded(each)["matches"] for each in (whole, small))
    assert 0 < len(some) < len(every)
    assert some == every[: len(some)]
    assert f"{len(some)} of {len(every)} matches are here" in small


def test_a_report_is_not_overwritten_unless_forced(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    out.write_text("mine", encoding="utf-8")
    result = tells("report", run, "-o", out)
    assert result.exit_code == 2
    assert "--force" in result.output
    assert out.read_text(encoding="utf-8") == "mine"
    assert tells("report", run, "-o", out, "--force").exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_force_replaces_neither_runs_nor_folders(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other, folder = tmp_path / "mine.sqlite", tmp_path / "other.sqlite", tmp_path / "folder"
    for path in (mine, other):
        shutil.copy(run, path)
    (folder / "below").mkdir(parents=True)
    (tmp_path / "link.html").symlink_to(mine)
    monkeypatch.chdir(tmp_path)
    for out in (mine, other, folder, tmp_path / "link.html", "."):
        result = tells("report", mine, "-o", out, "--force")
        assert (result.exit_code, result.output.count("\n")) == (2, 1), result.output
    assert mine.read_bytes() == other.read_bytes() == run.read_bytes()
    assert (folder / "below").is_dir()


LONG = "allenai_Llama-3.1-Tulu-3-8B-stage-"


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of players and arenas whose names differ at the end alone."""
    kinds = {"SFT": "cycle", "DPO": "uniform", "RL": "frequency"}
    page = PAGE | {
        "arenas": {f"{LONG}{rounds}": {"game": "rps", "rounds": rounds} for rounds in (5, 6)},
        "agents": {f"{LONG}{stage}": {"opponent": kind} for stage, kind in kinds.items()},
        "opponents": {f"{LONG}{n}": {"opponent": "ngram", "order": n} for n in (1, 2)},
    }
    return play_small(tmp_path_factory.mktemp("alike"), page)


def test_names_that_differ_at_the_end_stay_apart(alike: Path, tmp_path: Path) -> None:
    result = tells("report", alike, "-o", tmp_path / "r.html", "--figures", tmp_path)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((tmp_path / "exploitability.csv").open(encoding="utf-8")))
    assert {row["name"] for row in rows} == {f"{LONG}{stage}" for stage in ("SFT", "DPO", "RL")}
    assert len({(row["arena"], row["name"]) for row in rows}) == len(rows) == 3 * 3
    held = embedded((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert len({(m["arena"], *m["who"], m["repeat"]) for m in held["matches"]}) == len(held["matches"]) == 2 * 3 * (3 * 2 + 3)
    for name in ("exploitability", "entropy", "payoffs-1", "learning-1", "players", "beats"):
        drawn = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        cut = set(re.findall(r">([^<>]*…[^<>]*)</text>", drawn))
        assert {end for end in ("SFT", "RL") if any(label.endswith(f"stage-{end}") for label in cut)} == {"SFT", "RL"}, name


def test_labels_are_short_and_all_different() -> None:
    names = ["a" * 50, "a" * 50 + "b", "b" + "a" * 50, "short", "a" * 8 + "x" * 40 + "end", "a" * 8 + "y" * 40 + "end"]
    for each in (names, names[:2], [f"{'x' * 30}{n}{'y' * 30}" for n in range(30)]):
        made = short(each)
        assert len(set(made.values())) == len(each)
        assert all(len(label) <= LONGEST_NAME for label in made.values())
    assert short(names)["short"] == "short"


def test_an_error_leaves_no_part_of_a_report(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Findings) -> Any:
        yield "<!DOCTYPE html>"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report_module, "document", broken)
    result = tells("report", run, "-o", tmp_path / "r.html")
    assert result.exit_code == 2
    assert "No space left on device" in result.output
    assert list(tmp_path.iterdir()) == []


def test_figures_are_saved_in_every_form(run: Path, tmp_path: Path) -> None:
    result = tells("report", run, "-o", tmp_path / "r.html", "--figures", tmp_path / "figures")
    assert result.exit_code == 0, result.output
    by_kind: dict[str, set[str]] = {}
    for path in (tmp_path / "figures").iterdir():
        by_kind.setdefault(path.suffix, set()).add(path.stem)
        start = {".svg": b"<svg", ".png": b"\x89PNG", ".pdf": b"%PDF", ".csv": b""}[path.suffix]
        assert path.read_bytes().startswith(start)
        assert path.stat().st_size > 50
    alone = (tmp_path / "figures" / "exploitability.svg").read_text(encoding="utf-8")
    assert "How exploitable each player is" in alone
    assert "At 0 nobody can win anything" in alone
    assert by_kind[".svg"] == by_kind[".png"] == by_kind[".pdf"] == by_kind[".csv"] >= {"exploitability", "payoffs-1"}


def test_hostile_words_are_text(tmp_path: Path) -> None:
    run = hostile_run(tmp_path / "evil.sqlite")
    result = tells("report", run, "-o", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert EVIL not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert page.count("<script") == page.count("</script>") == 2
    texts = [text for match in embedded(page)["matches"] for text in match.get("texts", ())]
    assert EVIL in texts
    assert all(len(text) < LONGEST_TEXT + 60 for text in texts)
    assert any("more characters" in text for text in texts)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<image href="http://evil/x.png"/>',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        '<style>@import "http://evil";</style>',
        '<rect onload="alert(1)" fill="url(http://evil/#x)" width="1"/>',
    ],
)
def test_drawings_hold_shapes_and_text_only(attack: str) -> None:
    inside = f'<g id="a" onclick="alert(1)">{attack}<text fill="#1c2126">kept</text></g>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    cleaned = clean(svg, "p")
    for word in ("alert", "evil", "foreignObject", "image", "style", "javascript"):
        assert word not in cleaned
    assert 'id="p-a"' in cleaned
    assert 'fill="var(--ink)"' in cleaned
    assert "kept" in cleaned


def test_markup_escapes_what_is_not_its_own() -> None:
    assert element("p", "<b>", element("i", "&"), title='"<') == '<p title="&quot;&lt;">&lt;b&gt;<i>&amp;</i></p>'
    assert element("input", disabled=True, hidden=False) == "<input disabled>"
    assert joined("<", element("br")) == "&lt;<br>"


def test_data_is_no_formula() -> None:
    text = as_csv([{"name": "=1+1", "value": float("nan"), "other": None}, {"name": "@x\x1b", "value": -1.5, "other": 2}])
    rows: Sequence[Sequence[str]] = list(csv.reader(io.StringIO(text)))
    assert rows == [["name", "value", "other"], ["'=1+1", "", ""], ["'@x\ufffd", "-1.5", "2"]]


def test_an_unplayed_run_is_refused_in_one_line(tmp_path: Path) -> None:
    from arenas.fixture import Fixture, Wave

    path = tmp_path / "empty.sqlite"
    config = {"seed": 1, "rows": 8, "arenas": {"rps": {"game": "rps", "rounds": 3, "repeats": 1}}}
    config |= {"agents": {"a": {"opponent": "uniform"}}, "opponents": {"b": {"opponent": "cycle"}}}
    RunStore.new(path, config, [Wave(0, "rps", 3, (Fixture("rps", ("a", "b"), 1),))]).close()
    result = tells("report", path, "-o", tmp_path / "r.html")
    assert result.exit_code == 2
    assert "nothing was played yet" in result.output
    assert not (tmp_path / "r.html").exists()


def test_a_run_that_is_not_complete_is_reported_as_such(run: Path, tmp_path: Path) -> None:
    with closing(RunStore.read(run)) as store:
        config, waves = store.config, list(store.waves())
        histories = {fixtures[0].arena: history for fixtures, history in store.histories(10**9)}
    partial = tmp_path / "partial.sqlite"
    with closing(RunStore.new(partial, config, waves)) as store:
        wave = next(wave for wave in waves if wave.arena == "rps")
        history = histories["rps"]
        history.played = 5
        store.flush(wave, history)
    result = tells("report", partial, "-o", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert "not complete" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_payoffs_are_the_means_of_the_matches(run: Path, found: Findings) -> None:
    figure = next(figure for figure in figures(sections(found)) if figure.name == "payoffs-1")
    shown = {(row["name"], row["opponent"]): row["value"] for row in figure.rows}
    with closing(combined([run])) as store:
        means = MatchMeans()
        gather(store, [means])
        pay: dict[tuple[str, str], list[float]] = {}
        for fixture, record in store.records():
            if fixture.arena == "rps":
                for seat, name in enumerate(fixture.line_up):
                    pay.setdefault((name, fixture.line_up[1 - seat]), []).append(float(record.expected[seat].mean()))
    assert shown["round", "ngram"] == pytest.approx(np.mean(pay["round", "ngram"]))
    assert shown["learner", "oracle"] == pytest.approx(np.mean(pay["learner", "oracle"]))
    assert signed(float(shown["fair", "oracle"] or 0.0)) == "+0.000"

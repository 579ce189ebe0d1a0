"""What people won, recomputed from their games; and agents beside them."""

from pathlib import Path

import numpy as np
import pytest
from planted_players import Meeting, kept_run, mixed, played
from small_runs import tells
from typer.testing import CliRunner

from analysis.bot_skill import SkillGatherer, against_bots, against_population, bots
from analysis.gather import gather
from analysis.people import People, app, beside_people, human_means, measured_people, shares_of, table
from arenas.errors import UserError
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore
from opponents.brockbank_vul_adaptive import CONTEXTS
from opponents.brockbank_vul_stable import RULES

GAMES = Path(__file__).parents[2] / "shared" / "data" / "human_rps.csv"
needs_games = pytest.mark.skipif(not GAMES.exists(), reason="the recorded games are not here")


def test_the_table_names_every_bot_and_its_source() -> None:
    people = list(human_means())
    assert {line.bot for line in people} == {*RULES, *CONTEXTS}
    assert {line.bot for line in people if line.kind == "stable"} == set(RULES)
    assert {line.rounds for line in people} == {30, 100, 300}
    for line in people:
        assert sum(line.shares[name][0] for name in ("win", "draw", "loss")) == pytest.approx(1.0, abs=1e-5)
        assert line.shares["pay"][0] == pytest.approx(line.shares["win"][0] - line.shares["loss"][0], abs=1e-5)
        assert all(low < mean < high for mean, low, high in line.shares.values())
        assert line.games >= 20


@needs_games
def test_the_table_is_what_the_games_say() -> None:
    shipped = "".join(f"{line}\n" for line in table(measured_people(GAMES)))
    kept = Path(__file__).parents[1] / "analysis" / "data" / "human_means.csv"
    assert kept.read_text(encoding="utf-8") == shipped
    assert "CC0" in shipped.splitlines()[0]


@needs_games
def test_one_line_by_hand() -> None:
    """Net points of the first rounds of every game against one bot, counted letter by letter."""
    won = []
    for row in GAMES.read_text().splitlines()[1:]:
        _, _, bot, human, robot = row.split(",")
        if bot == "prev_move_positive":
            pairs = [pair for pair in zip(human[:300], robot[:300], strict=True) if "-" not in pair]
            won.append(np.mean([(pair in (("R", "S"), ("P", "R"), ("S", "P"))) for pair in pairs]))
    (line,) = [p for p in human_means() if (p.bot, p.rounds) == ("prev_move_positive", 300)]
    assert line.games == len(won)
    assert line.shares["win"][0] == pytest.approx(np.mean(won), abs=1e-6)


def test_missing_rounds_do_not_count_and_short_games_are_left_out() -> None:
    assert shares_of("RPS-", "SRPR", 4) == (1.0, 0.0, 0.0, 1.0)
    assert shares_of("RPSS", "RSRS", 4) == (0.0, 0.5, 0.5, -0.5)
    assert shares_of("RP--", "RR--", 5) is None
    assert shares_of("RRRR", "RRRS", 3) == (0.0, 1.0, 0.0, 0.0)


def test_people_are_taken_over_no_more_rounds_than_were_played() -> None:
    people = [People("stable", "bot", rounds, 9, {}) for rounds in (30, 100, 300)]
    assert [getattr(beside_people(people, "bot", rounds), "rounds", None) for rounds in (20, 30, 99, 100, 5000)] == [
        None,
        30,
        30,
        100,
        300,
    ]
    assert beside_people(people, "other", 30) is None


def test_the_command_prints_the_table_or_says_what_is_wrong(tmp_path: Path) -> None:
    games = tmp_path / "games.csv"
    games.write_text("game,kind,bot,human_moves,bot_moves\n1,stable,b,RR,SS\n2,stable,b,RP,SP\n")
    with pytest.raises(UserError, match="no game of 15 rounds or more"):
        list(measured_people(games))
    rounds = 300
    rocks, scissors = "R" * rounds, "S" * rounds
    games.write_text(f"kind,bot,human_moves,bot_moves\nstable,b,{rocks},{scissors}\nstable,b,{rocks},{rocks}\n")
    said = CliRunner().invoke(app, [str(games)])
    assert said.exit_code == 0
    assert "stable,b,300,2,0.500000," in said.output
    games.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="has no column 'kind'"):
        list(measured_people(games))
    with pytest.raises(UserError, match="cannot read"):
        list(measured_people(tmp_path / "none.csv"))


OPPONENTS = {
    "follower": {"opponent": "brockbank_vul", "bot": "prev_move_positive"},
    "greenberg": {"opponent": "roshambo"},
    "rockbot": {"opponent": "roshambo", "bot": "rockbot"},
    "uniform": {"opponent": "uniform"},
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """One agent that plays 1/2, 1/4, 1/4 against mixtures that bear the names of bots."""
    game = RockPaperScissors(rounds=120)
    player = mixed(2, 1, 1)
    foes = {"follower": mixed(1, 0, 1), "greenberg": mixed(0, 1, 0), "rockbot": mixed(1, 0, 0), "uniform": mixed(1, 1, 1)}
    meetings = [
        Meeting("rps", ("model", name), played(game, player, foe, 6, seed=i)) for i, (name, foe) in enumerate(foes.items())
    ]
    return kept_run(tmp_path / "run", {"rps": game}, ["model"], meetings, opponents=OPPONENTS)


def test_shares_are_expected_over_both_distributions(run: Path) -> None:
    store = RunStore.read(run)
    skill = SkillGatherer(store.config)
    gather(store, [skill])
    (line,) = against_bots(skill, store.config)
    assert (line.agent, line.opponent, line.bot, line.rounds, line.matches) == (
        "model",
        "follower",
        "prev_move_positive",
        100,
        6,
    )
    # rock and scissors against 1/2 rock, 1/4 paper, 1/4 scissors
    assert line.shares.win.mean == pytest.approx(0.5 * 0.5 + 0.25 * 0.5)
    assert line.shares.draw.mean == pytest.approx(0.5 * 0.5 + 0.25 * 0.5)
    assert line.shares.loss.mean == pytest.approx(0.25)
    assert line.shares.pay.mean == pytest.approx(0.125)
    assert line.people is not None
    assert (line.people.bot, line.people.rounds) == ("prev_move_positive", 100)
    (population,) = against_population(skill, store.config)
    assert population.members == 2
    assert population.population_return.mean == pytest.approx((-0.25 + 0.0) / 2)
    assert population.exploitability is not None
    assert population.exploitability.names == ("greenberg",)
    assert population.exploitability.value.mean == pytest.approx(0.25)
    store.close()


def test_bots_are_known_by_their_kind_whatever_their_names() -> None:
    config = {"opponents": OPPONENTS}
    assert bots(config, "brockbank_vul") == {"follower": "prev_move_positive"}
    assert bots(config, "roshambo") == {"greenberg": "greenberg", "rockbot": "rockbot"}


def test_the_command_shows_both_tables(run: Path) -> None:
    said = tells("habits", run)
    assert said.exit_code == 0, said.output
    assert "against the bots that people met" in said.output
    assert "against the RoShamBo population" in said.output
    assert "56 %" in said.output  # people against prev_move_positive, 100 rounds


def test_an_agent_is_measured_over_the_rounds_that_people_are(tmp_path: Path) -> None:
    """It plays rock in the first hundred rounds and then paper; in a game of ten rounds nobody stands beside it."""
    game, short = RockPaperScissors(rounds=120), RockPaperScissors(rounds=10)
    change = lambda own, _, t: np.tile(np.eye(3)[0 if t < 100 else 1], (len(own), 1))  # noqa: E731
    meetings = [
        Meeting(arena, ("model", "follower"), played(rules, change, mixed(0, 0, 1), 4, seed=1))
        for arena, rules in (("long", game), ("short", short))
    ]
    path = kept_run(tmp_path / "run", {"long": game, "short": short}, ["model"], meetings, opponents=OPPONENTS)
    store = RunStore.read(path)
    skill = SkillGatherer(store.config)
    gather(store, [skill])
    found = {line.arena: line for line in against_bots(skill, store.config)}
    store.close()
    assert found["long"].shares.win.mean == 1.0
    assert found["long"].rounds == getattr(found["long"].people, "rounds", None) == 100
    assert (found["short"].rounds, found["short"].people) == (10, None)

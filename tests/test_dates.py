"""The day that a chat template tells is fixed when a run begins, kept in the run, and part of who played."""

import datetime as dt
from contextlib import closing
from pathlib import Path

import numpy as np
from small_runs import only_run, tells
from zoo import save_model

from agents.agent import Agent, AgentSpec, load_agents
from arenas.play import Table
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore
from tournaments.config import config_of

DATED = "<|system|>Today is {{ strftime_now('%Y-%m-%d') }}.<|end|>"
TURNS = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
GAME = RockPaperScissors(rounds=2)
ONE, OTHER = dt.date(2026, 11, 25), dt.date(2026, 11, 26)


def agent(folder: Path, date: dt.date) -> Agent:
    return load_agents({"x": AgentSpec(str(folder), examples=False)}, date)["x"]


def first_words(player: Agent) -> str:
    (shown,) = player.model.shown(player._script(GAME, player._openings(Table(GAME, np.array([0]))), np.array([0])), [[]])
    return shown


def test_the_day_of_a_run_is_told_and_tells_players_apart(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama", chat_template=DATED + TURNS)
    assert "Today is 2026-11-25." in first_words(agent(folder, ONE))
    assert "Today is 2026-11-26." in first_words(agent(folder, OTHER))
    assert agent(folder, ONE).identity != agent(folder, OTHER).identity
    assert agent(folder, ONE).identity == agent(folder, ONE).identity


def test_a_template_without_a_date_is_the_same_on_any_day(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama", chat_template=TURNS)
    assert agent(folder, ONE).identity == agent(folder, OTHER).identity


def test_a_run_of_another_day_is_resumed_with_its_own(tmp_path: Path) -> None:
    """Were the day not kept, `--resume` would meet another player and refuse it."""
    folder = save_model(tmp_path, "llama", chat_template=DATED + TURNS)
    page = f"""
date: "2026-01-31"
repeats: 1
arenas: {{rps: {{game: rps, rounds: 2}}}}
agents: {{x: {{model: {folder}, examples: false}}}}
opponents: {{u: {{opponent: uniform}}}}
"""
    (tmp_path / "config.yaml").write_text(page)
    played = tells("run", tmp_path / "config.yaml", "--out", tmp_path / "runs", "--display", "none")
    assert played.exit_code == 0, played.output
    run = only_run(tmp_path / "runs")
    again = tells("run", "--resume", run, "--display", "none")
    assert again.exit_code == 0, again.output
    with closing(RunStore.read(run)) as store:
        assert store.config["date"] == "2026-01-31"


def test_a_run_keeps_its_day() -> None:
    page = {"arenas": {"rps": {"game": "rps"}}, "agents": {"u": {"opponent": "uniform"}}}
    begun = config_of(page)
    assert begun.date == dt.date.today()
    kept = config_of({**begun.resolved(), "date": "2026-01-31"})
    assert kept.date == dt.date(2026, 1, 31)
    assert config_of(kept.resolved()).date == dt.date(2026, 1, 31)

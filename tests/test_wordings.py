"""Agents in several wordings: entrants of their own on one set of dice, which meet in the same wording only."""

import copy
from typing import Any

import pytest

from arenas.errors import UserError
from arenas.family import dice_id, families_by_agent
from arenas.fixture import Fixture
from arenas.wordings import agent_of
from tournaments.config import RunConfig, config_of
from tournaments.schedule import _pairs

PAGE: dict[str, Any] = {
    "arenas": {"rps": {"game": "rps"}},
    "agents": {
        "base": {"model": "organism:base", "styles": ["plain", "wordy"]},
        "sft": {"model": "organism:sft", "styles": ["chat", "chat-wordy"]},
        "even": {"opponent": "uniform"},
    },
    "opponents": {"cycle": {"opponent": "cycle"}},
}


def changed(**agents: Any) -> RunConfig:
    page = copy.deepcopy(PAGE)
    page["agents"] |= agents
    return config_of(page)


def dice(config: RunConfig, *line_up: str) -> str:
    family_of = families_by_agent(config.families, config.wordings)
    return dice_id(Fixture("rps", line_up, 1), family_of, config.wordings)


def test_each_wording_is_an_entrant_that_the_stored_configuration_brings_back() -> None:
    config = config_of(PAGE)
    assert list(config.agents) == ["base.plain", "base.wordy", "sft.chat", "sft.chat-wordy", "even"]
    assert [getattr(config.agents[name], "style", "") for name in config.agents] == ["plain", "wordy", "chat", "chat-wordy", ""]
    assert config_of(config.resolved()) == config
    assert agent_of("sft.chat-wordy", config.wordings) == ("sft", "chat-wordy")
    assert agent_of("even", config.wordings) == ("even", "")


def test_agents_meet_in_the_same_wording_and_others_in_all() -> None:
    met = set(map(frozenset, _pairs(config_of(PAGE))))
    assert {frozenset(pair) for pair in (("base.plain", "sft.chat"), ("base.wordy", "sft.chat-wordy"))} <= met
    assert not met & {frozenset(pair) for pair in (("base.plain", "sft.chat-wordy"), ("base.plain", "base.wordy"))}
    for name in ("base.plain", "base.wordy", "sft.chat", "sft.chat-wordy"):
        assert {frozenset((name, "cycle")), frozenset((name, "even"))} <= met


def test_all_wordings_have_the_dice_that_the_agent_has_alone() -> None:
    config, alone = config_of(PAGE), changed(base={"model": "organism:base"}, sft={"model": "organism:sft"})
    assert dice(config, "base.plain", "cycle") == dice(config, "base.wordy", "cycle") == dice(alone, "base", "cycle")
    assert dice(config, "base.wordy", "sft.chat-wordy") == dice(alone, "base", "sft")


def test_a_family_is_crossed_with_the_wordings_of_its_stages() -> None:
    config = config_of({**PAGE, "families": {"one": ["base", "sft"]}})
    assert config.families == {"one.plain": ("base.plain", "sft.chat"), "one.wordy": ("base.wordy", "sft.chat-wordy")}
    assert {dice(config, name, "cycle") for name in ("base.plain", "base.wordy", "sft.chat", "sft.chat-wordy")} == {
        "rps/family:one-vs-cycle/1"
    }
    assert config_of(config.resolved()) == config


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"styles": ["plain"]}, "agents.base.styles: must name at least two styles, all different, got ['plain']"),
        ({"styles": ["plain", "plain"]}, "agents.base.styles: must name at least two styles, all different"),
        ({"styles": ["plain", "wordy"], "style": "plain"}, "agents.base.styles: for a model, in the place of its style"),
        ({"styles": "plain"}, "agents.base.styles: must be a valid array, got 'plain'"),
        ({"styles": ["plain", "wordy", "asked"]}, "sft.styles: agents meet in the same wording, so each must have as many as "),
        ({"sampling": "models"}, "agents.base.sampling: must be an object or 'model', got 'models'"),
        ({"examples": "yes"}, "agents.base.examples: must be a valid boolean or a valid integer, got 'yes'"),
        ({"examples": 101}, "agents.base: examples must be from 0 to 100, got 101"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_line(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        changed(base={"model": "organism:base", **keys})
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)

"""The configuration: what it means, and one line for everything that is wrong with it."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from small_runs import SMALL, written

from agents.agent import AgentSpec
from agents.model import Sampling
from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix import Matrix
from arenas.writing import Writing
from opponents.frequency import Frequency
from opponents.opponent import OPPONENTS
from tournaments.config import config_of, load_config

MODEL: dict[str, Any] = {
    "arenas": {"rps": {"game": "rps"}},
    "agents": {"mine": {"model": "./folder", "temperature": 0.7}},
    "opponents": {"frequency": {"opponent": "frequency", "decay": 0.9}},
}


def changed(page: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    page = copy.deepcopy(page)
    *places, last = path.split(".")
    place = page
    for key in places:
        place = place[key]
    place[last] = value
    return page


def test_parameters_become_frozen_dataclasses_with_their_defaults() -> None:
    page = changed(MODEL, "arenas", {"hide": {"game": "hide_and_seek", "places": 7, "repeats": 9}})
    config = config_of(page)
    assert config.arenas["hide"].game == HideAndSeek(places=7, rounds=30)
    assert config.arenas["hide"].repeats == 9
    assert config.agents["mine"] == AgentSpec("./folder", sampling=Sampling(temperature=0.7))
    assert config.opponents["frequency"] == Frequency(decay=0.9)


def test_lists_become_tuples_and_whole_numbers_become_fractions_where_those_are_meant() -> None:
    table = {"game": "matrix", "payoffs": [[2, 0], [0, 1]], "row_actions": ["a", "b"], "column_actions": ["c", "d"]}
    game = config_of(changed(MODEL, "arenas", {"table": table})).arenas["table"].game
    assert game == Matrix(payoffs=((2.0, 0.0), (0.0, 1.0)), row_actions=("a", "b"), column_actions=("c", "d"))
    assert isinstance(game, Matrix)
    assert isinstance(game.payoffs[0][0], float)


def test_what_is_resolved_reads_back_as_the_same_configuration() -> None:
    for page in (SMALL, MODEL):
        config = config_of(page)
        assert config_of(config.resolved()) == config
        assert config_of(yaml.safe_load(yaml.safe_dump(config.resolved()))) == config


def test_the_packaged_configuration_is_sound_and_names_the_three_models() -> None:
    config = load_config(None)
    models = {spec.model for spec in config.agents.values() if isinstance(spec, AgentSpec)}
    assert models == {"organism:base", "organism:sft", "organism:dpo"}
    assert "uniform" in config.agents


def test_the_packaged_configuration_has_every_kind_of_opponent() -> None:
    here = {OPPONENTS.name_of(type(o)) for o in load_config(None).opponents.values() if not isinstance(o, AgentSpec)}
    assert {"uniform", "mixture", "cycle", "copy", "win_stay_lose_shift", "frequency", "ngram", "oracle"} <= here


WRONG = [
    ("sed", 1, "unknown key sed: did you mean 'seed'?"),
    ("seed", "x", "seed: must be a valid integer, got 'x'"),
    ("seed", -1, "seed must be from 0 to 9223372036854775807, got -1"),
    ("repeats", 0, "arenas.rps: repeats must be from 1 to 1000000, got 0"),
    ("rows", 1, "rows must be from 2 to 1000000, got 1"),
    ("arenas", {}, "arenas must name at least one of them"),
    ("agents", {}, "agents must name at least one of them"),
    ("arenas", 3, "arenas: must be an object, got 3"),
    ("arenas.rps", 3, "arenas.rps: must be an object, got 3"),
    ("arenas.rps.game", "rsp", "arenas.rps.game: unknown game 'rsp': did you mean 'rps'?"),
    ("arenas.rps.game", 4, "arenas.rps.game: must be the name of a game, got 4"),
    ("arenas.rps.round", 4, "unknown key arenas.rps.round: did you mean 'rounds'?"),
    ("arenas.rps.rounds", "many", "arenas.rps.rounds: must be a valid integer, got 'many'"),
    ("arenas.rps.rounds", True, "arenas.rps.rounds: must be a valid integer, got True"),
    ("arenas.rps.rounds", 0, "arenas.rps: rounds must be from 1 to 10000, got 0"),
    ("arenas.rps.rounds", {1, 2}, "arenas.rps.rounds: must be made of texts, numbers, lists and mappings"),
    ("arenas.a/b", {"game": "rps"}, "a name must be made of letters, digits, '_', '.' and '-'"),
    ("agents.a-vs-b", {"opponent": "copy"}, "without '-vs-', got 'a-vs-b'"),
    ("agents.mine.modle", "x", "unknown key agents.mine.modle: did you mean 'model'?"),
    ("agents.mine.temperature", "hot", "agents.mine.sampling.temperature: must be a valid number, got 'hot'"),
    ("agents.mine.temperature", float("nan"), "agents.mine.sampling: temperature must be from 0.001 to 100.0, got nan"),
    ("agents.mine.opponent", "copy", "agents.mine: must have either the key 'model' or the key 'opponent'"),
    ("agents.mine", {"style": "wordy"}, "agents.mine: must have either the key 'model' or the key 'opponent'"),
    ("opponents.frequency.opponent", "frequencies", "unknown opponent 'frequencies': did you mean 'frequency'?"),
    ("opponents.frequency.decai", 0.9, "unknown key opponents.frequency.decai: did you mean 'decay'?"),
    ("opponents.frequency.decay", [0.9], "opponents.frequency.decay: must be a valid number, got [0.9]"),
    ("opponents.mine", {"opponent": "copy"}, "opponents.mine: agents.mine is another entrant of the same name"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_one_line_names_the_dotted_path_and_what_would_be_right(path: str, value: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        config_of(changed(MODEL, path, value))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_arena_without_a_game_lists_the_games() -> None:
    with pytest.raises(UserError, match=r"arenas\.rps: the key 'game' is missing: known games: .*hide_and_seek"):
        config_of(changed(MODEL, "arenas.rps", {"rounds": 3}))


def test_the_same_entrant_on_both_sides_is_one_entrant() -> None:
    config = config_of(SMALL)
    assert list(config.entrants).count("uniform") == 1


def test_set_changes_adds_and_removes(tmp_path: Path) -> None:
    page = changed(MODEL, "agents", {**MODEL["agents"], "llama-3.1": {"model": "x"}})
    changes = [
        "agents.llama-3.1.temperature=0.5",
        "arenas.hide={game: hide_and_seek, places: 6}",
        "opponents.frequency=null",
        "opponents.fast.opponent=copy",
        "agents.mine.dtype=float32",
        "agents.mine.temperature=1e-3",
    ]
    config = load_config(written(tmp_path, page), changes, seed=9)
    assert config.agents["llama-3.1"] == AgentSpec("x", sampling=Sampling(temperature=0.5))
    assert config.arenas["hide"].game == HideAndSeek(places=6)
    assert list(config.opponents) == ["fast"]
    assert config.agents["mine"] == AgentSpec("./folder", sampling=Sampling(temperature=0.001), dtype="float32")
    assert config.seed == 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("seed", "must be key.path=value"),
        ("=3", "must be key.path=value"),
        ("seed.deep=3", "seed is 3 and has no keys"),
        ("arenas.rps.rounds=[", "not readable as YAML"),
        ("arenas.rsp.rounds=3", "arenas.rsp: the key 'game' is missing"),
    ],
)
def test_a_bad_set_is_one_line(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load_config(written(tmp_path, changed(MODEL, "seed", 3)), [change])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nseed: 2\n", "the key 'seed' is given twice"),
        ("seed: [1\n", "not readable as YAML"),
        ("- 1\n- 2\n", "must be a mapping with the keys seed, repeats, rows, arenas, agents, opponents"),
        ("", "must be a mapping with the keys"),
        ("seed: 2001-99-99\n", "not readable as YAML"),
        (f"seed: {'9' * 5000}\n", "not readable as YAML"),
        ("seed: 2001-09-09\n", "seed: must be made of texts, numbers, lists and mappings"),
        ("seed: !!python/object:os.system {}\n", "not readable as YAML"),
        ("arenas: &a {b: *a}\n", "not readable as YAML"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        load_config(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_or_foreign_file_is_one_line(tmp_path: Path) -> None:
    written(tmp_path, SMALL, "small.yaml")
    with pytest.raises(UserError, match=r"smal\.yaml: no such file \(did you mean 'small\.yaml'\?\)"):
        load_config(tmp_path / "smal.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not a text file in UTF-8"):
        load_config(tmp_path / "binary.yaml")
    with pytest.raises(UserError, match="cannot be read"):
        load_config(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PATHS = ["seed", "rows", "repeats", "arenas", "arenas.rps", "arenas.rps.rounds", "arenas.rps.repeats", "agents.mine", "agents"]
PATHS += [
    "agents.mine.model",
    "agents.mine.temperature",
    "agents.mine.style",
    "opponents.frequency",
    "opponents.frequency.decay",
]


@given(st.sampled_from(PATHS), JSON)
def test_whatever_stands_in_a_place_is_taken_or_refused_in_words(path: str, value: Any) -> None:
    try:
        config = config_of(changed(MODEL, path, value))
    except UserError:
        return
    assert config_of(config.resolved()) == config


def test_one_entry_stands_for_every_combination() -> None:
    poems = {"game": "writing", "repeats": 7, "each": {"topic": ["the sea", "War & peace"], "form": {"short": "a haiku"}}}
    config = config_of(changed(MODEL, "arenas", {"poems": poems, "rps": {"game": "rps"}}))
    assert list(config.arenas) == ["poems.the_sea.short", "poems.war_peace.short", "rps"]
    assert config.arenas["poems.war_peace.short"].game == Writing(topic="War & peace", form="a haiku")
    assert config.arenas["poems.the_sea.short"].repeats == 7
    assert config_of(config.resolved()) == config


@pytest.mark.parametrize(
    ("each", "message"),
    [
        ([], "arenas.poems.each: must map keys of the game to lists of values, got []"),
        ({"topic": []}, "arenas.poems.each.topic: must be a list of values or map names to values, got []"),
        ({"topic": ["a b", "a,b"]}, "arenas.poems.each: two values are both called poems.a_b"),
        ({"topic": {"a/b": "x"}}, "a name must be made of letters, digits"),
        ({"repeats": [1, 2]}, "arenas.poems.each.repeats: stands beside each or cannot be swept"),
        ({"form": ["x"]}, "arenas.poems.each.form: stands beside each or cannot be swept"),
        ({"topics": ["x"]}, "unknown key arenas.poems.x.topics: did you mean 'topic'?"),
        ({"topic": ["there"]}, "arenas.poems: there are two arenas poems.there; rename one of them"),
    ],
)
def test_a_sweep_that_cannot_be_is_one_line(each: object, message: str) -> None:
    spec = {"game": "writing", "form": "a haiku", "each": each}
    page = changed(MODEL, "arenas", {"poems.there": {"game": "rps"}, "poems": spec})
    with pytest.raises(UserError, match=re.escape(message)):
        config_of(page)


FAMILIES = {**copy.deepcopy(SMALL), "families": {"trio": ["mix", "cycle"]}}


def test_a_family_is_kept_in_the_resolved_configuration_and_a_run_without_one_is_as_it_was() -> None:
    config = config_of(FAMILIES)
    assert config.families == {"trio": ("mix", "cycle")}
    assert config_of(config.resolved()) == config
    assert "families" not in config_of(SMALL).resolved()


@pytest.mark.parametrize(
    ("families", "message"),
    [
        ({"trio": ["mix", "cycel"]}, r"families\.trio\.1: no agent 'cycel': did you mean 'cycle'\?"),
        ({"trio": ["mix"]}, r"families\.trio: must name at least two agents, the base first, got 1"),
        ({"trio": ["mix", "mix"]}, r"families\.trio\.1: mix is already in the family trio"),
        ({"a": ["mix", "cycle"], "b": ["uniform", "mix"]}, r"families\.b\.1: mix is already in the family a"),
        ({"trio": ["mix", "win_stay"]}, r"families\.trio\.1: no agent 'win_stay'"),
        ({"trio": "mix"}, r"families\.trio: must be a valid (list|array), got 'mix'"),
        (["mix"], r"families: must be .*"),
    ],
)
def test_a_family_that_cannot_be_is_one_line(families: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        config_of({**copy.deepcopy(SMALL), "families": families})

"""The solo games of random choices: what they ask, in which words, and what they pay."""

from pathlib import Path

import numpy as np
import pytest

from agents.style import load_style, packaged_styles, parse_style
from arenas.errors import UserError
from arenas.game import GAMES, Game
from arenas.history import History
from arenas.random_bit import RandomBit
from arenas.random_number import RandomNumber
from arenas.random_word import RandomWord
from arenas.solo_choice import SoloChoice
from tournaments.config import config_of, load_config

GOLDEN = Path(__file__).parent / "golden" / "wordings"
COIN = RandomBit(("heads", "tails"), 3, "Flip a fair coin {length} times: {first} or {second}?")
SOLO = [
    RandomNumber(1, 6, 3),
    RandomNumber(),
    RandomBit(),
    COIN,
    RandomWord(),
    RandomWord(("a", "b", "c"), 4, "One of {words}."),
]
OWN_STYLE = """
kind: text
answer: " {action}"
repeated: {opening: "{rules}", end: "\\n"}
solo: {opening: "{rules} {Things}:", round: " {thing}", end: " "}
writing: {opening: "{rules}"}
rules: {random_number: "House rules."}
"""


@pytest.mark.parametrize("game", SOLO, ids=repr)
def test_a_solo_game_pays_for_being_guessed(game: SoloChoice) -> None:
    count, chance = len(game.actions[0]), np.random.default_rng(5)
    probs = chance.dirichlet(np.ones(count), size=(50, 1))
    history = History.empty(50, 1, game.rounds, count)
    chosen = chance.integers(0, count, size=(50, 1))
    history.commit(probs, chosen, np.zeros((50, 1)), np.full((50, 1), "", dtype=object))
    history.settle(game.pay(history, 0), game.expected_pay(history, 0))
    right = chosen == probs.argmax(axis=2)
    np.testing.assert_allclose(history.pay[:, :, 0], 1 / count - right)
    np.testing.assert_allclose(history.expected[:, :, 0], 1 / count - probs.max(axis=2))
    np.testing.assert_allclose(
        game.exploitability(np.zeros(50, dtype=np.int64), probs[:, 0]), probs[:, 0].max(axis=1) - 1 / count
    )


def test_the_rules_are_said_as_worded() -> None:
    assert COIN.rules(0) == "Flip a fair coin 3 times: heads or tails?"
    assert RandomNumber(1, 6, wording="{low}-{high}?").rules(0) == "1-6?"
    assert RandomWord(("a", "b{", "c"), wording="One of {words}.").rules(0) == "One of a, b{ or c."
    assert RandomBit(length=1).rules(0) == "Choose 0 or 1 at random."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomNumber(wording="to {hihg}"), "wording: unknown field {hihg}: did you mean 'high'?"),
        (lambda: RandomNumber(wording="to {}"), "wording: unknown field {}: known: high, length, low"),
        (lambda: RandomNumber(wording="to {high"), "wording: expected '}' before end of string"),
        (lambda: RandomNumber(wording="{high:3}"), "wording: field {high} must stand alone, without a format"),
        (lambda: RandomNumber(wording="{high.real}"), "wording: unknown field {high.real}: did you mean 'high'?"),
        (lambda: RandomNumber(wording="Pick. "), "wording must have no space around it, got 'Pick. '"),
        (lambda: RandomBit(length=0), "length must be from 1 to 10000, got 0"),
        (lambda: RandomBit(("0", "0")), "words must differ from each other, got 0 or 0"),
        (lambda: RandomWord(("a",)), "number of words must be from 2 to 1000, got 1"),
        (lambda: RandomWord(("a", "b\nc")), "words must be words without space around them, got 'b\\nc'"),
    ],
)
def test_user_errors_say_what_and_how(make: object, message: str) -> None:
    with pytest.raises(UserError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message


def test_wordings_are_swept_from_yaml() -> None:
    sweep = {"game": "random_number", "each": {"wording": {"ask": "A number to {high}?", "own": ""}, "high": [5, 9]}}
    page = {"arenas": {"n": sweep}, "agents": {"u": {"opponent": "uniform"}}}
    games = {name: arena.game for name, arena in config_of(page).arenas.items()}
    assert list(games) == ["n.ask.5", "n.ask.9", "n.own.5", "n.own.9"]
    assert games["n.ask.9"].rules(0) == "A number to 9?"
    assert games["n.own.5"].rules(0) == "Pick a random number from 0 to 5."
    bad = {"arenas": {"n": {"game": "random_number", "wording": "{hi}"}}, "agents": {"u": {"opponent": "uniform"}}}
    with pytest.raises(UserError, match=r"^arenas\.n: wording: unknown field \{hi\}"):
        config_of(bad)


def test_a_style_keeps_the_wording_that_is_compared() -> None:
    style = parse_style("mine", OWN_STYLE)
    assert style.opening(RandomNumber(), 0).text == "House rules. Numbers:"
    assert style.opening(RandomNumber(wording="{low}?"), 0).text == "0? Numbers:"
    assert style.after_round(RandomBit(), 0, 0, "1", "", 0.0) == " choice"
    with pytest.raises(UserError, match=r"style mine: writing\.opening: unknown field \{things\}"):
        parse_style("mine", OWN_STYLE.replace('writing: {opening: "{rules}"}', 'writing: {opening: "{things}"}'))


def solo_games() -> dict[str, Game]:
    """The number, bit and word arenas of the default tournament."""
    return {name: arena.game for name, arena in load_config(None).arenas.items() if isinstance(arena.game, SoloChoice)}


@pytest.mark.parametrize("style", packaged_styles())
def test_every_wording_of_the_default_tournament(style: str, regenerate_golden: bool) -> None:
    """Every word a model reads there, up to its second answer; that answer stands between « and »."""
    told, parts = load_style(style), []
    for name, game in solo_games().items():
        word = game.actions[0][0]
        said = told.opening(game, 0).text + f"«{told.written(word)}»"
        again = told.after_round(game, 0, 0, word, "", 0.0) if game.rounds > 1 else ""
        parts.append(f"=== {name}\n{said}{again}\n")
    file, text = GOLDEN / f"{style}.txt", "\n".join(parts)
    if regenerate_golden:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


def test_every_golden_wording_is_used() -> None:
    assert sorted(file.stem for file in GOLDEN.iterdir()) == packaged_styles()


def test_the_default_tournament_asks_all_that_there_is() -> None:
    games = solo_games().values()
    assert {type(game) for game in games} == {kind for name in GAMES.names() if issubclass(kind := GAMES.get(name), SoloChoice)}
    one = [game for game in games if isinstance(game, RandomNumber) and game.length == 1]
    assert len({game.rules(0) for game in one}) == len(one) >= 3
    assert all((game.low, game.high) == (0, 10) for game in one)

"""Every word a model reads, as it reads it. The golden files are meant to be read: look at their diff."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agents.agent import Agent
from agents.model import Answered, Choices, Identity, Opening, Sampling, Script
from agents.style import load_style, packaged_styles, parse_style
from arenas.dice import Dice
from arenas.errors import UserError
from arenas.game import GAMES, Game
from arenas.history import Moves, View
from arenas.play import Table, play, take_seats

GOLDEN = Path(__file__).parent / "golden" / "prompts"
ROUNDS = 4
CASES = [(style, game) for style in packaged_styles() for game in GAMES.names()]


def short(name: str) -> Game:
    """A registered game of a few rounds."""
    known = {field.name for field in dataclasses.fields(GAMES.get(name))}  # type: ignore[arg-type]
    return GAMES.get(name)(**{key: ROUNDS for key in ("rounds", "length") if key in known})


def said(opening: Opening, prefill: str) -> str:
    """An opening with its system turn and what is demonstrated before it, up to where the model answers."""
    system = [] if opening.system is None else [f"(system: {opening.system})"]
    shown = [f"(shown) {question}{_begun(prefill)}«{answer}»" for question, answer in opening.shown]
    return "\n".join([*system, *shown, opening.text + _begun(prefill)])


def _begun(prefill: str) -> str:
    return f" (begun: {prefill})" if prefill else ""


class Ear:
    """A model that writes down what it hears; its own answers stand between « and »."""

    chats = True
    context_limit = None
    identity = Identity("none", "none", "none", "none", "none", "float32", "none")
    notes = ()

    def __init__(self) -> None:
        self.heard: list[str] = []

    def count(self, text: str) -> int:
        return len(text)

    def size(self, script: Script) -> tuple[int, int]:
        return max(len(said(opening, script.prefill)) for opening in script.openings), 0

    def open(self, script: Script) -> "Ear":
        self.script = script
        self.heard = [said(opening, script.prefill) for opening in script.openings]
        return self

    def hear(self, answers: Sequence[str], said: Sequence[str]) -> None:
        for b, (answer, reply) in enumerate(zip(answers, said, strict=True)):
            self.heard[b] += f"«{answer}»{reply}{_begun(self.script.prefill)}"

    def ask(self, seeds: Sequence[int] = ()) -> Choices:
        menus = [self.script.menus[m] for m in self.script.menu_of]
        probs = np.zeros((len(menus), max(map(len, self.script.menus))))
        for row, menu in zip(probs, menus, strict=True):
            row[: len(menu)] = 1 / len(menu)
        none = np.zeros(len(menus))
        return lambda: Answered(probs, none, none, [""] * len(menus))

    def write(self, max_tokens: int, seeds: Sequence[int], stop: str | None) -> list[str]:
        return [f"(at most {max_tokens} tokens, up to {stop!r})" for _ in seeds]


class InTurn:
    """Plays its actions from the last to the first, again and again."""

    foresees = False

    def __init__(self, table: Table) -> None:
        pass

    def act(self, view: View) -> Moves:
        counts = view.legal.sum(axis=1)
        place = (counts - 1 - view.rounds_seen) % counts
        return Moves(np.eye(view.legal.shape[1])[place])


def transcripts(style: str, game: Game) -> str:
    """What a model in each seat has read when it has played all but the last round."""
    parts = []
    for seat in range(len(game.seats)):
        ear = Ear()
        agent = Agent("ear", ear, load_style(style), Sampling())
        chairs = np.array([[0, 1][:: 1 if seat == 0 else -1]]) if len(game.seats) == 2 else np.array([[0]])
        dice = Dice.roll([7], len(game.seats), game.rounds)
        *_, history = play(game, take_seats(game, [agent.sit, InTurn], chairs), dice)
        moves = "; ".join(
            f"{game.seats[s]}: {', '.join(game.actions[s][a] for a in history.chosen[0, s])}" for s in range(len(game.seats))
        )
        written = f"«{history.texts[0, 0, 0]}»" if game.free_text else ""
        parts.append(f"=== read in the seat {game.seats[seat]} (moves made: {moves})\n{ear.heard[0]}{written}\n")
    return "\n".join(parts)


@pytest.mark.parametrize(("style", "game"), CASES)
def test_every_word_a_model_reads(style: str, game: str, regenerate_golden: bool) -> None:
    text, file = transcripts(style, short(game)), GOLDEN / f"{style}-{game}.txt"
    if regenerate_golden:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


def test_every_golden_prompt_is_used() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {f"{style}-{game}.txt" for style, game in CASES}


STYLE = """
kind: text
answer: " {action}"
repeated: {opening: "{rules}", round: "{mine} {theirs}", end: "\\n"}
solo: {opening: "{rules}", end: ","}
writing: {opening: "{rules}"}
rules: {rps: "House rules."}
"""


def test_a_style_may_bring_its_own_rules() -> None:
    style = parse_style("mine", STYLE)
    assert style.opening(short("rps"), 0).text == "House rules."
    assert style.opening(short("random_number"), 0).text.startswith("Pick 4 random numbers")


def test_a_form_that_two_actions_share_is_refused() -> None:
    style = parse_style("mine", STYLE.replace("kind: text", "kind: text\nforms: ['{ACTION}', 'same']"))
    with pytest.raises(UserError, match=r"^style mine: 'same' is a form of both 'rock' and 'paper'$"):
        style.menu(short("rps"), 0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: text", "kind: talk", "style mine: kind must be 'text' or 'chat', got 'talk'"),
        ("kind: text", "knid: text", "style mine: unknown key 'knid': did you mean 'kind'?"),
        ("{mine}", "{mien}", "style mine: repeated.round: unknown field {mien}: did you mean 'mine'?"),
        ("{action}", "move", "style mine: answer must contain {action}, got ' move'"),
        ('solo: {opening: "{rules}", end: ","}', "", "style mine: the key 'solo' is missing"),
        ("kind: text", "kind: [", "style mine: not readable as YAML"),
        ("{mine}", "{mine:d}", "style mine: repeated.round: field {mine} must stand alone, without a format"),
        ("{rps:", "{rpss:", "style mine: rules: unknown game 'rpss': did you mean 'rps'?"),
        (', end: "\\n"', "", "style mine: repeated.end: a text must say what ends an answer, such as a line feed"),
        ("kind: text", "kind: text\nforms: [1]", "style mine: forms must be a text, got 1"),
        ("kind: text", "kind: text\nprefill: So", "style mine: prefill must be a text, in a style of kind chat, got 'So'"),
        ("kind: text", "kind: text\nsystem: So", "style mine: system is a turn of a chat, and this style is of kind text"),
        ("House rules", "House {rools}", "style mine: rules.rps: unknown field {rools}: known: actions, range, rounds, seat"),
    ],
)
def test_a_bad_style_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_style("mine", STYLE.replace(old, new))
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_an_unknown_style_is_named() -> None:
    with pytest.raises(UserError, match="unknown style 'plian': did you mean 'plain'"):
        load_style("plian")
    with pytest.raises(UserError, match=r"style nowhere\.yaml: no such file"):
        load_style("nowhere.yaml")


def test_a_style_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(b"kind: \xff")
    with pytest.raises(UserError, match="not a text file in UTF-8"):
        load_style(str(file))

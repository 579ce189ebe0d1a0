"""Whether a text is what was asked for, on texts as models write them."""

from contextlib import closing
from pathlib import Path

import pytest

from analysis.texts.diversity import diversity
from analysis.texts.on_task import EMPTY, LENGTH, LINES, PROMPT, SAME, Fault, Share, faults, on_task
from analysis.texts.tables import ON_TASK, measures
from arenas.store import RunStore
from arenas.writing import Writing
from tests.small_runs import tells
from tests.written_runs import written_run

POEM = Writing(topic="the sea", form="a poem of four lines", lines=4)
FREE = Writing(topic="the sea", form="a short poem")
VERSE = (
    "The sea is wide, the sea is deep,\nIt sings the drowned towns to their sleep,\nA gull goes over, thin and white,\n"
    "And takes the last of evening's light."
)

GOOD = [
    VERSE,
    f"Sure! Here is a poem of four lines about the sea:\n\n{VERSE}",
    f"**The Sea**\n\n{VERSE}\n\nLet me know if you would like another one!",
    f"{VERSE}\n\nThe forest\n\nThe trees stand close and",  # a document that goes on: its first poem counts
    "Waves come in\nWaves go out\nThe moon pulls them\nAnd lets them go",
    "The tide, the tide, the tide comes in,\nThe tide, the tide goes out,\nI stand with salt upon my chin\nAnd think of it.",
]
WRITTEN: list[tuple[str, bool]] = [
    # what a small base model wrote below a titled poem, and below a bare request, as read by a person
    (
        "Fleas\nRun wild,\nThe plank your…\n\n\nxxx http://example.org/index.php?id=3\nhttp://example.org/cgi",
        False,
    ),
    (
        "The mortar dries up\nThe weather cold,\nThe sea goes down\n\nThe sea\n\nStir the nettle\nTried to dry",
        False,
    ),
    (
        "The sea, its teal framing the side\nOf the house,\nThe smell you smell, it calls.\nDazed\n\nThe day\n\nThe",
        True,
    ),
    ("The sea is rough,\nBut it's blue when it is,\nIt catches no one, by the sea,\nAs it did not before.\n\nFolk\n\nAt", True),
    (
        "1. a  ____________\n\n2. b  ______\n3. c  _____\n\n1. Is now bread on the table,\n\n2. your.",
        False,
    ),
    ("Write one line poem of love.\n\nWrite one line poem of fish.\n\nWrite one.\n\nWrite two.\n\nWrite one", False),
    (
        "Dear POETRY-\n\nI want to simulate our conversation with a stranger. Some\ndays ago I wanted a coat.",
        False,
    ),
    ("You have four lines we need to write. Start by cutting them into line categories then write.", False),
    (
        "How do I do it?\n\nThis poem was about an ode for the Christmas of 2016.\n\nThank you!\n\nGood luck\n\nBye",
        False,
    ),
    ("Have you ever gone on holiday? I have no idea what to do. I was thinking of the sea, and then of bread.", False),
]
BAD: list[tuple[str, list[Fault]]] = [
    ("", [EMPTY]),
    ("\n \n***\n", [EMPTY]),
    ("Have you ever gone on holiday? I have no idea what to do with the weekend, and my mother says so too.", [LINES]),
    ("The sea is blue.\nThe sea is big.", [LINES]),
    ("1. Write\n2. a\n3. poem\n4. now", [LENGTH]),
    ("Write a poem of four lines about the sea.\n" + "\n".join(VERSE.split("\n")[:3]), [PROMPT]),
    ("the sea is blue\n" * 4, [SAME]),
    ("I am the sea\nI am the sea\nI am the sea\nand you", [SAME]),
    ("the the the the the the\nsea sea sea sea sea sea\nthe sea the sea the sea\nsea the sea the sea the", [SAME]),
    (VERSE + "\n" + VERSE.replace("sea", "sky"), [LINES]),
    ("\n".join(["word " * 30] * 4), [LENGTH, SAME]),
]


@pytest.mark.parametrize("text", GOOD)
def test_poems_are_on_the_task(text: str) -> None:
    assert list(faults(text, POEM)) == []


@pytest.mark.parametrize(("text", "wanted"), BAD)
def test_what_is_no_poem_of_so_many_lines_is_not(text: str, wanted: list[Fault]) -> None:
    assert list(faults(text, POEM)) == wanted


def test_it_agrees_with_a_reader() -> None:
    agreed = [on_task(text, POEM) == wanted for text, wanted in WRITTEN]
    assert sum(agreed) >= 9


def test_where_no_number_of_lines_is_asked_for_words_are_enough() -> None:
    assert on_task("The sea is wide and I am small.", FREE)
    assert not on_task("The sea.", FREE)
    assert not on_task("Write a short poem about the sea.", FREE)


def test_a_share_has_the_interval_of_wilson() -> None:
    assert Share(8, 10).value == 0.8
    assert Share(8, 10).ends == pytest.approx((0.4901625, 0.9433178), abs=1e-6)  # statsmodels' proportion_confint, wilson
    assert Share(0, 10).ends[0] == 0.0


def test_the_share_stands_beside_every_table_of_diversity(tmp_path: Path) -> None:
    noise = ["Have you ever gone on holiday? I have no idea what this is or what you want.", *["lorem ipsum dolor sit"] * 3]
    texts = {"the sea": {"poet": [VERSE, *(VERSE.replace("gull", bird) for bird in ("tern", "swan", "hawk"))], "noise": noise}}
    path = written_run(tmp_path / "run.sqlite", texts, lines=4)
    with closing(RunStore.read(path)) as store:
        found = diversity(store)
        assert {agent: (s.on, s.of) for agent in ("poet", "noise") for s in [found.share_on_task(agent)]} == {
            "poet": (4, 4),
            "noise": (0, 4),
        }
        shares = {m.agent: m.value for m in measures(store) if m.name == ON_TASK and m.task == "writing"}
        assert shares == {"noise": 0.0, "poet": 1.0}
    for command in ("texts", "solo"):
        said = tells(command, path).output
        assert said.index(ON_TASK) < said.index("compression ratio")
        assert "on-task share: of all texts" in said.replace("\n", " ")
    assert "poet wrote (on the task: 4 of 4):" in tells("summary", path).output
    page = tmp_path / "page.html"
    assert tells("report", path, "--out", page).exit_code == 0
    assert "On-task share: of all texts" in page.read_text(encoding="utf-8")

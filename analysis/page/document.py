"""The report as one HTML file that needs nothing else, and can reach nothing else."""

import base64
import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

from analysis.charts.drawing import sheets
from analysis.charts.figure import NARROW, WIDE, Figure, shown
from analysis.page.drawings import clean
from analysis.page.findings import Findings
from analysis.page.markup import Html, element, joined, raw
from analysis.page.sections import Section, sections, summary

TITLE = "What the tells say"
LARGEST, LEAST = 9_500_000, 1_000_000
"""Bytes of a page, and of the matches in it however large the rest is."""
TALLEST = 880
"""Pixels of a drawing for a desk that fit on a sheet of A4 below its title; `page.css` shrinks what is taller."""


def document(found: Findings) -> Iterator[str]:
    """The parts of the file, in order."""
    style, script = _packaged("page.css"), _packaged("page.js")
    made = sections(found)
    yield "<!DOCTYPE html>\n"
    yield '<html lang="en">\n'
    yield _head(found, style, script)
    yield "<body>"
    yield element("a", "To the summary", href="#summary", class_="away")
    yield _top(made)
    yield "<main>"
    yield element("h1", TITLE)
    yield element("p", ", ".join(shown(run.name, 80) for run in found.runs), class_="note")
    yield element("section", element("h2", "Summary"), summary(found), id="summary")
    written = 0
    for section in made:
        for part in _section(section):
            written += len(part)
            yield part
    yield from _watch(found, max(LARGEST - written, LEAST))
    yield _notes(found)
    yield "</main>"
    yield element(
        "footer", "Made by tells. Every number is read from the run's own file; every figure's data is behind its link."
    )
    yield element("div", "", id="tip", hidden=True, role="status")
    yield element("script", raw(script))
    yield "</body></html>\n"


def _head(found: Findings, style: str, script: str) -> Html:
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{TITLE}: {', '.join(shown(run.name, 60) for run in found.runs[:3])}"),
        raw('<link rel="icon" href="data:,">'),
        element("style", raw(style)),
    )


def _top(made: list[Section]) -> Html:
    links = [("summary", "Summary"), *((section.name, section.title) for section in made), ("watch", "Watch a match")]
    nav = element("nav", *(element("a", title, href=f"#{name}") for name, title in links), aria_label="Sections")
    switch = element("button", "Light/dark", id="theme", type="button", hidden=True)
    return element("div", element("div", nav, switch), class_="top")


def _section(section: Section) -> Iterator[str]:
    yield f'<section id="{section.name}">'
    yield element("h2", section.title)
    yield from section.before
    for figure in section.figures:
        yield _figure(figure)
    yield from section.after
    yield "</section>"


def _figure(figure: Figure) -> Html:
    """The drawing for a desk, in parts that fit on paper, and the one for a phone, of which one is shown, with its data."""
    wide, narrow = sheets(figure, WIDE, TALLEST), sheets(figure, NARROW)
    drawings = [*_drawings(figure, "wide", wide), *_drawings(figure, "narrow", narrow)]
    data = base64.b64encode(figure.csv.encode("utf-8")).decode("ascii")
    link = element(
        "a", "Data as CSV", href=f"data:text/csv;charset=utf-8;base64,{data}", download=f"{figure.name}.csv", class_="data"
    )
    caption = element("figcaption", element("b", figure.title), figure.reading)
    return element(
        "figure", caption, *drawings, link, id=f"figure-{figure.name}", class_="whole" if len(wide) == 1 else "parts"
    )


def _drawings(figure: Figure, kind: str, parts: Sequence[str]) -> Iterator[Html]:
    for place, svg in enumerate(parts, 1):
        said = figure.alt if len(parts) == 1 else f"{figure.alt} Part {place} of {len(parts)}."
        drawing = raw(clean(svg, f"{figure.name}-{kind}-{place}"))
        yield element("div", drawing, class_=f"drawing {kind}", role="img", aria_label=said)


def _watch(found: Findings, room: int) -> Iterator[str]:
    """The player and the matches that it shows, as many as there is room for in bytes."""
    matches = found.matches.matches()
    texts = _fitting([_json(match) for match in matches], room)
    matches = matches[: len(texts)]
    yield '<section id="watch">'
    yield element("h2", "Watch a match")
    if not matches:
        yield element("p", "No match is short enough for this page; tells replay shows them all.") + "</section>"
        return
    left_out = found.played - len(matches)
    chosen = (
        f"All {len(matches):,} matches are here."
        if not left_out
        else f"{len(matches):,} of {found.played:,} matches are here: of every line-up the first repeats, as many as fit into "
        "this file; tells replay shows the others."
    )
    yield element("p", f"{chosen} Click on the moves; then space plays and pauses, and the arrow keys step.", class_="note")
    yield element("noscript", element("p", "Watching needs JavaScript; everything else on this page does not."))
    board = element("div", "", id="board", class_="seats", tabindex="0", role="group", aria_label="The round, both sides")
    yield element("div", _choices(), _controls(), board, id="player", hidden=True)
    games = {arena: _game(found, arena) for arena in dict.fromkeys(match["arena"] for match in matches)}
    held = f'{{"games":{_json(games)},"matches":[{",".join(texts)}]}}'
    yield f'<script type="application/json" id="matches">{held}</script></section>'


def _fitting(texts: Sequence[str], room: int) -> list[str]:
    """The first of some texts, as many as fit."""
    ends = itertools.accumulate(len(text.encode("utf-8")) for text in texts)
    return [text for text, end in zip(texts, ends, strict=True) if end <= room]


def _choices() -> Html:
    labels = (("arena", "Arena"), ("first", "First seat"), ("second", "Second seat"), ("repeat", "Repeat"))
    boxes = [element("label", text, element("select", id=f"choose-{name}")) for name, text in labels]
    return element("div", *boxes, class_="choose")


def _controls() -> Html:
    speeds = [
        element("option", f"{speed:g} rounds/s", value=f"{speed:g}", selected=speed == 2) for speed in (0.5, 1, 2, 4, 8, 16, 32)
    ]
    jump = element("input", type="number", id="jump", min="1", value="1", inputmode="numeric")
    place = element("input", type="range", id="place", min="1", value="1")
    return element(
        "div",
        _button("to-start", "|◀", "First round"),
        _button("back", "◀", "One round back"),
        element("button", "Play", id="play", type="button"),
        _button("on", "▶", "One round on"),
        _button("to-end", "▶|", "Last round"),
        element("label", "Speed", element("select", *speeds, id="speed")),
        element("label", "Go to round", jump),
        element("label", element("span", "", id="state"), place, class_="wide"),
        class_="controls",
    )


def _button(name: str, sign: str, said: str) -> Html:
    return element("button", sign, id=name, type="button", aria_label=said, title=said)


def _notes(found: Findings) -> Html:
    if not found.notes:
        return joined()
    notes = [element("li", shown(note, 300)) for note in found.notes]
    return element("section", element("h2", "Notes of the run"), element("ul", *notes), id="notes")


def _game(found: Findings, arena: str) -> dict[str, Any]:
    game = found.games[arena]
    return {
        "text": game.free_text,
        "seats": [shown(seat) for seat in game.seats],
        "actions": [[shown(word) for word in words] for words in game.actions],
    }


def _json(page: Any) -> str:
    """JSON that no HTML parser takes for an end of its element."""
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").replace("\u2028", "\\u2028")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _packaged(name: str) -> str:
    return (resources.files("analysis") / "page" / name).read_text(encoding="utf-8")

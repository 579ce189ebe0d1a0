"""The report in a real browser: nothing said on the console, nothing asked of a network, and matches that can be watched."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from browser import chromium, needs_browser
from playwright.sync_api import Browser, Page
from report_runs import EVIL, PAGE, hostile_run
from small_runs import play_small, tells

from arenas.record import Record
from arenas.store import RunStore

pytestmark = needs_browser
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run with texts."""
    page = {**PAGE, "repeats": 2, "arenas": {**PAGE["arenas"]}}
    return play_small(tmp_path_factory.mktemp("played"), page)


@pytest.fixture(scope="module")
def report(run: Path) -> Path:
    """Its report."""
    path = run.with_suffix(".html")
    assert tells("report", run, "--family", "kin=fair,round").exit_code == 0
    return path


@contextmanager
def opened(browser: Browser, path: Path, size: dict[str, int], scheme: str = "light") -> Iterator[Page]:
    """The page, which must be quiet: no word on the console, no request but for itself, no dialog."""
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: heard.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    yield page
    context.close()
    assert heard == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_quiet_and_fits(browser: Browser, report: Path, size: dict[str, int], scheme: str) -> None:
    with opened(browser, report, size, scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        shown, hidden = (".wide", ".narrow") if size is DESK else (".narrow", ".wide")
        assert page.locator(f".drawing{shown}").first.is_visible()
        assert not page.locator(f".drawing{hidden}").first.is_visible()
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (light == "rgb(20, 24, 28)") == (scheme == "dark")
        drawn = page.evaluate(
            "[...document.querySelectorAll('.drawing')]"
            ".filter(d => d.checkVisibility() && d.querySelector('svg').getBBox().width < 50).length"
        )
        assert drawn == 0
        assert page.evaluate(
            "[...document.querySelectorAll('[role=img]')].every(d => d.getAttribute('aria-label').length > 10)"
        )


def test_the_switch_turns_the_light(browser: Browser, report: Path) -> None:
    with opened(browser, report, DESK) as page:
        ink = "getComputedStyle(document.querySelector('svg text')).fill"
        before = page.evaluate(ink)
        page.click("#theme")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.evaluate(ink) != before
        page.click("#theme")
        assert page.evaluate(ink) == before


def record(run: Path, arena: str, first: str, second: str, repeat: int) -> Record:
    with closing(RunStore.read(run)) as store:
        return store.record(f"{arena}/{first}-vs-{second}/{repeat}")


WORDS = ("rock", "paper", "scissors")


def test_a_match_is_watched(browser: Browser, run: Path, report: Path) -> None:
    kept = record(run, "rps", "learner", "ngram", 2)
    with opened(browser, report, PHONE) as page:
        for box, value in (("arena", "rps"), ("first", "learner"), ("second", "ngram"), ("repeat", "2")):
            page.select_option(f"#choose-{box}", value)
        assert page.locator("#state").text_content() == "round 1 of 12"
        for step in range(1, 5):
            page.click("#on")
            check_round(page, kept, step)
        page.click("#back")
        check_round(page, kept, 3)
        page.fill("#jump", "9")
        page.press("#jump", "Enter")
        check_round(page, kept, 8)
        page.locator("#place").evaluate("(slider) => { slider.value = 6; slider.dispatchEvent(new Event('input')); }")
        check_round(page, kept, 5)
        page.click("#to-end")
        check_round(page, kept, 11)
        page.click("#to-start")
        page.select_option("#speed", "32")
        page.click("#play")
        page.locator("#watch[data-round='12']").wait_for()
        assert page.locator("#play").text_content() == "Play"


def check_round(page: Page, kept: Record, t: int) -> None:
    """What is on the screen is what was played."""
    for seat in range(2):
        node = page.locator(".seat").nth(seat)
        assert node.locator("strong").text_content() == WORDS[int(kept.chosen[seat, t])]
        shown = [float((text or "").removesuffix(" %")) for text in node.locator(".bar > span:last-child").all_text_contents()]
        assert shown == pytest.approx(100 * kept.probs[seat, t], abs=0.06)
        said = node.locator(".score").nth(1).text_content() or ""
        assert said.split(";")[1].split()[1].rstrip(",") == f"{kept.pay[seat, : t + 1].sum() + 0.0:+g}".replace("-", "−")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_keys_play_and_pause(browser: Browser, report: Path, size: dict[str, int]) -> None:
    with opened(browser, report, size) as page:
        page.click("#board")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert page.get_attribute("#watch", "data-round") == "2"
        page.keyboard.press("n")
        page.keyboard.press("n")
        page.keyboard.press("p")
        assert page.get_attribute("#watch", "data-round") == "3"
        page.select_option("#speed", "0.5")
        page.click("#board")
        page.keyboard.press(" ")
        assert page.locator("#play").text_content() == "Pause"
        page.keyboard.press(" ")
        assert page.locator("#play").text_content() == "Play"
        page.focus("#play")
        page.keyboard.press("Enter")
        assert page.locator("#play").text_content() == "Pause"
        page.click("#to-start")
        page.keyboard.press("ArrowRight")
        assert page.locator("#play").text_content() == "Play"
        assert page.get_attribute("#watch", "data-round") == "2"
        page.keyboard.press(" ")
        assert page.get_attribute("#watch", "data-round") == "1"


def test_shapes_say_what_they_are(browser: Browser, report: Path) -> None:
    with opened(browser, report, DESK) as page:
        shape = page.locator("#figure-exploitability .wide [data-label]").last
        shape.hover(force=True)
        assert page.locator("#tip").text_content() == shape.get_attribute("data-label")


def test_hostile_words_do_nothing(browser: Browser, tmp_path: Path) -> None:
    run = hostile_run(tmp_path / "evil.sqlite", repeats=4)
    assert tells("report", run, "-o", tmp_path / "r.html").exit_code == 0
    with opened(browser, tmp_path / "r.html", DESK) as page:
        assert page.evaluate("document.querySelectorAll('img, iframe, object').length") == 0
        arenas = page.locator("#choose-arena option").all_text_contents()
        assert any(EVIL[:20] in arena for arena in arenas)
        for arena in page.locator("#choose-arena option").evaluate_all("(all) => all.map((one) => one.value)"):
            page.select_option("#choose-arena", arena)
            repeats = page.locator("#choose-repeat option").all_text_contents()
            for repeat in repeats:
                page.select_option("#choose-repeat", repeat)
        assert page.locator("pre").count() == 1
        assert page.evaluate("window.evil") is None


def test_it_prints(browser: Browser, report: Path) -> None:
    with opened(browser, report, PHONE, "dark") as page:
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.locator(".drawing.wide").first.is_visible()
        assert not page.locator("#watch").is_visible()
        assert page.pdf(format="A4").startswith(b"%PDF")


MILLIMETRE = 96 / 25.4
PAPER = {"width": round((210 - 32) * MILLIMETRE), "height": round((297 - 32) * MILLIMETRE)}


@pytest.mark.parametrize(("size", "medium"), [(PAPER, "print"), (DESK, "screen"), (PHONE, "screen")])
def test_no_table_or_figure_is_cut(
    browser: Browser, report: Path, size: dict[str, int], medium: Literal["print", "screen"]
) -> None:
    with opened(browser, report, size) as page:
        page.emulate_media(media=medium)
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        tables = page.evaluate(
            "[...document.querySelectorAll('table')].map(t => [t.caption.textContent, t.getBoundingClientRect().right])"
        )
        assert len(tables) > 3
        # a table of very many columns may be scrolled on a phone
        scrolled = [] if size is not PHONE else page.locator("table.many caption").all_text_contents()
        assert [caption for caption, right in tables if right > size["width"] and caption not in scrolled] == []
        if medium == "print":
            heights = page.evaluate(
                "[...document.querySelectorAll('.drawing.wide svg')].map(d => d.getBoundingClientRect().height)"
            )
            assert max(heights) < 0.8 * size["height"]

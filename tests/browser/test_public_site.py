"""What a patient's browser does with a public page: budgets, keyboard, zoom, print, colors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conditions import demo, exchange
from reviews import clock
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.looks]

MOST_BYTES = 60 * 1024
MOST_REQUESTS = 3
PAGE = "/conditions/borderline-personality-disorder/"
# Adds up how far anything moves on its own while a page loads.
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="module")
def samples(committed: None) -> list[str]:
    """The addresses of all sample pages, signed."""
    editor = cast.person("editor", "Staff")
    physician = cast.person("physician", "Physicians")
    cast.make_reviewer(physician, "Pat Sample", "MD")
    slugs = sorted(file.stem for file in demo.SAMPLES.glob("*.json"))
    for slug in slugs:
        condition, _ = exchange.load(demo.sample(slug), by=editor)
        cast.publish(condition, by=editor, signer=physician)
    assert len(slugs) == 5
    return [f"/conditions/{slug}/" for slug in slugs]


@pytest.mark.parametrize("width", [360, 1280])
def test_each_sample_page_keeps_its_budget(
    open_page: Callable[..., Page], samples: list[str], server: str, width: int
) -> None:
    opened: list[tuple[str, Page, list[Any]]] = []
    for address in samples:
        page = open_page(width=width, height=640)
        page.add_init_script(WATCH_SHIFTS)
        answers: list[Any] = []
        page.on("response", lambda answer, to=answers: to.append(answer))
        page.goto(address)
        opened.append((address, page, answers))

    for address, page, answers in opened:
        page.wait_for_load_state("networkidle")

        # Uncompressed, which is more than a patient's phone is sent.
        size = sum(len(answer.body()) for answer in answers)
        assert size <= MOST_BYTES, (address, size)
        assert len(answers) <= MOST_REQUESTS, [answer.url for answer in answers]
        assert all(answer.url.startswith(server) for answer in answers)
        assert page.context.cookies() == []
        assert page.evaluate("window.shifted") == 0, address


@pytest.mark.parametrize("browser", ["narrow", "wide"], indirect=True)
def test_a_page_is_usable_at_400_percent_zoom(
    open_page: Callable[..., Page], samples: list[str]
) -> None:
    """WCAG 1.4.10: 1280 × 1024 at 400 % are 320 × 256 CSS pixels."""
    page = open_page(width=320, height=256)
    for address in [*samples, "/", "/conditions/", f"{PAGE}record/", "/how-we-review/"]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_a_page_is_usable_by_keyboard(open_page: Callable[..., Page], samples: list[str]) -> None:
    page = open_page()
    page.goto(PAGE)

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    reached = page.evaluate("document.activeElement.closest('main') !== null")
    assert reached
    question = page.locator("details").first
    question.locator("summary").focus()
    page.keyboard.press("Enter")

    expect(question).to_have_attribute("open", "")
    outline = question.locator("summary").evaluate("one => getComputedStyle(one).outlineStyle")
    assert outline == "solid"


def test_headings_and_landmarks_are_in_order(
    open_page: Callable[..., Page], samples: list[str]
) -> None:
    page = open_page()
    for address in [*samples, "/", "/conditions/", f"{PAGE}record/", "/how-we-review/"]:
        page.goto(address)
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => +one.tagName[1])"
        )
        assert levels.count(1) == 1, address
        # The crisis card may stand before the heading of a past edition, nowhere else.
        assert levels[0] == 1, address
        assert all(after - before <= 1 for before, after in pairwise(levels))
        for landmark in ("banner", "main", "contentinfo"):
            assert page.get_by_role(landmark).count() == 1, (address, landmark)


def test_a_link_to_a_question_opens_its_answer(
    open_page: Callable[..., Page], samples: list[str]
) -> None:
    page = open_page(javascript=False)
    page.goto(PAGE)
    answer = page.locator(".answer").nth(2)
    key = answer.get_attribute("id")

    page.goto(f"{PAGE}#{key}")

    expect(answer).to_be_in_viewport()
    assert page.locator("details[open]").count() == 1


def test_a_printed_page_has_all_answers_and_says_what_it_is(
    open_page: Callable[..., Page], samples: list[str], settings: Any
) -> None:
    page = open_page()
    page.goto(PAGE)

    assert page.pdf().startswith(b"%PDF")  # prints it, and so runs what runs before printing
    page.emulate_media(media="print")

    foot = page.locator(".print-only")
    expect(foot).to_be_visible()
    today = clock.today()
    expect(foot).to_contain_text(f"{settings.SITE_URL}{PAGE}")
    expect(foot).to_contain_text("edition 1")
    expect(foot).to_contain_text("Last reviewed by Pat Sample, MD on")
    expect(foot).to_contain_text(f"printed on {today:%B} {today.day}, {today.year}")
    expect(foot).to_contain_text("Printed pages are not updated.")
    for answer in page.locator(".answer").all():
        expect(answer).to_be_visible()
    expect(page.get_by_role("link", name="Call 988", exact=True)).to_be_visible()
    expect(page.locator(".contents")).to_be_hidden()


def test_forced_colors_leave_the_crisis_lines_and_the_stance_readable(
    open_page: Callable[..., Page], samples: list[str]
) -> None:
    page = open_page()
    page.emulate_media(forced_colors="active")
    page.goto(PAGE)

    for selector in (".crisis-actions a", ".stance", ".review"):
        color, ground = page.locator(selector).first.evaluate(
            """one => {
              let ground = one;
              const clear = "rgba(0, 0, 0, 0)";
              while (getComputedStyle(ground).backgroundColor === clear && ground.parentElement)
                ground = ground.parentElement;
              return [getComputedStyle(one).color, getComputedStyle(ground).backgroundColor];
            }"""
        )
        assert color != ground, selector
    assert (
        page.locator(".crisis-actions a").first.evaluate(
            "one => getComputedStyle(one).borderTopWidth"
        )
        == "2px"
    )


def test_nothing_moves_for_those_who_ask_for_less_motion(
    open_page: Callable[..., Page], samples: list[str]
) -> None:
    page = open_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(PAGE)

    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter(one => {"
        " const style = getComputedStyle(one);"
        " return style.transitionDuration !== '0s' || style.animationName !== 'none'; }).length"
    )
    assert moving == 0

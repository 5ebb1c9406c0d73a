"""A table on the public page: announced, scrolling in itself, printed whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests import cast

pytestmark = [
    pytest.mark.browser,
    pytest.mark.looks,
    pytest.mark.django_db(transaction=True),
]

PAGE = "/conditions/sample-condition/"
WIDE = (
    "<p>How the dose grows:</p><table><thead><tr>"
    + "".join(
        f'<th scope="col"><p>{name}</p></th>' for name in ("Week", "Morning", "Noon", "Night")
    )
    + '<th scope="col"><p>What to tell the clinic</p></th></tr></thead><tbody>'
    + "".join(
        f'<tr><th scope="row"><p>Week {week}</p></th><td><p>{week * 12.5}\u00a0mg</p></td>'
        "<td><p>none</p></td><td><p>25\u00a0mg</p></td><td><p>Whether you slept, and how you felt "
        "on the day after.</p><ul><li><p>headache</p></li><li><p>nausea</p></li></ul></td></tr>"
        for week in (1, 2, 3)
    )
    + "</tbody></table><p>Ask before you change it.</p>"
)


@pytest.fixture
def with_table(editor: User, physician: User) -> None:
    condition = cast.make_condition(by=editor, definition=WIDE)
    cast.publish(condition, by=editor, signer=physician)


def _keep(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


def test_a_wide_table_scrolls_in_itself_and_its_heads_are_announced(
    with_table: None, open_page: Callable[..., Page]
) -> None:
    for width, dark in ((360, False), (360, True), (1280, False), (1280, True)):
        page = open_page(width=width, dark=dark, javascript=False)
        page.goto(PAGE)
        _keep(page, f"table-{width}-{'dark' if dark else 'light'}")
        sizes = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert sizes[0] <= sizes[1]

        region = page.get_by_role(
            "region", name="Week, Morning, Noon, Night, What to tell the clinic"
        )
        expect(region).to_be_visible()
        expect(page.get_by_role("columnheader")).to_have_count(5)
        expect(page.get_by_role("rowheader", name="Week 2")).to_be_visible()
        region.focus()
        expect(region).to_be_focused()
        if width == 360:
            inside = region.evaluate("one => [one.scrollWidth, one.clientWidth]")
            assert inside[0] > inside[1]
            for _ in range(20):
                page.keyboard.press("ArrowRight")
                page.wait_for_timeout(50)
            assert region.evaluate("one => one.scrollLeft") > 0

    page = open_page(width=360)
    page.goto(PAGE)
    assert Axe().run(page).response["violations"] == []


def test_a_printed_table_hides_no_column(with_table: None, open_page: Callable[..., Page]) -> None:
    page = open_page(width=700)
    page.goto(PAGE)
    page.emulate_media(media="print")
    _keep(page, "table-print")

    inside = page.locator(".table").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert inside[0] <= inside[1]

"""WCAG 2.2 AA by axe, on every kind of public page and on the pages that physicians work with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page

from conditions import demo, exchange
from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Reviewer
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.looks, pytest.mark.django_db(transaction=True)]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIEWS = [(1280, False), (1280, True), (360, False), (360, True)]


# Of all rules only these look at colors, so a dark page is asked about no other a second time.
ABOUT_COLORS = ["color-contrast", "link-in-text-block"]


def _violations(page: Page, within: str = "html", *, dark: bool = False) -> list[str]:
    rules = {"type": "rule", "values": ABOUT_COLORS} if dark else {"type": "tag", "values": TAGS}
    options = {"runOnly": rules}
    found = Axe().run(page, context=within, options=options)
    return [
        f"{page.url}: {violation['id']}: {node['html']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.fixture
def pages(editor: User, physician: User, manager: User) -> list[str]:
    """Every kind of public page."""
    for slug in ("borderline-personality-disorder", "treatment-resistant-depression"):
        condition, _ = exchange.load(demo.sample(slug), by=editor)
        cast.publish(condition, by=editor, signer=physician)
    bpd = Condition.objects.get(slug="borderline-personality-disorder")
    cast.edit(bpd, by=editor, definition=bpd.definition.replace("lasting", "<em>lasting</em>"))
    cast.publish(bpd, by=editor, signer=physician, public_note="Stressed a word.")
    Reviewer.objects.update(biography="A made-up physician.")
    cast.confirm(physician)
    gone = cast.make_condition("gone", by=editor)
    cast.publish(gone, by=editor, signer=physician)
    workflow.withdraw(gone.subject, by=manager, reason="wrong", notice="safety")
    signed = ["borderline-personality-disorder", "treatment-resistant-depression", "gone", "never"]
    record = "/conditions/borderline-personality-disorder/record/"
    return [
        *("/", "/conditions/", "/how-we-review/", "/reviewers/physician/"),
        *(f"/conditions/{slug}/" for slug in signed),
        *(record, f"{record}1/", f"{record}?on={clock.today()}", f"{record}?on=never"),
        *(f"/search/?q={asked}" for asked in ("bpd", "bordeline", "qqqq", "suicide")),
    ]


@pytest.mark.parametrize(("width", "dark"), VIEWS)
def test_public_pages_have_no_violation(
    open_page: Callable[..., Page], pages: list[str], width: int, dark: bool
) -> None:
    page = open_page(width=width, dark=dark)
    found: list[str] = []
    for address in pages:
        page.goto(address)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found += _violations(page, dark=dark)
        wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found += [f"{address} scrolls sideways at {width}"] if wider else []

    assert found == []


def test_the_first_screen_of_a_phone_shows_what_matters_most(
    open_page: Callable[..., Page], pages: list[str]
) -> None:
    page = open_page(width=360, height=640)
    page.goto("/conditions/borderline-personality-disorder/")

    calls = ['a[href="tel:911"]', 'a[href="tel:988"]', 'a[href="sms:988"]']
    # The summary's first sentence is set in bold.
    for what in ("h1", ".stance", *calls, ".summary strong"):
        box: Any = page.locator(what).first.bounding_box()
        assert box["y"] + box["height"] <= 640, what
        assert what not in calls or box["height"] >= 44, what


@pytest.mark.parametrize(("width", "dark"), VIEWS)
def test_the_review_desk_has_no_violation(
    open_page: Callable[..., Page],
    condition: Condition,
    editor: User,
    physician: User,
    width: int,
    dark: bool,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    submission = cast.submit(condition, by=editor)
    page = open_page(physician, width=width, dark=dark)
    found: list[str] = []
    for address in (submission.get_absolute_url(), condition.subject.get_absolute_url()):
        page.goto(address)
        found += _violations(page, within=".desk", dark=dark)
        wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found += [f"{address} scrolls sideways at {width}"] if wider else []

    assert found == []

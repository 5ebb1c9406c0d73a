"""A manager ends a reviewer on whom five pages rest, at a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from reviews.models import Departure
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.looks]


@pytest.fixture(scope="module")
def manager(committed: None) -> User:
    """A manager; a physician who signed five pages, and another one."""
    editor = cast.person("editor", "Staff")
    for name, printed in (("physician", "Pat Sample"), ("second-physician", "Alex Example")):
        cast.make_reviewer(cast.person(name, "Physicians"), printed, "MD")
    for number in range(5):
        page = cast.make_condition(f"page-{number}", by=editor)
        cast.publish(page, by=editor, signer=User.objects.get(username="physician"))
    return cast.person("manager", "Managers")


def test_a_reviewer_is_ended_on_one_screen_with_each_page_kept_or_held(
    open_page: Callable[..., Page], manager: User
) -> None:
    page = open_page(manager, width=390, height=844)
    page.goto("/admin/reviews/reviewer/")
    page.get_by_role("link", name="Pat Sample").click()
    page.get_by_role("link", name="End as a reviewer").click()
    expect(page.get_by_role("group", name="5 pages rest on them")).to_be_visible()
    page.get_by_label("Page 2").check()
    page.get_by_role("textbox", name="Your password, again").fill(cast.PASSWORD)
    page.get_by_role("button", name="End Pat Sample").click()

    expect(page.get_by_text("Pages kept: 4; held: 1.")).to_be_visible()
    assert Departure.objects.count() == 1
    page.goto("/conditions/page-1/")
    line = page.get_by_text("Pat Sample no longer reviews pages here since")
    expect(line.locator("visible=true").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    gone = page.request.get("/conditions/page-2/")
    assert gone.status == 410

"""From the start page to the last of three due pages, at a laptop and at a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from reviews import clock, workflow
from reviews.models import SignOff
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.looks]


@pytest.fixture(scope="module")
def people(committed: None) -> dict[str, User]:
    """An editor, a physician and a manager, with six pages that are due."""
    people = {
        "editor": cast.person("editor", "Staff"),
        "physician": cast.person("physician", "Physicians"),
        "manager": cast.person("manager", "Managers"),
    }
    cast.make_reviewer(people["physician"], "Pat Sample", "MD")
    for number in range(6):
        page = cast.make_condition(f"page-{number}", by=people["editor"])
        day = clock.today() + timedelta(days=10 + number)
        cast.publish(page, by=people["editor"], signer=people["physician"], next_review_due=day)
    return people


def read_to_the_end(page: Page) -> None:
    """Scroll as a reader does, until everything was in sight and remembered."""
    places = page.locator("[data-rows]")
    frame = page.frame_locator(".desk-preview")
    for at in range(places.count()):
        anchor = places.nth(at).get_attribute("data-anchor")
        last = frame.locator(f"[id='{anchor}'] > *").last
        last.scroll_into_view_if_needed()
    expect(page.locator("[data-left-rows]")).to_have_count(0)


@pytest.mark.parametrize("width", [1366, 390])
def test_three_due_pages_are_read_and_reaffirmed_one_after_the_other(
    open_page: Callable[..., Page], people: dict[str, User], width: int
) -> None:
    signed = SignOff.objects.count()
    page = open_page(people["physician"], width=width, height=844)
    page.goto("/admin/")
    page.get_by_role("link", name="Read and reaffirm").first.click()

    for number in range(3):
        title = page.locator(".sub-head h1").inner_text()
        read_to_the_end(page)
        page.get_by_role("link", name="Reaffirm", exact=True).click()
        page.get_by_role("textbox", name="Your password, again").fill(cast.PASSWORD)
        page.get_by_role("button", name="Reaffirm").click()

        expect(page.locator(".messagelist")).to_contain_text("reaffirmed")
        assert SignOff.objects.count() == signed + number + 1
        newest = SignOff.objects.latest("pk")
        assert newest.edition.title in title
        assert workflow.READ_ELSEWHERE not in newest.attestation
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_without_script_the_page_is_read_and_reaffirmed_too(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    subject = SignOff.objects.earliest("pk").subject
    signed = SignOff.objects.count()
    page = open_page(people["physician"], javascript=False)
    page.goto(f"/admin/reviews/subject/{subject.pk}/read/")
    page.wait_for_load_state("networkidle")
    page.get_by_role("textbox", name="Your password, again").fill(cast.PASSWORD)
    page.get_by_role("button", name="Reaffirm").click()

    expect(page.locator(".messagelist")).to_contain_text("reaffirmed")
    assert SignOff.objects.count() == signed + 1


def test_a_manager_answers_what_is_due_with_one_click(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    soon = cast.make_condition("due-for-the-manager", by=people["editor"])
    day = clock.today() + timedelta(days=50)
    cast.publish(soon, by=people["editor"], signer=people["physician"], next_review_due=day)
    page = open_page(people["manager"], width=390, height=844)
    page.goto("/admin/")

    page.get_by_role("link", name="Due in the next 60 days: ").click()

    expect(page.locator("#result_list")).to_contain_text("Due for the manager")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_glance_leads_to_its_section_and_the_first_line_is_on_the_first_screen(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    cast.submit(cast.make_condition("asked", by=people["editor"]), by=people["editor"])
    for width in (1366, 390):
        page = open_page(people["physician"], width=width, height=844)
        page.goto("/admin/")
        first = page.locator(".work-section .button").first.bounding_box()
        assert first is not None
        assert first["y"] + first["height"] <= 844, width

        page.get_by_role("navigation", name="What waits").get_by_role("link").last.click()

        expect(page.locator(".work-section").last).to_be_in_viewport()

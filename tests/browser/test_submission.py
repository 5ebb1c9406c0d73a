"""A submission's page in a real Chromium: with its script, without, and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from conditions import demo, exchange
from reviews.models import Comment, Shown, SignOff, Submission
from tests import cast
from tests.browser.test_journey import read

pytestmark = [pytest.mark.browser, pytest.mark.looks, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def submission(editor: User, physician: User, second_physician: User) -> Submission:
    """Two changes of a long page that is in force."""
    condition, _ = exchange.load(demo.sample("borderline-personality-disorder"), by=editor)
    cast.publish(condition, by=editor, signer=second_physician)
    cast.edit(
        condition,
        by=editor,
        summary=f"<p>At the top.</p>{condition.summary}",
        next_steps=f"{condition.next_steps}<p>At the end.</p>",
    )
    return cast.submit(condition, by=editor)


def view(submission: Submission, name: str) -> str:
    return f"/admin/reviews/submission/{submission.pk}/{name}/"


def test_on_a_phone_the_page_scrolls_as_one_and_the_header_stays(
    open_page: Callable[..., Page], submission: Submission, physician: User
) -> None:
    page = open_page(physician, width=390, height=844)
    page.goto(view(submission, "page"))
    read(page)

    inside = page.frame_locator("iframe").locator("html")
    assert inside.evaluate("html => html.scrollHeight <= html.clientHeight + 4")
    for what in ("h1", ".sub-acts a:first-child", ".sub-acts a:last-child", ".sub-views a"):
        box = page.locator(what).first.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= 844 - box["height"], what
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_was_scrolled_past_is_remembered_and_nothing_else(
    open_page: Callable[..., Page], submission: Submission, physician: User
) -> None:
    page = open_page(physician)
    with page.expect_response(lambda one: one.url.endswith("/shown/")):
        page.goto(view(submission, "change"))

    first = set(Shown.objects.filter(user=physician).values_list("row", flat=True))
    assert "disclaimer" not in first
    assert not any(row.startswith("references.") for row in first)
    page.goto(view(submission, "page"))
    with page.expect_response(lambda one: "disclaimer" in (one.request.post_data or "")):
        read(page)
    expect(page.get_by_text("Not shown to you yet")).to_have_count(0)
    page.goto(view(submission, "checks"))
    expect(page.get_by_text("Not shown to you yet")).to_have_count(0)


def test_the_next_change_comes_by_key_and_by_button(
    open_page: Callable[..., Page], submission: Submission, physician: User
) -> None:
    page = open_page(physician, height=500)
    page.goto(view(submission, "change"))
    expect(page.locator("[data-left-rows='next_steps']")).to_have_count(1)

    page.get_by_role("button", name="Next change").click()
    expect(page.locator("#part-summary")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#part-next_steps")).to_be_focused()
    assert page.locator("#part-next_steps").evaluate(
        "one => one.getBoundingClientRect().top >= "
        "document.querySelector('.sub-head').getBoundingClientRect().bottom"
    )
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#part-summary")).to_be_focused()
    page.mouse.wheel(0, 5000)
    expect(page.locator("[data-left-rows='next_steps']")).to_have_count(0)


def test_selected_words_become_the_quote_of_a_comment(
    open_page: Callable[..., Page], submission: Submission, physician: User
) -> None:
    page = open_page(physician)
    page.goto(view(submission, "change"))
    change = page.locator("#part-summary")
    change.get_by_text("At the top.").evaluate(
        "one => getSelection().selectAllChildren(one.closest('.diff-words'))"
    )

    change.locator("summary", has_text="Comment or suggest").click()
    change.get_by_label("Comment", exact=True).fill("Why here?")
    change.get_by_role("button", name="Comment", exact=True).click()

    expect(page.locator(".sub-thread blockquote")).to_contain_text("At the top.")
    said = Comment.objects.get()
    assert said.part == "summary"
    assert said.quote is not None


def test_everything_works_without_javascript(
    open_page: Callable[..., Page], submission: Submission, physician: User
) -> None:
    page = open_page(physician, javascript=False, width=390, height=844)
    page.goto(view(submission, "change"))
    expect(page.locator("ins").first).to_contain_text("At the top.")
    page.locator("#part-summary summary", has_text="Comment or suggest").click()
    page.locator("#part-summary").get_by_label("Comment", exact=True).fill("Words.")
    page.locator("#part-summary").get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#part-summary .sub-thread")).to_contain_text("Words.")
    page.goto(view(submission, "page"))
    expect(page.frame_locator("iframe").get_by_text("At the end.")).to_be_visible()

    page.goto(view(submission, "checks"))
    expect(page.get_by_text("Not shown to you yet")).to_have_count(0)
    page.get_by_label("The whole page").check()
    page.get_by_label("Your password, again").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign these words").click()

    expect(page.get_by_role("heading", name="Signed. Patients read it now")).to_be_visible()
    assert "elsewhere" not in SignOff.objects.latest("pk").attestation


def test_a_refused_form_has_the_focus_on_its_fault(
    open_page: Callable[..., Page], submission: Submission, physician: User
) -> None:
    page = open_page(physician, width=390, height=844)
    page.goto(view(submission, "checks"))
    page.get_by_role("link", name="Sign", exact=True).click()
    page.get_by_label("The whole page").check()
    page.get_by_label("I read the rest elsewhere").check()
    page.get_by_label("Your password, again").fill("wrong")
    page.get_by_role("button", name="Sign these words").click()

    fault = page.get_by_role("alert").filter(has_text="The password is wrong")
    expect(fault).to_be_focused()
    expect(page.get_by_label("I read the rest elsewhere")).to_be_checked()
    box = fault.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 844

"""Writing a draft in a real browser: nothing typed is lost, and rows keep their order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Dialog, Page, expect

from conditions.models import Condition
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.looks, pytest.mark.django_db(transaction=True)]

KEPT = "Object.keys(localStorage).filter(one => one.startsWith('countersign.typed.')).length"


def until(page: Page, question: str) -> None:
    """Wait for the browser's own store, of which nothing is to be seen on the page."""
    for _ in range(100):
        if page.evaluate(question):
            return
        page.wait_for_timeout(100)
    raise AssertionError(question)


def test_typed_words_survive_a_killed_tab_and_are_offered_back(
    open_page: Callable[..., Page], condition: Condition, editor: User
) -> None:
    page = open_page(editor, width=390, height=844)
    address = f"/admin/conditions/condition/{condition.pk}/change/"
    page.goto(address)
    # The editor itself: the plain field that it replaces has the same name.
    summary = page.locator(".field-summary [role=textbox]")
    summary.click()
    page.keyboard.type("Typed and never saved. ")
    page.get_by_role("button", name="Add to “Key points”").click()
    expect(page.get_by_text("New, without words yet")).to_be_visible()
    page.locator("[data-rows=key_points] [contenteditable]").last.click()
    page.keyboard.type("A point of its own")
    expect(page.get_by_text("Not saved yet; kept in this browser")).to_be_visible()
    until(page, "Object.values(localStorage).some(one => one.includes('A point of its own'))")
    context = page.context
    page.close(run_before_unload=False)

    page = context.new_page()
    page.goto(address)
    offer = page.get_by_text("were not saved.")
    expect(offer).to_be_visible()
    expect(page.locator(".field-summary [role=textbox]")).not_to_contain_text("Typed and never")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".write-kept ins").first).to_contain_text("Typed and never saved.")
    page.get_by_role("button", name="Bring back").click()
    expect(page.locator(".field-summary [role=textbox]")).to_contain_text("Typed and never saved.")
    expect(page.get_by_text("A point of its own").first).to_be_visible()

    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.get_by_role("link", name="History").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.url.endswith(address)

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("changed successfully")).to_be_visible()
    expect(offer).to_have_count(0)
    assert page.evaluate(KEPT) == 0
    condition.refresh_from_db()
    assert "Typed and never saved." in condition.summary
    assert [row.text for row in condition.key_points.all()][-1] == "<p>A point of its own</p>"

    page.get_by_label("Name", exact=True).fill("Another name")
    until(page, f"{KEPT} === 1")
    page.remove_listener("dialog", dismiss)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("Logged out")).to_be_visible()
    assert page.evaluate(KEPT) == 0


def test_a_row_is_moved_by_keyboard_and_by_dragging_and_stays_there(
    open_page: Callable[..., Page], condition: Condition, editor: User
) -> None:
    for words in ("Second", "Third"):
        condition.key_points.create(text=f"<p>{words}</p>")
    cast.edit(condition, by=editor, headline="Three points.")
    first = condition.key_points.first()
    assert first is not None
    page = open_page(editor, width=1366, height=768)
    page.goto(f"/admin/conditions/condition/{condition.pk}/change/")
    expect(page.locator(".field-summary [role=textbox]")).to_be_editable()
    rows = page.locator("[data-rows=key_points] .write-row")

    rows.nth(2).locator("summary").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_text("“Third” is now 2 of 3.")).to_be_attached()
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Third")
    grip = rows.nth(0).locator(".grip").bounding_box()
    last = rows.nth(2).bounding_box()
    assert grip
    assert last
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(grip["x"] + 5, last["y"] + last["height"] * 0.8, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("changed successfully")).to_be_visible()
    texts = [row.text for row in condition.key_points.all()]
    assert texts == ["<p>Third</p>", "<p>Second</p>", first.text]

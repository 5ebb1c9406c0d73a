"""From draft to signed public page, as three people in a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from conditions import demo, exchange
from conditions.models import Condition
from reviews import clock
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OLD = "Ask your therapist which skills you will learn."
NEW = "Ask your therapist which skills you will learn, one at a time."
STAYS_SELECTED = """async words => {
  for (let looks = 0; looks < 10; looks++) {
    if (getSelection().toString() !== words) return false;
    await new Promise((done) => setTimeout(done, 30));
  }
  return true;
}"""
PUBLIC = "/conditions/borderline-personality-disorder/"


@pytest.fixture
def bpd(editor: User, physician: User) -> Condition:
    """The sample page, signed by the physician 40 days ago."""
    with time_machine.travel(clock.now() - timedelta(days=40), tick=True):
        words = demo.sample("borderline-personality-disorder")
        words["summary"] = f"<p>{OLD}</p>{words['summary']}"
        condition, _ = exchange.load(words, by=editor)
        cast.publish(condition, by=editor, signer=physician)
    return condition


def _keep(page: Page, name: str) -> None:
    """Keep a picture for people to look at, where SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


def read(page: Page) -> None:
    """Scroll through a page of the desk, a screen at a time."""
    expect(page.locator("iframe[data-settled]")).to_be_attached()
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
                scrollTo(0, y);
                for (let frames = 0; frames < 3; frames++) {
                    await new Promise((done) => requestAnimationFrame(done));
                }
            }
        }"""
    )


def _select(page: Page, sentence: str) -> None:
    """Select a line of the summary as a person does, who looks before typing: the editor takes a
    selection over a moment after the keys, and on a busy machine may miss the first.
    """
    line = page.get_by_role("textbox", name="Summary").get_by_text(sentence)
    for _ in range(10):
        line.click()
        page.keyboard.press("Home")
        page.keyboard.press("Shift+End")
        if page.evaluate(STAYS_SELECTED, sentence):
            return
    raise AssertionError(f"The editor never had {sentence!r} selected.")


def _day(page: Page) -> str:
    return page.locator("#review").inner_text()


def test_a_changed_sentence_travels_from_the_editor_to_the_patient(
    open_page: Callable[..., Page], bpd: Condition, editor: User, physician: User
) -> None:
    signed_before = bpd.subject.sign_offs.get().signed_on
    patient = open_page()
    patient.goto(PUBLIC)
    _keep(patient, "1-patient-before")
    expect(patient.get_by_text(OLD)).to_be_visible()
    assert f"{signed_before:%B %-d, %Y}" in _day(patient)

    desk = open_page(editor)
    desk.goto(f"/admin/conditions/condition/{bpd.pk}/change/")
    summary = desk.get_by_role("textbox", name="Summary")
    expect(summary).to_be_editable()
    _select(desk, OLD)
    desk.keyboard.type(NEW)
    expect(summary.get_by_text(OLD)).to_have_count(0)
    _keep(desk, "2-editor-draft")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_role("textbox", name="Summary")).to_contain_text(NEW)
    desk.get_by_role("button", name="Submit for review").click()
    desk.get_by_label("Note to the reviewer").fill("One sentence of the summary.")
    desk.get_by_label("What changed, for patients").fill("Said how the skills are taught.")
    desk.get_by_label("Ask").select_option(label="Pat Sample, MD")
    _keep(desk, "3-editor-submits")
    desk.get_by_role("button", name="Submit for review").click()
    expect(desk.get_by_text("It is in review")).to_be_visible()
    _keep(desk, "4-editor-submitted")

    patient.reload()
    expect(patient.get_by_text(OLD)).to_be_visible()
    expect(patient.get_by_text(NEW)).to_have_count(0)
    assert f"{signed_before:%B %-d, %Y}" in _day(patient)

    review = open_page(physician, width=390, height=844)
    review.goto("/admin/reviews/submission/")
    review.get_by_role("link", name="Borderline personality disorder").first.click()
    expect(review.locator("ins")).to_contain_text("one at a time")
    _keep(review, "5-physician-desk")
    review.get_by_role("link", name="The page", exact=True).click()
    preview = review.frame_locator("iframe")
    expect(preview.get_by_text(NEW)).to_be_visible()
    read(review)
    expect(review.get_by_text("Not shown to you yet")).to_have_count(0)
    review.get_by_label("The whole page").check()
    review.get_by_label("Your password, again").fill("not my password")
    review.get_by_role("button", name="Sign these words").click()
    expect(review.get_by_text("The password is wrong. Nothing was signed.")).to_be_visible()
    _keep(review, "6-physician-wrong-password")
    review.get_by_label("Your password, again").fill(cast.PASSWORD)
    review.get_by_role("button", name="Sign these words").click()
    expect(review.get_by_text("Patients now read these words")).to_be_visible()
    expect(review.get_by_role("heading", name="Signed. Patients read it now")).to_be_visible()
    _keep(review, "7-physician-signed")

    patient.reload()
    _keep(patient, "8-patient-after")
    expect(patient.get_by_text(NEW)).to_be_visible()
    assert f"Last reviewed by Pat Sample, MD on {clock.today():%B %-d, %Y}." in _day(patient)


def test_a_draft_can_be_edited_without_javascript(
    open_page: Callable[..., Page], condition: Condition, editor: User
) -> None:
    page = open_page(editor, javascript=False)
    page.goto(f"/admin/conditions/condition/{condition.pk}/change/")

    page.get_by_label("Summary").fill("Plain words.\n\nIn two paragraphs.")
    page.get_by_role("button", name="Save", exact=True).first.click()

    condition.refresh_from_db()
    assert condition.summary == "<p>Plain words.</p><p>In two paragraphs.</p>"


def test_a_page_can_be_read_without_javascript_or_cookies(
    open_page: Callable[..., Page], bpd: Condition
) -> None:
    page = open_page(javascript=False, width=360, height=640)
    page.goto(PUBLIC)

    question = page.locator("details").first
    question.locator("summary").click()
    expect(question).to_have_attribute("open", "")
    assert page.context.cookies() == []

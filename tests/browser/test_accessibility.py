"""WCAG 2.2 AA by axe, on every kind of public page and on the pages that physicians work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.db import transaction
from playwright.sync_api import Page, expect
from reversion.models import Version

from conditions import demo, exchange
from conditions.models import Condition
from reviews import clock, workflow
from reviews.mail import links, outbox
from reviews.models import Claim, Letter, Reviewer
from reviews.workflow.claims import make_claim
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.looks]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Wide and light, narrow and dark: each rule is asked of both.
VIEWS = [(1280, False), (360, True)]


AXE = Axe()


def _violations(page: Page, within: str = "html") -> Iterator[str]:
    """What axe finds wrong with a page, and whether it scrolls sideways, in each of the views."""
    page.evaluate(AXE.axe_script)
    for width, dark in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.evaluate("for (const one of document.getAnimations()) one.finish()")
        options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
        found = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])
        for violation in found["violations"]:
            for node in violation["nodes"]:
                yield f"{page.url} at {width}, dark {dark}: {violation['id']}: {node['html']}"
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{page.url} scrolls sideways at {width}"


@pytest.fixture(scope="module")
def people(committed: None) -> dict[str, User]:
    people = {
        "editor": cast.person("editor", "Staff"),
        "physician": cast.person("physician", "Physicians"),
        "manager": cast.person("manager", "Managers"),
    }
    cast.make_reviewer(people["physician"], "Pat Sample", "MD")
    return people


@pytest.fixture(scope="module")
def pages(people: dict[str, User]) -> list[str]:
    """Every kind of public page."""
    editor, physician, manager = people["editor"], people["physician"], people["manager"]
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
    for verb in ("flag", "hold"):
        laid = cast.make_condition(f"under-a-{verb}", by=editor)
        cast.publish(laid, by=editor, signer=physician)
        cast.lay_over(verb, laid, by=editor)
    partly = cast.make_condition("partly-taken-out", by=editor)
    first = cast.publish(partly, by=editor, signer=physician)
    cast.publish(cast.edit(partly, by=editor, summary="<p>New.</p>"), by=editor, signer=physician)
    cast.redact(first, by=manager)
    signed = ["borderline-personality-disorder", "treatment-resistant-depression", "gone", "never"]
    checked = ["under-a-flag", "under-a-hold", "partly-taken-out"]
    record = "/conditions/borderline-personality-disorder/record/"
    return [
        *(f"/conditions/{slug}/" for slug in checked[:2]),
        *(f"/conditions/{slug}/record/" for slug in checked),
        "/conditions/partly-taken-out/record/1/",
        *("/", "/conditions/", "/how-we-review/", "/reviewers/physician/"),
        *(f"/conditions/{slug}/" for slug in signed),
        *(record, f"{record}1/", f"{record}?on={clock.today()}", f"{record}?on=never"),
        *(f"/search/?q={asked}" for asked in ("bpd", "bordeline", "qqqq", "suicide")),
    ]


def test_public_pages_have_no_violation(open_page: Callable[..., Page], pages: list[str]) -> None:
    page = open_page()
    found: list[str] = []
    for address in pages:
        page.goto(address)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found += _violations(page)

    assert found == []


@pytest.mark.parametrize("browser", ["narrow", "wide"], indirect=True)
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


def test_pages_about_people_have_no_violation(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    manager, physician, editor = people["manager"], people["physician"], people["editor"]
    asked = workflow.send_link(editor, by=manager)
    with transaction.atomic():
        at = clock.now()
        claim = make_claim(Claim.Kind.PROFILE, editor, by=manager, at=at, waits=True)
    to_object, to_set = links.to_object(claim, physician), links.to_set_password(editor, asked)
    anybody, found = open_page(), list[str]()
    for address in (*("/admin/login/", "/admin/forgotten/"), *(to_object, to_set)):
        anybody.goto(address.removeprefix(settings.SITE_URL))
        found += _violations(anybody)
    page = open_page(physician)
    for address in ("/admin/reviews/reviewer/mine/", "/admin/mail/", claim.get_absolute_url()):
        page.goto(address)
        found += _violations(page, within=".desk")

    assert found == []


def test_letters_and_the_outbox_have_no_violation(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    condition = cast.make_condition("in-a-letter", by=people["editor"])
    cast.publish(condition, by=people["editor"], signer=people["physician"])
    cast.lay_over("flag", condition, by=people["editor"])
    outbox.run()
    letter = Letter.objects.get(person=people["physician"], kind="at_once")
    page, found = open_page(people["manager"], width=390), list[str]()
    page.goto(letter.get_absolute_url())
    found += _violations(page, within=".desk")
    page.get_by_role("button", name="Send again").click()
    assert page.get_by_text("Sent.").is_visible()
    (html,) = (part.content for part in mail.outbox[-1].alternatives)
    page.set_content(str(html))
    found += _violations(page)

    assert found == []


def test_a_password_is_shown_and_hidden_by_a_button(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/admin/login/")
    field = page.locator("#id_password")
    field.fill("what I typed")

    page.get_by_role("button", name="Show the password").click()
    shown = field.get_attribute("type")
    page.get_by_role("button", name="Hide the password").click()

    assert (shown, field.get_attribute("type")) == ("text", "password")
    assert field.input_value() == "what I typed"
    plain = open_page(javascript=False)
    plain.goto("/admin/login/")
    assert plain.locator("#id_password").get_attribute("type") == "password"
    assert not plain.get_by_role("button", name="Show the password").count()


def test_the_review_desk_has_no_violation(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    editor, physician = people["editor"], people["physician"]
    condition = cast.make_condition("on-the-desk", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    signed = condition.subject.submissions.get()
    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    workflow.request_changes(cast.submit(condition, by=editor), by=physician, reason="Say when.")
    cast.edit(condition, by=editor, summary="<p>Other words, 10 mg.</p>")
    submission = cast.submit(condition, by=editor)
    cast.lay_over("flag", condition, by=editor)
    said = workflow.comment(submission, by=editor, part="summary", text="So?", quote="Other")
    workflow.comment(submission, by=physician, text="Yes.", answers=said, part="summary")
    workflow.suggest(submission, by=editor, part="headline", words="Other words.")
    workflow.resolve(workflow.comment(submission, by=editor, text="All of it."), by=physician)
    base = submission.get_absolute_url().removesuffix("change/")
    several = [cast.make_condition(slug, by=editor) for slug in ("among-some", "among-others")]
    for one in several:
        cast.publish(one, by=editor, signer=physician)
        cast.edit(one, by=editor, summary="<p>What helps is another thing.</p>")
    together = cast.submit_together(several, by=editor)
    found: list[str] = []
    desk = (
        *(f"{base}{view}" for view in ("change/", "page/", "checks/", "suggest/?part=summary")),
        signed.get_absolute_url().replace("change", "signed"),
        condition.subject.get_absolute_url(),
        together[0].get_absolute_url().replace("change", "together"),
    )
    draft = f"/admin/conditions/condition/{condition.pk}/"
    last = Version.objects.get_for_object(condition).latest("pk").pk
    cast.edit(condition, by=editor, safety="<p>Words.</p>")
    studio = (
        *(f"{draft}{view}" for view in ("submit/", "history/", "compare/")),
        f"{draft}restore/{last}/",
        "/admin/conditions/condition/replace/?find=another+thing&by=something",
    )
    for user, addresses in ((physician, desk), (editor, studio)):
        page = open_page(user)
        for address in addresses:
            page.goto(address)
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            found += _violations(page, within=".desk")
    page.goto(f"{draft}change/")
    expect(page.get_by_role("textbox", name="Summary")).to_be_editable()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found += _violations(page, within=".write")
    page.locator("#id_headline").fill("Mine.")
    cast.edit(condition, by=editor, headline="Meanwhile.")
    page.get_by_role("button", name="Save", exact=True).first.click()
    assert page.get_by_label("Take yours").is_visible()
    found += _violations(page, within=".desk")

    assert found == []


def test_a_flag_is_seen_in_forced_colors_and_on_paper(
    open_page: Callable[..., Page], pages: list[str]
) -> None:
    page = open_page(width=360)
    for media in ({"forced_colors": "active"}, {"media": "print"}):
        page.emulate_media(**media)
        for address, notice in (
            ("/conditions/under-a-flag/", ".flagged"),
            ("/conditions/partly-taken-out/record/1/", ".taken-out"),
        ):
            page.goto(address)
            edge = page.locator(notice).evaluate(
                "one => [getComputedStyle(one).borderLeftWidth, getComputedStyle(one).color,"
                " getComputedStyle(one).borderLeftColor, getComputedStyle(one).backgroundColor]"
            )
            assert edge[0] == "5px", address
            assert edge[1] != edge[3], address
            assert edge[2] != edge[3], address


def test_what_managers_read_has_no_violation(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    editor, physician, manager = people["editor"], people["physician"], people["manager"]
    held = cast.make_condition("held-for-now", by=editor)
    signed = cast.publish(held, by=editor, signer=physician)
    cast.lay_over("hold", held, by=physician)
    page = open_page(manager)
    found: list[str] = []
    for address in (
        *("/admin/overview/", "/admin/overview/?show=held", "/admin/reviews/event/"),
        *("/admin/reviews/event/?first=never", f"/admin/reviews/event/{signed.pk}/change/"),
    ):
        page.goto(address)
        found += _violations(page, within=".desk")

    assert found == []


def test_last_years_record_is_two_clicks_from_the_start_page(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    page = open_page(people["manager"], width=390)
    page.get_by_role("link", name="Overview").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="The whole record").click()

    year = clock.today().year - 1
    name = f"countersign-record-from-{year}-01-01-to-{year}-12-31.csv"
    assert taken.value.suggested_filename == name


def test_your_work_and_the_lists_behind_it_have_no_violation(
    open_page: Callable[..., Page], people: dict[str, User]
) -> None:
    editor, physician, manager = people["editor"], people["physician"], people["manager"]
    due = cast.make_condition("due-soon", by=editor)
    soon = clock.today() + timedelta(days=10)
    cast.publish(due, by=editor, signer=physician, next_review_due=soon)
    cast.edit(due, by=editor, summary="<p>Other words.</p>")
    held = cast.make_condition("held-now", by=editor)
    cast.publish(held, by=editor, signer=physician)
    cast.lay_over("hold", held, by=physician)
    back = cast.submit(cast.make_condition("sent-back", by=editor), by=editor)
    workflow.request_changes(back, by=physician, reason="Say more.")
    cast.submit(cast.make_condition("waits", by=editor), by=editor)
    lists = [
        f"/admin/{one}/"
        for one in ("reviews/submission", "reviews/subject", "conditions/condition")
    ]
    read = f"/admin/reviews/subject/{due.subject.pk}/read/?in=a-row"
    found: list[str] = []
    for user, addresses in (
        (physician, ["/admin/", *lists[:2], read]),
        (editor, ["/admin/", lists[2]]),
        (manager, ["/admin/"]),
    ):
        page = open_page(user)
        for address in addresses:
            page.goto(address)
            found += _violations(page)

    assert found == []

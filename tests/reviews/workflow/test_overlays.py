"""Flag, hold and release: what is laid over a page while it is checked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from conditions.models import Condition
from conditions.page import FLAG_NOTICE
from reviews import workflow
from reviews.evidence import audit, listing, triggers
from reviews.models import Event, Overlay, SignOff
from reviews.reading import memory
from tests import cast
from tests.traces import refused

PAGE = "/conditions/sample-condition/"
JSON = "/conditions/sample-condition.json"
RECORD = f"{PAGE}record/"
# Where a page's name, address or words stand besides.
ELSEWHERE = ("/", "/conditions/", "/search/?q=something", "/sitemap.xml")


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> SignOff:
    """A page in force."""
    return cast.publish(condition, by=editor, signer=physician, public_note="Began.")


def everything(client: Client) -> dict[str, tuple[int, bytes]]:
    answers = {path: client.get(path) for path in (PAGE, JSON, RECORD, "/feed.xml", *ELSEWHERE)}
    return {path: (one.status_code, one.content) for path, one in answers.items()}


# --- Flag


def test_a_flag_puts_a_fixed_notice_above_the_page_that_stays(
    condition: Condition, signed: SignOff, editor: User, client: Client
) -> None:
    before = client.get(PAGE)  # which is now remembered

    laid = cast.lay_over("flag", condition, by=editor, reason="A dose looks wrong.")

    page = client.get(PAGE)
    html = page.content.decode()
    assert (page.status_code, laid.kind, laid.by_physician) == (200, "flag", False)
    assert html.index(FLAG_NOTICE) < html.index("<h1>")
    assert page["ETag"] != before["ETag"]
    assert signed.edition.document["summary"] in html
    said = client.get(JSON).json()
    assert (said["status"], said["notice"]) == ("in_force", FLAG_NOTICE)
    assert f'"creativeWorkStatus":"{FLAG_NOTICE}"' in html
    assert FLAG_NOTICE in client.get(RECORD).content.decode()
    assert FLAG_NOTICE in client.get("/feed.xml").content.decode()
    for path in (PAGE, JSON, RECORD, "/feed.xml", *ELSEWHERE):
        assert b"A dose looks wrong" not in client.get(path).content, path
    for path in ELSEWHERE:
        assert b"sample-condition" in client.get(path).content, path


def test_a_flag_is_taken_off_again_without_a_trace_on_the_page(
    condition: Condition, signed: SignOff, editor: User, manager: User, client: Client
) -> None:
    before = client.get(PAGE).content
    cast.lay_over("flag", condition, by=editor)

    cast.lay_over("release", condition, by=manager)

    assert client.get(PAGE).content == before
    assert "A notice while it was checked" in client.get(RECORD).content.decode()


# --- Hold


def test_a_held_page_is_off_and_in_no_list(
    condition: Condition, signed: SignOff, editor: User, physician: User, client: Client
) -> None:
    other = cast.make_condition("naming", by=editor)
    cast.name_target(other, "sample-condition", by=editor)
    cast.publish(other, by=editor, signer=physician)
    link = b'href="/conditions/sample-condition/"'
    assert link in client.get("/conditions/naming/").content

    cast.lay_over("hold", condition, by=editor)

    page = client.get(PAGE)
    assert (page.status_code, page["X-Robots-Tag"]) == (410, "noindex")
    html = page.content.decode()
    assert "This page is being checked" in html
    assert "Do not stop or change treatment because of this page." in html
    assert 'href="tel:988"' in html
    assert signed.edition.document["summary"] not in html
    gone = client.get(JSON)
    assert (gone.status_code, gone.json()["status"]) == (410, "being_checked")
    assert "document" not in gone.json()
    for path in ELSEWHERE:
        assert b"conditions/sample-condition" not in client.get(path).content, path
    assert link not in client.get("/conditions/naming/").content
    feed = client.get("/feed.xml").content.decode()
    assert "Sample condition: taken off while it is checked" in feed
    assert "Began." not in feed


def test_the_record_of_a_held_page_shows_none_of_its_words(
    condition: Condition, signed: SignOff, editor: User, physician: User, client: Client
) -> None:
    cast.edit(condition, by=editor, summary="<p>Quokka words.</p>")
    cast.publish(condition, by=editor, signer=physician, public_note="Quokka note.")
    assert b"Quokka" in client.get(RECORD).content

    cast.lay_over("hold", condition, by=editor)

    today = workflow.overlay_of(condition.subject, SignOff.objects.latest("pk").signed_at)
    assert today is None
    for path in (RECORD, f"{RECORD}2/", f"{RECORD}?on=2026-01-01"):
        response = client.get(path, follow=True)
        assert b"Quokka" not in response.content, path
        assert b'href="/conditions/sample-condition/"' not in response.content, path
    assert b"What helps is something else." in client.get(f"{RECORD}1/").content


def test_a_release_gives_the_page_back_with_its_own_dates(
    condition: Condition, signed: SignOff, editor: User, physician: User, client: Client
) -> None:
    before = client.get(PAGE).content, client.get(JSON).json()
    cast.lay_over("hold", condition, by=editor)

    cast.lay_over("release", condition, by=physician)

    assert (client.get(PAGE).content, client.get(JSON).json()) == before
    record = client.get(RECORD).content.decode()
    assert "Taken off while it was checked" in record
    assert b"conditions/sample-condition" in client.get("/sitemap.xml").content
    assert "Sample condition: back after a check" in client.get("/feed.xml").content.decode()
    assert listing.recorded(condition.subject) == listing.spans(condition.subject)
    assert len(listing.recorded(condition.subject)) == 2


def test_neither_a_flag_nor_a_hold_ends_a_submission_or_a_signature(
    condition: Condition, signed: SignOff, editor: User, physician: User, client: Client
) -> None:
    cast.edit(condition, by=editor, summary="<p>New words.</p>")
    submission = cast.submit(condition, by=editor)

    cast.lay_over("flag", condition, by=editor)
    cast.lay_over("hold", condition, by=editor)

    submission.refresh_from_db()
    assert submission.is_open
    assert workflow.in_force(condition.subject, Overlay.objects.latest("pk").at) == signed
    cast.sign(submission, by=physician)
    assert client.get(PAGE).status_code == 410
    cast.lay_over("release", condition, by=physician)
    assert "New words." in client.get(PAGE).content.decode()


def test_a_hold_over_what_waits_keeps_it_off_when_it_begins(
    condition: Condition, editor: User, physician: User, client: Client, time_machine: object
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    soon = timezone.now() + timedelta(days=2)
    cast.publish(condition, by=editor, signer=physician, effective_at=soon)
    cast.lay_over("hold", condition, by=editor)
    assert client.get(PAGE).status_code == 404

    time_machine.move_to(soon + timedelta(days=1), tick=False)  # type: ignore[attr-defined]

    assert client.get(PAGE).status_code == 410


# --- Who may


def test_any_staff_lays_over_and_physicians_and_managers_release(
    condition: Condition,
    signed: SignOff,
    editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    reader: User,
    client: Client,
) -> None:
    reader.is_staff = False
    reader.save()
    for verb in ("flag", "hold"):
        with refused(f"Only staff of the clinic can {verb} a page."):
            cast.lay_over(verb, condition, by=reader)
    with refused("neither flagged nor held"):
        cast.lay_over("release", condition, by=physician)

    cast.lay_over("hold", condition, by=editor)
    with refused("Only a physician or a manager can release a page."):
        cast.lay_over("release", condition, by=editor)
    with refused("This page is held already, which is more than a flag."):
        cast.lay_over("flag", condition, by=editor)
    with refused("This page is held already."):
        cast.lay_over("hold", condition, by=editor)
    cast.lay_over("release", condition, by=manager)

    cast.lay_over("hold", condition, by=physician)
    with refused("A physician held this page, so a physician must release it."):
        cast.lay_over("release", condition, by=manager)
    cast.lay_over("release", condition, by=second_physician)
    assert client.get(PAGE).status_code == 200


def test_it_needs_the_password_and_a_reason_and_something_public(
    condition: Condition, editor: User, physician: User
) -> None:
    for verb in ("flag", "hold"):
        with refused(f"so there is nothing to {verb}."):
            cast.lay_over(verb, condition, by=editor)
    cast.publish(condition, by=editor, signer=physician)
    with refused("Give a reason"):
        cast.lay_over("hold", condition, by=editor, reason=" ")

    before = Overlay.objects.count()
    with pytest.raises(workflow.NotAllowed, match="The password is wrong"):
        workflow.hold(
            condition.subject, by=editor, proof=cast.proof("no"), reason="A dose looks wrong."
        )
    assert Overlay.objects.count() == before


def test_a_withdrawn_page_says_so_whatever_lies_over_it(
    condition: Condition, signed: SignOff, editor: User, manager: User, client: Client
) -> None:
    cast.lay_over("hold", condition, by=editor)
    workflow.withdraw(condition.subject, by=manager, reason="Why.", notice="out_of_date")

    assert "This page has been withdrawn" in client.get(PAGE).content.decode()
    cast.lay_over("release", condition, by=manager)
    assert client.get(PAGE).status_code == 410


# --- Tampering


@pytest.fixture
def past_the_triggers(db: None) -> Iterator[None]:
    """The database's owner at work: the triggers are off."""
    triggers.remove(connection)
    yield
    triggers.install(connection)


def test_a_hold_whose_row_is_taken_away_shows_nothing(
    condition: Condition,
    signed: SignOff,
    editor: User,
    client: Client,
    past_the_triggers: None,
) -> None:
    laid = cast.lay_over("hold", condition, by=editor)
    number = laid.pk
    Overlay.objects.filter(pk=number)._raw_delete("default")
    memory.forget()

    assert [client.get(path).status_code for path in (PAGE, JSON, RECORD)] == [503] * 3
    for path in ("/", "/conditions/", "/sitemap.xml", "/feed.xml"):
        assert b"conditions/sample-condition" not in client.get(path).content, path
    assert f"Overlay {number}: the row of this event is missing" in list(audit.faults())


def test_a_hold_that_is_turned_into_a_flag_or_disguised_shows_nothing(
    condition: Condition,
    signed: SignOff,
    editor: User,
    client: Client,
    past_the_triggers: None,
) -> None:
    laid = cast.lay_over("hold", condition, by=editor)
    Overlay.objects.filter(pk=laid.pk).update(kind="flag")
    memory.forget()
    assert client.get(PAGE).status_code == 503

    Overlay.objects.filter(pk=laid.pk)._raw_delete("default")
    Event.objects.filter(pk=laid.pk).update(kind="proof_failed")
    memory.forget()
    assert client.get(PAGE).status_code == 503
    assert list(audit.faults())

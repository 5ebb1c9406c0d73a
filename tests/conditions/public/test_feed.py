"""The feed: what was signed or withdrawn, newest first, and nothing that never was public."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from conditions.models import KIND, Condition
from conditions.public import machines
from reviews import clock, workflow
from reviews.evidence import listing
from reviews.models import Listing, SignOff, Withdrawal
from reviews.reading import news
from tests import cast
from tests.conditions.public.test_page_costs import at_most
from tests.reviews.every_verb import drop, put, tampering

ATOM = "{http://www.w3.org/2005/Atom}"
NOON = datetime(2027, 5, 1, 16, 0, tzinfo=UTC)  # noon in New York
SAME = "Written and reviewed by the same physician."


def entries(client: Client) -> list[dict[str, str]]:
    """Each entry's texts by name, its first link as `link`, the summary's words without tags."""
    found = []
    # Our own feed, read back.
    for entry in ElementTree.fromstring(client.get("/feed.xml").content).iter(f"{ATOM}entry"):  # noqa: S314
        texts = {child.tag.removeprefix(ATOM): child.text or "" for child in entry}
        texts["link"] = entry.find(f"{ATOM}link").attrib["href"]  # type: ignore[union-attr]
        texts["html"] = texts["summary"]
        texts["summary"] = " ".join(re.sub("<[^>]+>", " ", texts["summary"]).split())
        found.append(texts)
    return found


def titles(client: Client) -> list[str]:
    return [entry["title"] for entry in entries(client)]


def on_day(number: int) -> Any:
    """Noon in New York, some days after May 1, 2027."""
    return time_machine.travel(NOON + timedelta(days=number), tick=False)


@pytest.fixture
def story(condition: Condition, editor: User, physician: User, second_physician: User) -> Condition:
    """A page published, corrected, cancelled back, reaffirmed and withdrawn, on five days."""
    with on_day(0):
        first = cast.submit(condition, by=editor, public_note="First edition.")
        full = cast.sign(first, by=second_physician)
    with on_day(1):
        cast.edit(condition, by=editor, definition="<p>Corrected.</p>")
        second = cast.submit(condition, by=editor, public_note="A definition.")
        correction = cast.sign(second, by=physician, scope="correction")
    with on_day(2):
        workflow.cancel(correction, by=physician, reason="Because.")
    with on_day(3):
        cast.reaffirm(
            condition.subject, by=physician, proof=cast.proof(), digest=full.edition.digest
        )
    with on_day(4):
        workflow.withdraw(condition.subject, by=physician, reason="Inside.", notice="out_of_date")
    return condition


def test_each_change_says_what_happened_newest_first(story: Condition, client: Client) -> None:
    with on_day(5):
        found = entries(client)

    assert [(entry["title"], entry["published"][:10]) for entry in found] == [
        ("Sample condition: withdrawn", "2027-05-05"),
        ("Sample condition: reviewed again, unchanged", "2027-05-04"),
        ("Sample condition: back to an earlier signature", "2027-05-03"),
        ("Sample condition: corrected", "2027-05-02"),
        ("Sample condition: first published", "2027-05-01"),
    ]
    links = "Sample condition · Record of this page"
    assert [entry["summary"] for entry in found] == [
        "No longer current: shown from May 4, 2027 to May 5, 2027. "
        "This page was withdrawn on May 5, 2027. "
        "This page no longer reflects current medical knowledge and is being rewritten. "
        "Do not stop or change treatment because of this page. "
        f"Talk with the person who treats you first. {links}",
        "No longer current: shown from May 4, 2027 to May 5, 2027. "
        f"Last reviewed by Pat Sample, MD on May 4, 2027. {links}",
        "No longer current: shown from May 3, 2027 to May 4, 2027. "
        f"Last reviewed by Alex Example, DO on May 1, 2027. {links}",
        "No longer current: shown from May 2, 2027 to May 3, 2027. "
        "Last reviewed in full by Alex Example, DO on May 1, 2027. "
        "Changed on May 2, 2027; the change was checked by Pat Sample, MD. "
        f"What changed: A definition. {links}",
        "No longer current: shown from May 1, 2027 to May 2, 2027. "
        "Last reviewed by Alex Example, DO on May 1, 2027. "
        f"What changed: First edition. {links}",
    ]
    assert 'href="http://localhost:8000/conditions/sample-condition/record/"' in found[0]["html"]
    assert {entry["link"] for entry in found} == {
        "http://localhost:8000/conditions/sample-condition/"
    }


def test_a_signature_does_not_bring_the_entry_before_it_up_as_news_again(
    story: Condition, client: Client
) -> None:
    with on_day(0):
        (then,) = entries(client)
    with on_day(5):
        found = entries(client)

    now = found[-1]
    assert then["id"] == now["id"] == f"tag:localhost,2027-05-01:event/{_first(story)}"
    assert then["published"] == then["updated"] == now["published"] == now["updated"]
    assert "No longer current" not in then["summary"]
    assert "No longer current: shown from May 1, 2027 to May 2, 2027." in now["summary"]
    assert len({entry["id"] for entry in found}) == len(found) == 5


def _first(story: Condition) -> int:
    return story.subject.sign_offs.order_by("pk").values_list("pk", flat=True)[0]


def test_what_is_in_force_does_not_say_that_it_is_over(story: Condition, client: Client) -> None:
    with on_day(3):
        newest = entries(client)[0]

    assert "No longer current" not in newest["summary"]
    assert newest["updated"] == newest["published"] == "2027-05-04T16:00:00+00:00"


def test_a_page_signed_after_a_withdrawal_is_not_published_for_the_first_time(
    story: Condition, editor: User, physician: User, client: Client
) -> None:
    with on_day(6):
        cast.edit(story, by=editor, headline="Rewritten.")
        cast.publish(story, by=editor, signer=physician)

        assert titles(client)[0] == "Sample condition: reviewed in full"


def test_a_name_is_the_one_that_was_signed(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.edit(condition, by=editor, name="Old & <name>")
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, name="New name")
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, name="Unsigned name")

    assert titles(client) == ["New name: reviewed in full", "Old & <name>: first published"]
    assert "Old &amp; &lt;name&gt;" in entries(client)[1]["html"]


def test_the_same_physician_is_said(author_physician: User, client: Client, settings: Any) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    own = cast.make_condition(by=author_physician)
    cast.publish(own, by=author_physician, signer=author_physician)

    assert SAME in entries(client)[0]["summary"]


def test_what_waits_or_never_took_effect_is_not_in_it(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    later = timezone.now() + timedelta(days=1)
    cancelled = cast.make_condition("cancelled-first", by=editor)
    withdrawn = cast.make_condition("withdrawn-first", by=editor)
    for page in (condition, cancelled, withdrawn):
        submission = cast.submit(page, by=editor, public_note="Quokka")
        cast.sign(submission, by=physician, effective_at=later)
    waiting = SignOff.objects.get(subject=cancelled.subject)
    workflow.cancel(waiting, by=physician, reason="Not yet.")
    workflow.withdraw(withdrawn.subject, by=physician, reason="No.", notice="safety")

    response = client.get("/feed.xml")
    assert entries(client) == []
    assert b"uokka" not in response.content
    with time_machine.travel(later, tick=False):
        assert titles(client) == ["Sample condition: first published"]
        assert b"Quokka" in client.get("/feed.xml").content


def test_the_note_of_what_is_held_is_not_in_it_wherever_its_edition_stands(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    with on_day(0):
        signed = cast.publish(condition, by=editor, signer=physician, public_note="Quokka")
    with on_day(1):
        cast.reaffirm(
            condition.subject, by=physician, proof=cast.proof(), digest=signed.edition.digest
        )
        assert b"Quokka" in client.get("/feed.xml").content
    with on_day(2):
        cast.lay_over("hold", condition, by=physician)
        assert b"Quokka" not in client.get("/feed.xml").content
    with on_day(3):
        cast.lay_over("release", condition, by=physician)
        assert b"Quokka" in client.get("/feed.xml").content


@pytest.mark.parametrize(
    ("when", "forged"),
    [
        ("waiting", {"from_at": NOON}),
        ("in force", {"from_at": NOON + timedelta(hours=1)}),
        ("in force", {"until_at": NOON + timedelta(days=1, hours=1)}),
        ("over", {"from_at": NOON + timedelta(hours=1)}),
        ("over", {"until_at": None}),
        ("over", {"until_at": NOON + timedelta(days=9)}),
        ("over", {"slug": "forged"}),
        ("over", {"name": "Forged"}),
    ],
)
def test_a_forged_row_of_the_lists_changes_nothing_that_is_said(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    when: str,
    forged: dict[str, Any],
) -> None:
    with on_day(0):
        other = cast.make_condition("other-page", by=editor)
        cast.publish(other, by=editor, signer=physician)
        later = NOON + timedelta(days=30) if when == "waiting" else None
        cast.publish(condition, by=editor, signer=physician, effective_at=later)
    if when == "over":
        with on_day(1):
            workflow.withdraw(condition.subject, by=physician, reason="No.", notice="safety")
    with on_day(5):
        said = entries(client)
        assert (len(said) > 1) == (when != "waiting")

        Listing.objects.filter(subject=condition.subject).update(**forged)

        assert entries(client) == said


def test_a_forged_row_of_a_cancelled_signature_is_left_out(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    with on_day(0):
        cancelled = cast.publish(
            condition, by=editor, signer=physician, effective_at=NOON + timedelta(days=10)
        )
    with on_day(1):
        workflow.cancel(cancelled, by=physician, reason="No.")
    with on_day(12):
        cast.publish(cast.edit(condition, by=editor, name="New"), by=editor, signer=physician)
        # Between two instants that evidence has, so that only the cancellation speaks against it.
        Listing.objects.create(
            subject=condition.subject,
            sign_off=cancelled,
            slug="sample-condition",
            name="Sample condition",
            from_at=cancelled.effective_at,
            until_at=NOON + timedelta(days=12),
        )

        assert titles(client) == ["New: first published"]


TAMPERED: dict[str, Callable[[Withdrawal], object]] = {
    "notice": lambda withdrawn: put(withdrawn, notice="safety"),
    "day": lambda withdrawn: put(withdrawn, on=NOON.date()),
    "instant": lambda withdrawn: put(withdrawn, at=NOON + timedelta(days=4, hours=1)),
    "event": lambda withdrawn: put(withdrawn.event, hash="0" * 64),
    "deleted": drop,
}


@pytest.mark.parametrize("listings", ["as written", "made to agree"])
def test_of_a_page_whose_withdrawals_were_changed_nothing_is_said(
    listings: str,
    story: Condition,
    editor: User,
    physician: User,
    client: Client,
    subtests: pytest.Subtests,
) -> None:
    with on_day(4):
        other = cast.make_condition("other-page", by=editor)
        cast.publish(other, by=editor, signer=physician)
    for withdrawn in story.subject.withdrawals.select_related("event"):
        for name, tamper in TAMPERED.items():
            if name == "notice" and withdrawn.sign_off_id:
                continue  # the table itself lets no cancellation have one
            with subtests.test(str(withdrawn), tampered=name), on_day(5), tampering():
                tamper(withdrawn)
                if listings == "made to agree":
                    listing.rebuild(story.subject)
                assert titles(client) == ["Other page: first published"]


def test_an_edition_that_is_not_what_was_signed_is_left_out(
    story: Condition, client: Client
) -> None:
    corrected = story.subject.editions.get(number=2)
    with on_day(5), tampering():
        put(corrected, text="{}")

        found = titles(client)

    assert len(found) == 4
    assert "Sample condition: corrected" not in found


def test_it_is_bounded_and_costs_six_queries(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machines, "MOST_CHANGES", 4)
    for number in range(6):
        page = cast.make_condition(f"page-{number}", by=editor)
        cast.publish(page, by=editor, signer=physician)
        if number == 0:
            long_ago = page
    workflow.withdraw(long_ago.subject, by=physician, reason="No.", notice="out_of_date")

    with at_most(6) as queries:
        found = titles(client)

    assert len(queries) == 6
    assert found == [
        "Page 0: withdrawn",
        "Page 5: first published",
        "Page 4: first published",
        "Page 3: first published",
    ]


def test_a_reader_who_has_it_is_told_so_and_never_by_a_date(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    with on_day(0):
        cast.publish(condition, by=editor, signer=physician)
        first = client.get("/feed.xml")
        again = client.get("/feed.xml", HTTP_IF_NONE_MATCH=first["ETag"])
    with on_day(1):
        cast.edit(condition, by=editor, headline="Changed.")
        assert client.get("/feed.xml", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
        cast.publish(condition, by=editor, signer=physician)
        changed = client.get("/feed.xml", HTTP_IF_NONE_MATCH=first["ETag"])
        # Two changes may fall into one second, which is as fine as such a date is.
        by_date = client.get(
            "/feed.xml", HTTP_IF_MODIFIED_SINCE=http_date((NOON + timedelta(days=2)).timestamp())
        )

    assert first["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert "Last-Modified" not in first
    assert (again.status_code, again.content) == (304, b"")
    assert (changed.status_code, by_date.status_code) == (200, 200)


def test_a_feed_without_changes_is_one_and_the_same_each_time(client: Client, db: None) -> None:
    first, again = client.get("/feed.xml"), client.get("/feed.xml")

    assert first.content == again.content
    assert entries(client) == []


def test_changes_are_in_the_words_of_the_notary(story: Condition) -> None:
    with on_day(5):
        found = news.latest(KIND, clock.now(), 10)

    assert [(change.happened.name, change.notice, change.public_note) for change in found] == [
        ("WITHDRAWN", "out_of_date", ""),
        ("REAFFIRMED", "", ""),
        ("STEPPED_BACK", "", ""),
        ("CORRECTED", "", "A definition."),
        ("PUBLISHED", "", "First edition."),
    ]

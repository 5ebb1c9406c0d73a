"""What no longer matches its signature shows no date and no changed words (I6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import Value
from django.db.models.functions import Replace
from django.http import HttpResponse
from django.test import Client

from conditions.cleaning import sanitise
from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit
from reviews.models import Address, Edition, Event, Listing, Remark, SignOff, Submission, Withdrawal
from reviews.reading import memory
from reviews.text.canonical import digest_of
from tests import cast
from tests.reviews.every_verb import drop, put, rewrite, swap, tampering

pytestmark = pytest.mark.django_db

FORGED = "Kastanie"  # a word that no page and no template has
PUBLIC = ["/", "/conditions/", "/conditions/tampered-page/", "/conditions/untouched-page/"]
PAGE = "/conditions/tampered-page/"
FOR_MACHINES = ["/feed.xml", "/sitemap.xml", "/conditions/tampered-page.json"]
# What else shows words or days of the page.
ELSEWHERE = [
    *("/conditions/tampered-page/record/", "/conditions/tampered-page/record/1/"),
    *("/reviewers/physician/", "/reviewers/second-physician/", "/search/?q=tampered"),
]


@dataclass
class Site:
    """Two pages in force; the first by a correction that rests on a full review."""

    full: SignOff
    signed: SignOff
    untouched: SignOff
    editor: User


@pytest.fixture
def site(editor: User, physician: User, second_physician: User) -> Site:
    """The page that is tampered with, and one that is not."""
    page = cast.make_condition("tampered-page", by=editor)
    full = cast.publish(page, by=editor, signer=physician)
    cast.edit(page, by=editor, summary="<p>What helps is described here.</p>")
    signed = cast.publish(page, by=editor, signer=second_physician, scope="correction")
    other = cast.make_condition("untouched-page", by=editor)
    return Site(full, signed, cast.publish(other, by=editor, signer=physician), editor)


def get(client: Client, address: str) -> HttpResponse:
    """What a patient gets from a process that remembers nothing."""
    memory.forget()
    return client.get(address)


def everything(response: HttpResponse) -> str:
    """The body and every header."""
    return response.content.decode() + str(response.headers)


def forge(row: Edition | SignOff | Event, column: str) -> None:
    """Put a word into a column that nobody signed."""
    put(row, **{column: f"{FORGED} {getattr(row, column)}"[:64]})


def forge_text(site: Site) -> None:
    """Change one word of the frozen text."""
    put(site.signed.edition, text=Replace("text", Value("described"), Value(FORGED)))


def forge_text_and_digests(site: Site) -> None:
    """Change one word, and both digests with it."""
    text = site.signed.edition.text.replace("described", FORGED)
    put(site.signed.edition, text=text, digest=digest_of(text))
    put(site.signed, digest=digest_of(text))


def later(days: int) -> timedelta:
    """Some days."""
    return timedelta(days=days)


# What is done to the page in force, or to what its sign-off rests on.
TAMPERINGS: dict[str, Callable[[Site], object]] = {
    "one word of the text": forge_text,
    "one word of the text and both digests": forge_text_and_digests,
    "a text that is not JSON": lambda s: put(s.signed.edition, text=FORGED),
    "another page's text": lambda s: swap(s.signed.edition, s.full.edition, "text"),
    "the edition's digest": lambda s: put(s.signed.edition, digest="0" * 64),
    "the edition's title": lambda s: forge(s.signed.edition, "title"),
    "the edition's public note": lambda s: forge(s.signed.edition, "public_note"),
    "the edition's number": lambda s: put(s.signed.edition, number=9),
    "the edition's page": lambda s: put(s.signed.edition, subject=s.untouched.subject, number=9),
    "the edition's author": lambda s: put(s.signed.edition, submitted_by=s.signed.signer),
    "the day of signing": lambda s: put(s.signed, signed_on=s.signed.signed_on + later(1)),
    "the day of the full review": lambda s: put(s.full, signed_on=s.full.signed_on + later(1)),
    "the next review": lambda s: put(
        s.signed, next_review_due=s.signed.next_review_due + later(400)
    ),
    "the printed name": lambda s: forge(s.signed, "printed_name"),
    "the full review's printed name": lambda s: forge(s.full, "printed_name"),
    "the credentials": lambda s: put(s.signed, credentials=FORGED),
    "the relationship": lambda s: forge(s.full, "relationship"),
    "the attestation": lambda s: forge(s.signed, "attestation"),
    "the disclosure": lambda s: put(s.signed, disclosed=True, policy="disclosed"),
    "the signed digest": lambda s: put(s.signed, digest=s.full.digest),
    "the signed edition": lambda s: put(s.signed, edition=s.full.edition),
    "another page's edition": lambda s: put(s.signed, edition=s.untouched.edition),
    "what the correction rests on": lambda s: put(s.signed, rests_on=s.untouched),
    "a correction as a full review": lambda s: put(s.signed, scope="full", rests_on=None),
    "two sign-offs' signers": lambda s: swap(s.signed, s.full, "printed_name", "credentials"),
    "the sign-off's event": lambda s: put(
        s.signed.event, body=Replace("body", Value("Alex"), Value(FORGED))
    ),
    "the sign-off's event's hash": lambda s: put(s.signed.event, hash="0" * 64),
    "the sign-off's event's prev": lambda s: put(s.signed.event, prev="0" * 64),
    "the edition's event": lambda s: put(s.signed.edition.event, hash="0" * 64),
    "the full review's event": lambda s: put(s.full.event, hash="0" * 64),
    "an unreadable event with a right hash": lambda s: rewrite(s.signed.event, FORGED),
    "an empty event with a right hash": lambda s: rewrite(s.signed.event, "{}"),
    "an event that is a list, with a right hash": lambda s: rewrite(s.signed.event, "[]"),
}


def test_the_site_is_whole_before_anything_is_tampered_with(site: Site, client: Client) -> None:
    answers = {address: get(client, address) for address in PUBLIC}

    assert {one.status_code for one in answers.values()} == {200}
    assert "Last reviewed" in everything(answers["/conditions/tampered-page/"])
    assert "described" in everything(answers["/conditions/tampered-page/"])
    for address in ("/", "/conditions/"):
        assert "tampered-page" in everything(answers[address])
        assert "untouched-page" in everything(answers[address])


def test_a_page_that_no_longer_matches_is_not_shown(
    site: Site, client: Client, subtests: pytest.Subtests
) -> None:
    client.raise_request_exception = False
    for name, tamper in TAMPERINGS.items():
        with subtests.test(name), tampering():
            tamper(site)

            response = get(client, "/conditions/tampered-page/")

            body = response.content.decode()
            assert response.status_code == 503
            assert response["Cache-Control"] == "no-store"
            assert "ETag" not in response
            assert "988" in body
            assert "Last reviewed" not in body
            assert "reviewed in full" not in body
            assert str(site.full.signed_on.year) not in body
            assert FORGED not in everything(response)


def test_machines_read_nothing_that_no_longer_matches(
    site: Site, client: Client, subtests: pytest.Subtests
) -> None:
    client.raise_request_exception = False
    for name, tamper in TAMPERINGS.items():
        with subtests.test(name), tampering():
            tamper(site)

            feed, sitemap, as_json = (get(client, address) for address in FOR_MACHINES)

            assert (feed.status_code, sitemap.status_code, as_json.status_code) == (200, 200, 503)
            assert FORGED not in everything(feed) + everything(sitemap) + everything(as_json)
            assert as_json.content == b'{"status":"unavailable"}'
            assert as_json["Cache-Control"] == "no-store"
            assert "corrected" not in feed.content.decode()
            assert "Untouched page: first published" in feed.content.decode()
            assert "/conditions/untouched-page/" in sitemap.content.decode()


def test_a_page_that_no_longer_matches_is_not_listed_and_others_are(
    site: Site, client: Client, subtests: pytest.Subtests
) -> None:
    client.raise_request_exception = False
    for name, tamper in TAMPERINGS.items():
        for address in ("/", "/conditions/"):
            with subtests.test(f"{name}, {address}"), tampering():
                tamper(site)

                response = get(client, address)

                assert response.status_code == 200
                assert "tampered-page" not in everything(response)
                assert "Tampered page" not in everything(response)
                assert FORGED not in everything(response)
                assert "untouched-page" in response.content.decode()


def test_nothing_that_no_longer_matches_is_shown_elsewhere(
    site: Site, client: Client, subtests: pytest.Subtests
) -> None:
    for what, tamper in TAMPERINGS.items():
        with subtests.test(what):
            with tampering():
                tamper(site)
                answers = {address: get(client, address) for address in ELSEWHERE}
            for address, answer in answers.items():
                assert answer.status_code in (200, 404, 503), address
                assert FORGED not in everything(answer), address
            assert answers[ELSEWHERE[0]].status_code == 503
            for address in ELSEWHERE[2:]:  # reviewers' pages and the search
                listed = 'href="/conditions/tampered-page/"' in answers[address].content.decode()
                assert not listed, address


# --- What takes a page off


@pytest.fixture
def withdrawn(site: Site, manager: User) -> Withdrawal:
    """The page's withdrawal."""
    return workflow.withdraw(site.signed.subject, by=manager, reason="Inside.", notice="safety")


WITHDRAWALS: dict[str, Callable[[Withdrawal, Site], object]] = {
    "its day": lambda w, s: put(w, on=w.on - later(9000)),
    "its notice": lambda w, s: put(w, notice="no_longer_offered"),
    "its notice, to one that there is not": lambda w, s: put(w, notice=FORGED),
    "taken away": lambda w, s: drop(w),
    "its instant, to one to come": lambda w, s: put(w, at=w.at + later(9)),
    "its page": lambda w, s: put(w, subject=s.untouched.subject),
    "made the cancellation of a signature": lambda w, s: put(w, sign_off=s.signed, notice=""),
    "taken away, its event called another kind": lambda w, s: (
        drop(w),
        put(w.event, kind="draft_saved"),
    ),
    "taken away, its event given to another page": lambda w, s: (
        drop(w),
        put(w.event, subject=s.untouched.subject),
    ),
    "taken away, its event given to no page": lambda w, s: (drop(w), put(w.event, subject=None)),
    "taken away with its event": lambda w, s: drop(w, w.event),
    "the signature, as one to come": lambda w, s: put(
        s.signed, effective_at=s.signed.effective_at + later(9)
    ),
}


def test_a_page_does_not_come_back_by_a_withdrawal_that_was_tampered_with(
    withdrawn: Withdrawal, site: Site, client: Client, subtests: pytest.Subtests
) -> None:
    address = "/conditions/tampered-page/"
    assert get(client, address).status_code == 410

    for what, tamper in WITHDRAWALS.items():
        with subtests.test(what):
            with tampering():
                tamper(withdrawn, site)
                answers = [
                    get(client, one)
                    for one in (address, f"{address[:-1]}.json", f"{address}record/")
                ]
            for answer in answers:
                assert answer.status_code == 503
                assert "described here" not in everything(answer)
                assert not re.search(r"\b(19|20)\d\d\b", answer.content.decode()), "a date"


def test_a_page_remembered_from_before_its_withdrawal_does_not_come_back(
    site: Site, manager: User, client: Client
) -> None:
    assert get(client, "/conditions/tampered-page/").status_code == 200
    gone = workflow.withdraw(site.signed.subject, by=manager, reason="Inside.", notice="safety")

    with tampering():
        drop(gone)
        answer = client.get("/conditions/tampered-page/")

    assert answer.status_code == 503


def test_a_forged_cancellation_brings_no_older_edition_back(site: Site, client: Client) -> None:
    with tampering():
        Withdrawal.objects.bulk_create(
            [
                Withdrawal(
                    event=Event.objects.earliest("seq"),
                    subject=site.signed.subject,
                    sign_off=site.signed,
                    reason=Remark.objects.create(digest="0" * 64, salt="", text=""),
                    by=site.editor,
                    at=site.signed.signed_at,
                    on=site.signed.signed_on,
                )
            ]
        )
        answer = get(client, "/conditions/tampered-page/")

    assert answer.status_code == 503


@pytest.mark.parametrize("event", ["kind", "subject", "event"])
def test_an_older_edition_does_not_come_back_for_a_signature_whose_event_is_disguised(
    event: str, site: Site, client: Client
) -> None:
    with tampering():
        Listing.objects.filter(sign_off=site.signed).delete()
        Submission.objects.filter(pk=site.signed.submission_id).update(ended_by=None)
        drop(site.signed)
        if event == "kind":
            put(site.signed.event, kind="draft_saved")
        elif event == "subject":
            put(site.signed.event, subject=site.untouched.subject)
        else:
            drop(site.signed.event)
        answers = [get(client, one) for one in (PAGE, f"{PAGE[:-1]}.json", f"{PAGE}record/")]

    assert [answer.status_code for answer in answers] == [503, 503, 503]


def test_a_cancelled_edition_does_not_come_back_for_a_cancellation_taken_away(
    site: Site, manager: User, client: Client
) -> None:
    cancelled = workflow.cancel(site.signed, by=manager, reason="A fault.")
    assert "described" not in everything(get(client, PAGE))

    with tampering():
        drop(cancelled)
        put(cancelled.event, kind="draft_saved")
        answers = [get(client, one) for one in (PAGE, f"{PAGE[:-1]}.json", f"{PAGE}record/")]

    assert [answer.status_code for answer in answers] == [503, 503, 503]


def test_an_untouched_page_still_answers(
    site: Site, client: Client, subtests: pytest.Subtests
) -> None:
    client.raise_request_exception = False
    before = get(client, "/conditions/untouched-page/").content
    for name, tamper in TAMPERINGS.items():
        with subtests.test(name), tampering():
            tamper(site)

            response = get(client, "/conditions/untouched-page/")

            assert response.status_code == 200
            assert response.content == before


def test_a_page_untampered_again_is_shown_again(site: Site, client: Client) -> None:
    before = get(client, "/conditions/tampered-page/")

    with tampering():
        forge_text(site)
        assert get(client, "/conditions/tampered-page/").status_code == 503

    after = get(client, "/conditions/tampered-page/")
    assert (after.status_code, after.content) == (200, before.content)


# --- The address, the lists and what is derived


def test_a_forged_address_is_not_sent_to_anybody(site: Site, client: Client) -> None:
    with tampering():
        put(site.signed.edition, slug=FORGED.lower())

        answers = [
            get(client, "/conditions/tampered-page/"),
            get(client, f"/conditions/{FORGED.lower()}/"),
        ]

    for response in answers:
        assert response.status_code in (404, 503)
        assert "Last reviewed" not in response.content.decode()
        assert "Location" not in response


def test_an_address_given_to_another_page_shows_nothing_of_it(site: Site, client: Client) -> None:
    with tampering():
        put(Address.objects.get(slug="tampered-page"), subject=site.untouched.subject)

        response = get(client, "/conditions/tampered-page/")

    assert response.status_code in (404, 503)
    assert "Last reviewed" not in response.content.decode()


@pytest.mark.parametrize("column", ["slug", "name"])
def test_a_forged_row_of_the_lists_is_left_out(column: str, site: Site, client: Client) -> None:
    put(Listing.objects.get(sign_off=site.signed), **{column: FORGED})

    for address in ("/", "/conditions/", "/feed.xml", "/sitemap.xml"):
        shown = everything(get(client, address))
        assert FORGED not in shown
        assert "untouched-page" in shown


@pytest.mark.parametrize("forged", ["listing", "listing and title", "title"])
def test_a_withdrawn_page_names_no_forged_related_page(
    forged: str, site: Site, editor: User, physician: User, client: Client
) -> None:
    naming = cast.make_condition("withdrawn-page", by=editor)
    cast.name_target(naming, "tampered-page", by=editor)
    cast.publish(naming, by=editor, signer=physician)
    workflow.withdraw(naming.subject, by=physician, reason="Old.", notice="out_of_date")
    assert "Tampered page" in get(client, "/conditions/withdrawn-page/").content.decode()

    with tampering():
        if "listing" in forged:
            put(Listing.objects.get(sign_off=site.signed), name=FORGED)
        if "title" in forged:
            put(site.signed.edition, title=FORGED)
        response = get(client, "/conditions/withdrawn-page/")

    assert response.status_code == 410
    assert FORGED not in everything(response)


def test_a_sign_off_copied_to_another_page_publishes_nothing(
    site: Site, editor: User, client: Client
) -> None:
    unsigned = cast.make_condition("never-signed", by=editor)
    submission = cast.submit(unsigned, by=editor)

    with tampering():
        copied = SignOff.objects.get(pk=site.untouched.pk)
        copied.pk, copied.submission_id = submission.edition_id, None
        copied.subject, copied.edition = unsigned.subject, submission.edition
        copied.save(force_insert=True)
        put(Address.objects.get(slug="tampered-page"), slug="never-signed")
        put(Address.objects.get(slug="never-signed"), subject=unsigned.subject)
        response = get(client, "/conditions/never-signed/")

    assert response.status_code in (404, 503)
    assert "Last reviewed" not in response.content.decode()
    assert "Never signed" not in response.content.decode()


def test_a_deleted_sign_off_shows_no_other_words_under_its_date(site: Site, client: Client) -> None:
    with tampering():
        Listing.objects.filter(sign_off=site.signed).delete()
        drop(site.signed)
        response = get(client, "/conditions/tampered-page/")

    # What was signed before is whole, but nobody can know what came after it.
    body = response.content.decode()
    assert response.status_code == 503
    assert "described" not in body
    assert "Alex Example" not in body


# --- A process that remembers


def test_a_page_remembered_from_before_shows_only_signed_words(site: Site, client: Client) -> None:
    before = get(client, "/conditions/tampered-page/").content

    with tampering():
        forge_text(site)
        response = client.get("/conditions/tampered-page/")

    assert response.status_code == 503 or response.content == before
    assert FORGED not in everything(response)


def test_a_page_remembered_from_before_does_not_hide_that_it_is_overdue(
    site: Site, client: Client
) -> None:
    day_due = clock.now() + (site.untouched.next_review_due - clock.today())
    with time_machine.travel(day_due):
        assert "overdue" not in get(client, "/conditions/untouched-page/").content.decode()

    with time_machine.travel(day_due + later(2)):
        honest = client.get("/conditions/untouched-page/").content.decode()
        with tampering():
            put(site.untouched, next_review_due=site.untouched.next_review_due + later(400))
            response = client.get("/conditions/untouched-page/")

    assert "overdue" in honest
    assert response.status_code == 503 or "overdue" in response.content.decode()


# --- What is signed is shown as it was signed


def test_a_new_sanitiser_changes_no_public_byte(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {address: get(client, address) for address in (*PUBLIC, *FOR_MACHINES)}

    def shouting(value: str, **how: Any) -> sanitise.Cleaned:
        return sanitise.Cleaned(value.upper())

    monkeypatch.setattr(sanitise, "read", shouting)

    for address, then in before.items():
        now = get(client, address)
        assert (now.status_code, now.content) == (then.status_code, then.content)
        assert now.headers.items() == then.headers.items()
    draft = Condition(slug="shouting", name="Shouting", stance="treated", summary="<p>loud</p>")
    draft.clean_fields()
    assert draft.summary == "<P>LOUD</P>", "the new sanitiser is not the one in use"


# --- The lists, written afresh


def test_a_page_whose_lists_were_damaged_comes_back_when_they_are_rebuilt(
    site: Site, client: Client
) -> None:
    before = get(client, PAGE).content
    Listing.objects.filter(sign_off=site.signed).update(until_at=site.signed.signed_at)
    assert get(client, PAGE).status_code == 503

    call_command("rebuild_lists", stdout=StringIO())

    assert get(client, PAGE).content == before
    assert next(audit.faults(), None) is None


def test_the_lists_are_not_rebuilt_over_evidence_that_does_not_hold(
    withdrawn: Withdrawal, client: Client
) -> None:
    before = list(Listing.objects.values())
    with tampering():
        drop(withdrawn)
        put(withdrawn.event, kind="draft_saved")
        with pytest.raises(CommandError, match="DOES NOT HOLD"):
            call_command("rebuild_lists", stdout=StringIO())

        assert list(Listing.objects.values()) == before
        assert get(client, PAGE).status_code == 503


def test_evidence_and_lists_changed_together_are_seen_by_the_command_alone(
    withdrawn: Withdrawal, site: Site, client: Client
) -> None:
    """A limit, said in docs/tampering.md."""
    with tampering():
        drop(withdrawn)
        put(withdrawn.event, kind="draft_saved")
        Listing.objects.filter(sign_off=site.signed).update(until_at=None)
        answer = get(client, PAGE)
        named = list(audit.faults())

    assert answer.status_code == 200
    assert f"event {withdrawn.pk}: its columns are not what its text says" in named

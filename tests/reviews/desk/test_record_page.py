"""A page's record in the admin: reaffirm, withdraw, cancel, and what patients see afterwards."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Event, SignOff, Subject, Submission, Withdrawal
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
NOON = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # noon in New York
PAGE = "/conditions/sample-condition/"
Form = dict[str, Any]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(physician: User) -> Client:
    return logged_in(physician)


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> SignOff:
    """The first edition, signed on May 31, 2026."""
    with time_machine.travel(NOON, tick=False):
        return cast.publish(condition, by=editor, signer=physician)


@pytest.fixture
def again(signed: SignOff, condition: Condition, editor: User, physician: User) -> SignOff:
    """A second edition, signed two days later."""
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        cast.edit(condition, by=editor, headline="Second headline.")
        return cast.publish(condition, by=editor, signer=physician)


def address(subject: Subject, verb: str = "change") -> str:
    return f"/admin/reviews/subject/{subject.pk}/{verb}/"


def html_of(client: Client, subject: Subject) -> str:
    return client.get(address(subject)).content.decode()


def page() -> str:
    return Client().get(PAGE).content.decode()


def unchanged() -> tuple[Any, ...]:
    """Everything that a verb would have left behind."""
    return (
        SignOff.objects.count(),
        Withdrawal.objects.count(),
        Event.objects.count(),
        list(Submission.objects.values_list("pk", "status")),
        Client().get(PAGE).content,
    )


def test_the_record_shows_what_is_in_force_and_what_happened(
    client: Client, again: SignOff
) -> None:
    html = html_of(client, again.subject)

    assert "edition 2</a>, full review by Pat Sample, MD on June 2, 2026." in html
    assert "Next review due June 2, 2027." in html
    assert html.index("Edition 2, full review") < html.index("Edition 1, full review")
    assert workflow.ATTESTATIONS[SignOff.Scope.FULL] in html
    told = re.findall(r"<li>[^<]+ [AP]M E[DS]T:\s([^<]+?)\s+<small>\(event", html)
    page = "Sample condition"
    assert told == [
        f"Pat Sample, MD signed edition 2 of {page} (full review).",
        f"Edie Editor submitted edition 2 of {page}.",
        f"Edie Editor saved the draft of {page}.",
        f"Pat Sample, MD signed edition 1 of {page} (full review).",
        f"The address “sample-condition” belongs to {page} from now on.",
        f"Edie Editor submitted edition 1 of {page}.",
        f"Edie Editor saved the draft of {page}.",
    ]


def test_a_page_never_submitted_has_no_record_to_open(client: Client, condition: Condition) -> None:
    assert client.get(address(condition.subject)).status_code == 404
    assert client.post(address(condition.subject, "withdraw"), {}).status_code in (404, 405)
    assert str(condition.subject_id) not in client.get("/admin/reviews/subject/").content.decode()


@pytest.mark.parametrize("who", [None, "reader"])
@pytest.mark.parametrize("verb", ["change", "reaffirm", "withdraw", "cancel"])
def test_people_without_rights_see_and_do_nothing(
    request: pytest.FixtureRequest, signed: SignOff, who: str | None, verb: str
) -> None:
    client = logged_in(request.getfixturevalue(who)) if who else Client()
    before = unchanged()
    form = {"reason": "x", "notice": "safety", "sign_off": signed.pk, "digest": signed.digest}

    answers = [
        client.get(address(signed.subject, verb)),
        client.post(address(signed.subject, verb), {**form, "password": cast.PASSWORD}),
    ]

    assert {answer.status_code for answer in answers} <= ({403, 405} if who else {302, 401})
    assert unchanged() == before


@pytest.mark.parametrize("verb", ["reaffirm", "withdraw", "cancel"])
def test_opening_a_verbs_address_does_nothing(client: Client, again: SignOff, verb: str) -> None:
    form = {"reason": "x", "notice": "safety", "sign_off": again.pk, "digest": again.digest}
    query = urlencode({**form, "password": cast.PASSWORD})
    before = unchanged()

    response = client.get(f"{address(again.subject, verb)}?{query}")

    assert response.status_code == 302
    assert response["Location"] == address(again.subject)
    assert unchanged() == before


# --- Reaffirm


def reaffirm(client: Client, signed: SignOff, **typed: Any) -> HttpResponse:
    typed = {"profile": cast.printed("physician"), "password": cast.PASSWORD, **typed}
    form = {"digest": signed.digest, "next_review_due": "", **typed}
    return client.post(address(signed.subject, "reaffirm"), form)


def test_reaffirming_moves_the_date_and_keeps_the_words(
    client: Client, signed: SignOff, physician: User
) -> None:
    before = page()

    with time_machine.travel(NOON + timedelta(days=40), tick=False):
        assert address(signed.subject, "read") in html_of(client, signed.subject)
        workflow.show_all(signed.edition, to=physician)
        response = reaffirm(client, signed)
        after = page()

    assert response.status_code == 302
    newest = SignOff.objects.latest("pk")
    assert (newest.edition, newest.scope, newest.against) == (signed.edition, "full", signed)
    assert newest.submission is None
    moved = before.replace("2026-05-31", "2026-07-10").replace("May 31, 2026", "July 10, 2026")
    moved = moved.replace("2027-05-31", "2027-07-10").replace("May 31, 2027", "July 10, 2027")
    assert after == moved != before


def test_the_session_gets_a_new_key_at_reaffirming(client: Client, signed: SignOff) -> None:
    overheard = client.cookies["sessionid"].value

    reaffirm(client, signed)

    assert SignOff.objects.count() == 2
    assert client.cookies["sessionid"].value != overheard
    thief = Client()
    thief.cookies["sessionid"] = overheard
    assert thief.get("/admin/")["Location"].startswith("/admin/login/")


def test_a_wrong_password_reaffirms_nothing(client: Client, signed: SignOff) -> None:
    words = page()

    response = reaffirm(client, signed, password="wrong words", next_review_due="2099-01-02")

    html = response.content.decode()
    assert response.status_code == 422
    assert "The password is wrong. Nothing was signed." in html
    assert 'value="2099-01-02"' in html
    assert "wrong words" not in html
    assert SignOff.objects.count() == 1
    assert page() == words


def test_a_form_opened_on_other_words_reaffirms_nothing(
    client: Client, signed: SignOff, again: SignOff
) -> None:
    before = unchanged()

    response = reaffirm(client, signed)

    assert response.status_code == 422
    assert "The words on this form are not those of the edition." in response.content.decode()
    assert unchanged() == before


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("editor", "Only a physician with a reviewer’s profile can do this."),
        ("manager", "Only a physician with a reviewer’s profile can do this."),
        ("root", "Only a physician with a reviewer’s profile can do this."),
    ],
)
def test_only_physicians_reaffirm(
    request: pytest.FixtureRequest, signed: SignOff, who: str, why: str
) -> None:
    client = logged_in(request.getfixturevalue(who))
    before = unchanged()

    assert "You affirm:" not in html_of(client, signed.subject)
    response = reaffirm(client, signed)

    assert response.status_code == 422
    assert why in response.content.decode()
    assert unchanged() == before


def test_authors_do_not_reaffirm_their_own_words(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    cast.edit(condition, by=author_physician, summary="<p>By me.</p>")
    signed = cast.publish(condition, by=editor, signer=physician)
    before = unchanged()

    response = reaffirm(logged_in(author_physician), signed)

    assert response.status_code == 422
    assert "You wrote words of this edition" in response.content.decode()
    assert unchanged() == before


def test_a_bad_field_reaffirms_nothing_and_says_so(
    client: Client, signed: SignOff, case: Case
) -> None:
    for name, value in (
        *[("digest", value) for value in ("", "x", "0" * 64, "a\x00b")],
        *[("password", value) for value in ("", "a\x00b")],
        *[("next_review_due", value) for value in ("x", "2026-02-30", "9999-12-31", "0001-01-01")],
        *[("next_review_due", value) for value in ("2020-01-01", "a\x00b", "9" * 30)],
    ):
        with case(name=name, value=value):
            words = page()

            response = reaffirm(client, signed, **{name: value})

            assert response.status_code == 422
            assert re.search("errorlist|errornote", response.content.decode())
            assert SignOff.objects.count() == 1
            assert page() == words


def test_fields_that_nobody_asked_for_reaffirm_nothing_else(
    client: Client, physician: User, signed: SignOff, again: SignOff
) -> None:
    extra = {
        **{"scope": "correction", "edition": signed.edition_id, "signed_at": "2020-01-01"},
        **{"effective_at": "2099-01-01T00:00", "by": "999", "subject": "x", "rests_on": "1"},
    }
    at = NOON + timedelta(days=40)

    with time_machine.travel(at, tick=False):
        response = reaffirm(client, again, **extra)

    newest = SignOff.objects.latest("pk")
    assert response.status_code == 302
    assert (newest.edition, newest.signer, newest.scope) == (again.edition, physician, "full")
    assert newest.signed_at == newest.effective_at == at


# --- Withdraw


@pytest.mark.parametrize("notice", Withdrawal.Notice.values)
def test_a_withdrawn_page_is_gone_and_shows_the_chosen_notice(
    client: Client, signed: SignOff, notice: str
) -> None:
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        response = client.post(
            address(signed.subject, "withdraw"), {"reason": "An inside reason.", "notice": notice}
        )

    gone = Client().get(PAGE)
    html = gone.content.decode()
    assert response.status_code == 302
    assert gone.status_code == 410
    assert Withdrawal.Notice(notice).label in html
    for other in set(Withdrawal.Notice) - {Withdrawal.Notice(notice)}:
        assert other.label not in html
    assert "June 1, 2026" in html
    assert "An inside reason." not in html
    assert "Tovani does not treat this." not in html
    assert "Last reviewed" not in html


def test_the_page_that_is_gone_helps_and_is_not_kept(client: Client, signed: SignOff) -> None:
    client.post(address(signed.subject, "withdraw"), {"reason": "Wrong.", "notice": "safety"})

    gone = Client().get(PAGE)

    html = gone.content.decode()
    assert 'href="tel:988"' in html
    assert "Do not stop or change treatment because of this page." in html
    assert 'href="/conditions/"' in html
    assert gone["Cache-Control"] == "max-age=60"
    assert gone["X-Robots-Tag"] == "noindex"
    assert len(gone.content) > 512
    assert PAGE not in Client().get("/conditions/").content.decode()


def test_withdrawing_ends_what_is_in_review_and_says_so_on_the_record(
    client: Client, signed: SignOff, condition: Condition, editor: User
) -> None:
    cast.edit(condition, by=editor, headline="Newer.")
    submission = cast.submit(condition, by=editor)

    client.post(
        address(signed.subject, "withdraw"), {"reason": "A <b>reason</b>.", "notice": "safety"}
    )

    submission.refresh_from_db()
    assert submission.status == "ended_by_withdrawal"
    html = html_of(client, signed.subject)
    assert Withdrawal.Notice.SAFETY.label in html
    assert "A &lt;b&gt;reason&lt;/b&gt;." in html


def test_a_withdrawn_page_comes_back_with_a_new_full_review(
    client: Client, signed: SignOff, condition: Condition, editor: User, physician: User
) -> None:
    client.post(address(signed.subject, "withdraw"), {"reason": "Wrong.", "notice": "safety"})

    cast.publish(condition, by=editor, signer=physician)

    assert Client().get(PAGE).status_code == 200
    assert "Last reviewed by" in page()


def test_a_typed_notice_or_a_missing_reason_withdraws_nothing(
    client: Client, signed: SignOff, case: Case
) -> None:
    for name, value in (
        *[("notice", value) for value in ("", "We closed this page.", "SAFETY", "a\x00b")],
        *[("notice", "<script>x</script>"), ("notice", Withdrawal.Notice.SAFETY.label)],
        *[("reason", value) for value in ("", "  ", "\n", "x" * 5001, "a\x00b", "a\u202eb")],
    ):
        with case(name=name, value=value):
            before = unchanged()

            response = client.post(
                address(signed.subject, "withdraw"),
                {"reason": "Typed reason.", "notice": "safety", name: value},
            )

            html = response.content.decode()
            assert response.status_code == 422
            assert re.search("errorlist|errornote", html)
            assert "<script>x" not in html
            assert name != "notice" or "Typed reason." in html
            assert unchanged() == before
            assert Client().get(PAGE).status_code == 200


@pytest.mark.parametrize("who", ["physician", "manager", "root"])
def test_physicians_and_managers_withdraw(
    request: pytest.FixtureRequest, signed: SignOff, who: str
) -> None:
    user = request.getfixturevalue(who)

    logged_in(user).post(
        address(signed.subject, "withdraw"),
        {"reason": "Wrong.", "notice": "safety", "by": "999", "at": "2020-01-01"},
    )

    withdrawal = Withdrawal.objects.get()
    assert withdrawal.by == user
    assert withdrawal.at > signed.signed_at
    assert Client().get(PAGE).status_code == 410


def test_staff_who_only_write_do_not_withdraw(editor: User, signed: SignOff) -> None:
    client, before = logged_in(editor), unchanged()

    html = html_of(client, signed.subject)
    form = {"reason": "Mine.", "notice": "safety"}
    response = client.post(address(signed.subject, "withdraw"), form)

    assert "Withdraw the page" not in html
    assert response.status_code == 422
    assert "Only a physician or a manager can withdraw a page." in response.content.decode()
    assert unchanged() == before


def test_a_page_is_withdrawn_once(client: Client, signed: SignOff) -> None:
    form = {"reason": "Wrong.", "notice": "safety"}
    client.post(address(signed.subject, "withdraw"), form)

    response = client.post(address(signed.subject, "withdraw"), {**form, "notice": "out_of_date"})

    assert response.status_code == 422
    assert "there is nothing to withdraw" in response.content.decode()
    assert Withdrawal.objects.get().notice == "safety"


# --- Cancel


def cancel(client: Client, ended: SignOff, **typed: Any) -> HttpResponse:
    form = {"sign_off": ended.pk, "reason": "A mistake.", **typed}
    return client.post(address(ended.subject, "cancel"), form)


def test_a_live_sign_off_steps_back_to_the_one_before_with_its_date(
    client: Client, signed: SignOff, again: SignOff
) -> None:
    assert "Second headline." in page()

    response = cancel(client, again)

    assert response.status_code == 302
    html = page()
    assert "Second headline." not in html
    assert "Tovani does not treat this." in html
    assert 'datetime="2026-05-31"' in html
    assert Withdrawal.objects.get().sign_off == again
    assert "<strong>Cancelled on" in html_of(client, again.subject)


def test_a_waiting_sign_off_never_takes_effect(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    ahead = clock.now() + timedelta(days=3)
    waiting = cast.publish(condition, by=editor, signer=physician, effective_at=ahead)
    assert "Waiting: edition 1 takes effect on" in html_of(client, waiting.subject)

    assert cancel(client, waiting).status_code == 302

    with time_machine.travel(ahead + timedelta(days=1), tick=False):
        assert Client().get(PAGE).status_code == 404


def test_the_only_sign_off_is_withdrawn_and_not_cancelled(client: Client, signed: SignOff) -> None:
    before = unchanged()

    html = html_of(client, signed.subject)
    response = cancel(client, signed)

    assert "Cancel this sign-off" not in html
    assert response.status_code == 422
    assert "No signed edition stands before it. Withdraw the page" in response.content.decode()
    assert unchanged() == before


def test_a_sign_off_that_is_past_is_not_cancelled(
    client: Client, signed: SignOff, again: SignOff
) -> None:
    before = unchanged()

    response = cancel(client, signed)

    assert response.status_code == 422
    assert "Only a sign-off that is in force" in response.content.decode()
    assert unchanged() == before


def test_a_sign_off_is_cancelled_once(client: Client, signed: SignOff, again: SignOff) -> None:
    cancel(client, again)
    before = unchanged()

    response = cancel(client, again)

    assert response.status_code == 422
    assert "This sign-off was cancelled already." in response.content.decode()
    assert unchanged() == before


def test_cancelling_needs_a_reason(
    client: Client, signed: SignOff, again: SignOff, case: Case
) -> None:
    for reason in ("", "   ", "x" * 5001, "a\x00b", "a\u202eb"):
        with case(reason=reason):
            before = unchanged()

            response = cancel(client, again, reason=reason)

            assert response.status_code == 422
            assert re.search("errorlist|errornote", response.content.decode())
            assert unchanged() == before


def test_a_sign_off_that_is_not_this_pages_is_not_cancelled(
    client: Client, signed: SignOff, again: SignOff, editor: User, physician: User, case: Case
) -> None:
    for value in ("", "x", "0", "-1", "9" * 30, "1.5", "a\x00b", "{other}"):
        with case(value=value):
            other = cast.make_condition("other", by=editor)
            cast.publish(other, by=editor, signer=physician)
            cast.edit(other, by=editor, headline="Changed.")
            theirs = cast.publish(other, by=editor, signer=physician)
            before = unchanged()

            response = cancel(client, again, sign_off=value.format(other=theirs.pk))

            assert response.status_code in (404, 405, 422)
            assert unchanged() == before


def test_a_damaged_cancel_form_says_so(client: Client, signed: SignOff, again: SignOff) -> None:
    response = cancel(client, again, sign_off="x", reason="Typed reason.")

    html = response.content.decode()
    assert response.status_code == 422
    assert "This form is damaged. Open the page again." in html


def test_staff_who_only_write_do_not_cancel(editor: User, signed: SignOff, again: SignOff) -> None:
    client, before = logged_in(editor), unchanged()

    response = cancel(client, again)

    assert "Cancel this sign-off" not in html_of(client, again.subject)
    assert response.status_code == 422
    assert "Only a physician or a manager can cancel a sign-off." in response.content.decode()
    assert unchanged() == before


# --- Bytes that are no text


@pytest.mark.both_engines
def test_bytes_that_are_no_text_are_refused(
    client: Client, signed: SignOff, again: SignOff, case: Case
) -> None:
    for raw in (b"\xed\xa0\x80", b"%ED%A0%80", b"%FF", b"\x00"):
        for verb, name in (
            *[("reaffirm", name) for name in ("digest", "next_review_due", "password")],
            *[("withdraw", name) for name in ("reason", "notice")],
            *[("cancel", name) for name in ("reason", "sign_off")],
        ):
            with case(raw=raw, verb=verb, name=name):
                form = {
                    "digest": again.digest,
                    "reason": "x",
                    "notice": "safety",
                    "sign_off": again.pk,
                }
                form |= {"password": cast.PASSWORD}
                form.pop(name, None)
                body = urlencode(form).encode() + b"&" + name.encode() + b"=" + raw
                made = SignOff.objects.count(), Withdrawal.objects.count(), page()

                response = client.post(
                    address(again.subject, verb), body, "application/x-www-form-urlencoded"
                )

                assert response.status_code == 422
                assert (SignOff.objects.count(), Withdrawal.objects.count(), page()) == made


def test_the_list_of_records_survives_any_query(
    client: Client, signed: SignOff, case: Case
) -> None:
    for query in ("q=%00", "p=999", "p=x", "o=9", "kind=x", "e=1"):
        with case(query=query):
            assert client.get(f"/admin/reviews/subject/?{query}").status_code in (200, 302, 400)

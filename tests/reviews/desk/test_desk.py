"""The review desk: what a physician sees of a submission, and what the page's forms do."""

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
from reviews.models import Event, License, Reviewer, SignOff, Submission
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
NOON = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # noon in New York
NOINDEX = b'<meta name="robots" content="noindex">'
Form = dict[str, Any]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(physician: User) -> Client:
    return logged_in(physician)


@pytest.fixture
def submission(condition: Condition, editor: User) -> Submission:
    return cast.submit(condition, by=editor, note="Look at <b>this</b>.", public_note="New page.")


def address(submission: Submission, verb: str = "change") -> str:
    return f"/admin/reviews/submission/{submission.pk}/{verb}/"


def html_of(client: Client, submission: Submission) -> str:
    return client.get(address(submission)).content.decode()


def sign_form(submission: Submission, **typed: Any) -> Form:
    """What the browser sends for the sign form opened just now, below a page that was all read."""
    for reviewer in Reviewer.objects.select_related("user"):
        workflow.show_all(submission.edition, to=reviewer.user)
    before = workflow.in_force(submission.subject, clock.now())
    return {
        "digest": submission.edition.digest,
        "profile": cast.printed("physician"),
        "against": before.pk if before else "",
        "scope": "full",
        "effective_at": "",
        "next_review_due": "",
        "password": cast.PASSWORD,
        **typed,
    }


def is_open(submission: Submission) -> bool:
    """Whether nothing at all has come of a submission."""
    return (
        Submission.objects.get(pk=submission.pk).status == "open"
        and not SignOff.objects.filter(submission=submission).exists()
    )


def hidden(html: str, name: str) -> str:
    (tag,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', html)
    return (re.findall(r'value="([^"]*)"', tag) or [""])[0]


# --- What the page shows


def test_a_first_edition_is_new_in_every_word(client: Client, submission: Submission) -> None:
    html = html_of(client, submission)

    assert "Nothing of this page is in force: every word is new." in html
    assert "Submitted by Edie Editor" in html
    assert "Words by Edie Editor." in html
    assert "Look at &lt;b&gt;this&lt;/b&gt;." in html
    assert "New page." in html
    assert hidden(html, "digest") == submission.edition.digest
    assert hidden(html, "against") == ""


def test_the_words_that_changed_are_marked_and_no_others(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is something quite else.</p>")

    html = html_of(client, cast.submit(condition, by=editor))

    assert "Against edition 1, in force since" in html
    assert hidden(html, "against") == str(signed.pk)
    added = re.findall(r"<ins>.*?</span>(.*?)</ins>", html, re.DOTALL)
    assert [words.strip() for words in added] == ["quite"]
    assert "<del>" not in html
    assert html.count('class="diff-what"') == 1
    folded = "".join(re.findall(r"<details.*?</details>", html, re.DOTALL))
    assert "One point." in folded
    assert "quite" not in folded


def test_the_attestations_stand_there_word_for_word(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is something new.</p>")

    html = html_of(client, cast.submit(condition, by=editor))

    for sentence in workflow.ATTESTATIONS.values():
        assert f"“{sentence}”" in html
    assert workflow.DISCLOSURE not in html
    assert 'value="correction"' in html


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"headline": "Another headline."}, "needs a review of the whole page"),
        ({"stance": "treated"}, "needs a review of the whole page"),
    ],
)
def test_why_it_cannot_be_a_correction_is_said(
    client: Client,
    condition: Condition,
    editor: User,
    physician: User,
    changed: Form,
    sentence: str,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, **changed)
    submission = cast.submit(condition, by=editor)

    html = html_of(client, submission)
    response = client.post(address(submission, "sign"), sign_form(submission, scope="correction"))

    assert sentence in html
    assert 'value="correction"' not in html
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert is_open(submission)


def test_a_first_edition_offers_no_correction(client: Client, submission: Submission) -> None:
    html = html_of(client, submission)

    assert "Nothing is in force that this could correct: review the whole page." in html
    assert 'value="correction"' not in html


WHY_NOT = {
    "editor": "Only a physician with a reviewer’s profile can do this. Ask a manager for one.",
    "manager": "Only a physician with a reviewer’s profile can do this. Ask a manager for one.",
    "root": "Only a physician with a reviewer’s profile can do this. Ask a manager for one.",
    "author_physician": "You wrote words of this edition, so another physician must sign it.",
    "lapsed": "None of your licenses is valid today. Ask a manager to bring one up to date.",
}


@pytest.mark.parametrize("who", WHY_NOT)
def test_who_may_not_sign_reads_why_and_finds_no_button(
    request: pytest.FixtureRequest, condition: Condition, editor: User, who: str
) -> None:
    user = request.getfixturevalue("second_physician" if who == "lapsed" else who)
    if who == "lapsed":
        License.objects.filter(reviewer__user=user).update(expires_on="2020-01-01")
    if who == "author_physician":
        cast.edit(condition, by=user, summary="<p>By me.</p>")
    submission = cast.submit(condition, by=editor)
    client = logged_in(user)

    html = html_of(client, submission)
    response = client.post(address(submission, "sign"), sign_form(submission))

    assert WHY_NOT[who] in html
    assert "Sign these words" not in html
    assert response.status_code == 422
    assert WHY_NOT[who] in response.content.decode()
    assert is_open(submission)


def test_an_author_who_may_sign_reads_the_disclosure_first(
    settings: Any, condition: Condition, author_physician: User
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    cast.edit(condition, by=author_physician, summary="<p>By me.</p>")
    submission = cast.submit(condition, by=author_physician)
    client, mine = logged_in(author_physician), cast.printed(author_physician)

    assert workflow.DISCLOSURE in html_of(client, submission)
    assert (
        client.post(address(submission, "sign"), sign_form(submission, profile=mine)).status_code
        == 302
    )

    signed = SignOff.objects.get(submission=submission)
    assert signed.disclosed
    assert signed.attestation.endswith(workflow.DISCLOSURE)
    page = Client().get("/conditions/sample-condition/").content.decode()
    assert "Written and reviewed by the same physician." in page


@pytest.mark.parametrize("who", [None, "reader"])
@pytest.mark.parametrize("verb", ["change", "preview", "sign", "request-changes", "take-back"])
def test_people_without_rights_see_and_do_nothing(
    request: pytest.FixtureRequest, submission: Submission, who: str | None, verb: str
) -> None:
    client = logged_in(request.getfixturevalue(who)) if who else Client()
    form = {**sign_form(submission), "reason": "x"}

    answers = [client.get(address(submission, verb)), client.post(address(submission, verb), form)]

    for answer in answers:
        assert answer.status_code in ((403,) if who else (302, 401))
        assert "One point." not in answer.content.decode()
    assert client.get("/admin/reviews/submission/").status_code == (403 if who else 302)
    assert is_open(submission)


@pytest.mark.parametrize("verb", ["sign", "request-changes", "take-back"])
@pytest.mark.parametrize("who", ["physician", "editor", "root"])
def test_opening_a_verbs_address_does_nothing(
    request: pytest.FixtureRequest, submission: Submission, verb: str, who: str
) -> None:
    query = urlencode({**sign_form(submission), "reason": "x"})

    response = logged_in(request.getfixturevalue(who)).get(f"{address(submission, verb)}?{query}")

    assert response.status_code == 302
    assert response["Location"] == address(submission)
    assert is_open(submission)


# --- The preview


def test_the_preview_is_byte_for_byte_the_page_that_signing_makes_public(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    with time_machine.travel(NOON, tick=False):
        naming = cast.make_condition("naming-this", by=editor)
        cast.name_target(naming, "sample-condition", by=editor)
        named = cast.make_condition("named-here", by=editor)
        for page in (naming, named):
            cast.publish(page, by=editor, signer=physician)
        cast.name_target(condition, "named-here", by=editor)
        submission = cast.submit(condition, by=editor)
        preview = client.get(address(submission, "preview"))
        client.post(address(submission, "sign"), sign_form(submission))
        public = Client().get("/conditions/sample-condition/")

    assert public.status_code == 200
    # What speaks to machines stands on the public page alone; no preview may be indexed.
    head, times = re.subn(rb'<link rel="canonical".*</script>', NOINDEX, public.content, flags=re.S)
    assert times == 1
    assert preview.content == head
    html = public.content.decode()
    assert "Last reviewed by Pat Sample, MD on" in html
    related = html[html.index("Related conditions") :]
    assert related.index("Named here") < related.index("Naming this")


def test_the_preview_shows_the_frozen_words_and_not_the_draft(
    client: Client, condition: Condition, editor: User, submission: Submission
) -> None:
    cast.edit(condition, by=editor, headline="A later headline.")

    html = client.get(address(submission, "preview")).content.decode()

    assert "Tovani does not treat this." in html
    assert "A later headline." not in html


def test_the_preview_bears_no_name_of_who_could_not_sign(
    editor: User, submission: Submission
) -> None:
    html = logged_in(editor).get(address(submission, "preview")).content.decode()

    assert "Not signed" in html
    assert "Last reviewed" not in html


# --- Signing


def test_signing_makes_the_words_public_under_the_physicians_name(
    client: Client, physician: User, submission: Submission
) -> None:
    with time_machine.travel(NOON, tick=False):
        assert Client().get("/conditions/sample-condition/").status_code == 404
        response = client.post(address(submission, "sign"), sign_form(submission), follow=True)
        page = Client().get("/conditions/sample-condition/").content.decode()

    assert response.redirect_chain == [(address(submission, "signed"), 302)]
    assert "Patients now read these words" in response.content.decode()
    signed = SignOff.objects.get()
    assert (signed.signer, signed.scope, signed.submission) == (physician, "full", submission)
    assert signed.attestation == workflow.ATTESTATIONS[SignOff.Scope.FULL]
    assert 'Pat Sample, MD on <time datetime="2026-05-31">May 31, 2026</time>' in page


def test_a_correction_keeps_the_date(
    client: Client, condition: Condition, editor: User, second_physician: User
) -> None:
    with time_machine.travel(NOON, tick=False):
        full = cast.publish(condition, by=editor, signer=second_physician)
    with time_machine.travel(NOON + timedelta(days=33), tick=False):
        cast.edit(condition, by=editor, summary="<p>What helps is something clearer.</p>")
        submission = cast.submit(condition, by=editor)
        client = logged_in(User.objects.get(username="physician"))
        client.post(address(submission, "sign"), sign_form(submission, scope="correction"))
        page = Client().get("/conditions/sample-condition/").content.decode()

    signed = SignOff.objects.get(submission=submission)
    assert (signed.scope, signed.rests_on) == ("correction", full)
    assert 'by Alex Example, DO on <time datetime="2026-05-31">' in page
    assert 'Changed on <time datetime="2026-07-03">' in page


def test_a_signature_can_take_effect_later(client: Client, submission: Submission) -> None:
    with time_machine.travel(NOON, tick=False):
        form = sign_form(submission, effective_at="2026-06-02T08:30")
        response = client.post(address(submission, "sign"), form, follow=True)
        assert Client().get("/conditions/sample-condition/").status_code == 404

    assert "It takes effect on June 2, 2026, 8:30 AM EDT." in response.content.decode()
    assert SignOff.objects.get().effective_at == datetime(2026, 6, 2, 12, 30, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 6, 2, 12, 30, tzinfo=UTC), tick=False):
        assert Client().get("/conditions/sample-condition/").status_code == 200


def test_the_zone_of_a_typed_time_is_named(settings: Any, submission: Submission) -> None:
    for zone, name in (
        ("America/New_York", "Eastern time, New York"),
        ("America/Los_Angeles", "Pacific time, Los Angeles"),
    ):
        settings.CLINIC_TIME_ZONE = zone

        html = html_of(logged_in(User.objects.get(username="physician")), submission)

        assert f"Takes effect ({name})" in html
        assert f"Otherwise a day and hour in {name}." in html


def test_a_typed_time_is_read_in_the_clinics_zone(
    settings: Any, client: Client, submission: Submission
) -> None:
    settings.CLINIC_TIME_ZONE = "America/Los_Angeles"
    with time_machine.travel(NOON, tick=False):
        client.post(
            address(submission, "sign"), sign_form(submission, effective_at="2026-06-02T08:30")
        )

    assert SignOff.objects.get().effective_at == datetime(2026, 6, 2, 15, 30, tzinfo=UTC)


def test_a_typed_time_that_is_none_or_two_is_explained_and_kept(
    client: Client, submission: Submission, case: Case
) -> None:
    for typed, why in (
        ("2027-03-14T02:30", "2:30 AM on March 14, 2027 does not exist in Eastern time, New York"),
        ("2026-11-01T01:30", "1:30 AM on November 1, 2026 comes twice in Eastern time, New York"),
    ):
        with case(typed=typed), time_machine.travel(NOON, tick=False):
            form = sign_form(submission, effective_at=typed)

            html = refused(client.post(address(submission, "sign"), form), submission)

            assert why in html
            assert "Choose a time before" in html
            assert hidden(html, "effective_at") == typed
            # The field that is refused is not folded away.
            assert re.search(r"<details\s+open><summary>Other dates", html)
            assert is_open(submission)


def test_the_next_review_can_be_due_sooner(client: Client, submission: Submission) -> None:
    with time_machine.travel(NOON, tick=False):
        client.post(
            address(submission, "sign"), sign_form(submission, next_review_due="2026-09-01")
        )

    assert str(SignOff.objects.get().next_review_due) == "2026-09-01"


def test_the_session_gets_a_new_key_at_signing(client: Client, submission: Submission) -> None:
    overheard = client.cookies["sessionid"].value

    client.post(address(submission, "sign"), sign_form(submission))

    assert client.cookies["sessionid"].value != overheard
    assert client.get("/admin/").status_code == 200
    thief = Client()
    thief.cookies["sessionid"] = overheard
    assert thief.get("/admin/")["Location"].startswith("/admin/login/")


def test_a_wrong_password_gives_the_form_back_and_signs_nothing(
    client: Client, submission: Submission
) -> None:
    typed = {"effective_at": "2099-01-02T03:04", "next_review_due": "2099-05-06"}
    form = sign_form(submission, password="a wrong password", **typed)

    response = client.post(address(submission, "sign"), form)

    html = response.content.decode()
    assert response.status_code == 422
    assert "The password is wrong. Nothing was signed." in html
    assert hidden(html, "digest") == submission.edition.digest
    assert hidden(html, "effective_at") == typed["effective_at"]
    assert hidden(html, "next_review_due") == typed["next_review_due"]
    assert re.search(r'value="full"[^>]* checked', html)
    assert "a wrong password" not in html
    assert is_open(submission)


def test_a_second_click_signs_nothing_more(client: Client, submission: Submission) -> None:
    form = sign_form(submission)
    client.post(address(submission, "sign"), form)

    response = client.post(address(submission, "sign"), form)

    assert response.status_code == 422
    assert "This submission is no longer open (signed)." in response.content.decode()
    assert SignOff.objects.count() == 1


@pytest.mark.parametrize(
    "extra",
    [
        {"signed_at": "2020-01-01T00:00", "signed_on": "2020-01-01"},
        {"printed_name": "Evil", "credentials": "PhD", "relationship": "Evil"},
        {"status": "open", "edition": "1", "edition_id": "1", "submission": "999"},
        {"signer": "999", "by": "999", "user": "999", "reviewer": "999"},
        {"policy": "disclosed", "disclosed": "on", "rests_on": "1", "attestation": "Evil"},
        {"proof": "x", "at": "2020-01-01", "subject": "x", "number": "7", "text": "{}"},
    ],
    ids=lambda extra: "-".join(extra),
)
def test_fields_that_nobody_asked_for_sign_nothing_else(
    client: Client, physician: User, submission: Submission, extra: Form
) -> None:
    with time_machine.travel(NOON, tick=False):
        response = client.post(address(submission, "sign"), {**extra, **sign_form(submission)})

    assert response.status_code == 302
    signed = SignOff.objects.get()
    assert (signed.signer, signed.printed_name, signed.credentials) == (
        *(physician, "Pat Sample", "MD"),
    )
    assert (signed.signed_at, str(signed.signed_on)) == (NOON, "2026-05-31")
    assert (signed.submission, signed.edition) == (submission, submission.edition)
    assert (signed.policy, signed.disclosed, signed.rests_on) == ("never", False, None)
    assert signed.attestation == workflow.ATTESTATIONS[SignOff.Scope.FULL]
    assert Submission.objects.get().status == "signed"


# --- Stale forms


def refused(response: HttpResponse, submission: Submission) -> str:
    assert response.status_code == 422
    assert not SignOff.objects.filter(submission=submission).exists()
    return response.content.decode()


def test_a_form_opened_before_it_was_taken_back_is_refused(
    client: Client, editor: User, submission: Submission
) -> None:
    form = sign_form(submission)
    workflow.take_back(submission, by=editor)

    html = refused(client.post(address(submission, "sign"), form), submission)

    assert "This submission is no longer open (taken back)." in html


def test_a_form_opened_before_it_was_superseded_is_refused(
    client: Client, editor: User, condition: Condition, submission: Submission
) -> None:
    form = sign_form(submission)
    cast.edit(condition, by=editor, headline="Newer.")
    newer = cast.submit(condition, by=editor)

    html = refused(client.post(address(submission, "sign"), form), submission)

    assert "This submission is no longer open (superseded)." in html
    assert is_open(newer)


def test_a_form_opened_before_what_is_in_force_changed_is_refused(
    client: Client, editor: User, condition: Condition, physician: User, second_physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    submission = cast.submit(condition, by=editor)
    form = sign_form(submission)
    cast.reaffirm(condition.subject, by=second_physician, proof=cast.proof(), digest=signed.digest)

    html = refused(client.post(address(submission, "sign"), form), submission)

    assert "What is in force changed since you opened this form." in html
    assert is_open(submission)


def test_the_form_given_back_still_says_what_was_read_against(
    client: Client, editor: User, condition: Condition, physician: User, second_physician: User
) -> None:
    """Sent again as it is, a stale form stays stale: only opening the page anew shows the rest."""
    signed = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    submission = cast.submit(condition, by=editor)
    form = sign_form(submission)
    cast.reaffirm(condition.subject, by=second_physician, proof=cast.proof(), digest=signed.digest)

    html = client.post(address(submission, "sign"), form).content.decode()

    assert hidden(html, "against") == str(signed.pk)


def test_a_form_with_other_words_is_refused(
    client: Client, submission: Submission, case: Case
) -> None:
    for digest in ("0" * 64, "x", "x" * 100_000, "é"):
        with case(digest=digest):
            form = sign_form(submission, digest=digest)

            html = refused(client.post(address(submission, "sign"), form), submission)

            assert "The words on this form are not those of the edition." in html
            assert is_open(submission)


def test_a_bad_field_signs_nothing_and_says_so(
    client: Client, submission: Submission, case: Case
) -> None:
    for name, value in (
        *[("digest", value) for value in ("", "a\x00b")],
        *[("against", value) for value in ("x", "1.5", "9" * 30, "-1", "1", "a\x00b")],
        *[("scope", value) for value in ("", "both", "FULL", "a\x00b")],
        *[("password", value) for value in ("", "x" * 100_000, "a\x00b", cast.PASSWORD + " ")],
        *[
            ("effective_at", value)
            for value in (
                *("tomorrow", "2026-02-30T10:00", "0001-01-01T00:00", "9999-12-31T23:59"),
                *("2020-01-01T00:00", "99999-01-01T00:00", "2099-03-08T02:30", "a\x00b", "9" * 30),
            )
        ],
        *[
            ("next_review_due", value)
            for value in (
                *("tomorrow", "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31"),
                *("2020-01-01", "99999-01-01", "a\x00b", "9" * 30),
            )
        ],
    ):
        with case(name=name, value=value):
            with time_machine.travel(NOON, tick=False):
                response = client.post(
                    address(submission, "sign"), sign_form(submission, **{name: value})
                )

            html = refused(response, submission)
            assert re.search("errorlist|errornote", html)
            assert is_open(submission)


@pytest.mark.both_engines
def test_bytes_that_are_no_text_are_refused(
    client: Client, submission: Submission, case: Case
) -> None:
    for raw in (b"\xed\xa0\x80", b"%ED%A0%80", b"%FF", b"\x00"):
        for verb, name in (
            *[("sign", field) for field in ("digest", "against", "scope", "password")],
            *[("sign", field) for field in ("effective_at", "next_review_due")],
            ("request-changes", "reason"),
        ):
            with case(raw=raw, verb=verb, name=name):
                rest = {key: value for key, value in sign_form(submission).items() if key != name}
                body = urlencode(rest).encode() + b"&" + name.encode() + b"=" + raw

                response = client.post(
                    address(submission, verb), body, "application/x-www-form-urlencoded"
                )

                assert response.status_code == 422
                assert is_open(submission)


# --- Requesting changes, taking back


def test_a_physician_sends_a_submission_back_with_a_reason(
    client: Client, physician: User, editor: User, submission: Submission
) -> None:
    response = client.post(
        address(submission, "request-changes"), {"reason": "Say <i>more</i>.\r\nPlease."}
    )

    submission.refresh_from_db()
    assert response.status_code == 302
    assert submission.status == "changes_requested"
    assert submission.reason.text == "Say <i>more</i>.\nPlease."
    assert submission.ended_by.said["by"] == physician.pk
    html = html_of(logged_in(editor), submission)
    assert "Say &lt;i&gt;more&lt;/i&gt;." in html
    assert "Sign these words" not in html
    assert not SignOff.objects.exists()


def test_a_reason_is_needed_and_held_to_the_rules_of_text(
    client: Client, submission: Submission, case: Case
) -> None:
    for reason in ("", "   ", "\n\n", "x" * 5001, "a\x00b", "a\u202eb"):
        with case(reason=reason):
            response = client.post(address(submission, "request-changes"), {"reason": reason})

            assert response.status_code == 422
            assert re.search("errorlist|errornote", response.content.decode())
            assert is_open(submission)


@pytest.mark.parametrize("who", ["editor", "manager", "root"])
def test_only_physicians_request_changes(
    request: pytest.FixtureRequest, submission: Submission, who: str
) -> None:
    client = logged_in(request.getfixturevalue(who))

    response = client.post(address(submission, "request-changes"), {"reason": "Mine."})

    assert response.status_code == 422
    assert "Only a physician with a reviewer’s profile can do this." in response.content.decode()
    assert is_open(submission)


def test_an_author_takes_a_submission_back(editor: User, submission: Submission) -> None:
    client = logged_in(editor)
    assert "Take back" in html_of(client, submission)

    response = client.post(address(submission, "take-back"), {}, follow=True)

    submission.refresh_from_db()
    assert submission.status == "taken_back"
    assert "Taken back. What patients read has not changed." in response.content.decode()
    assert Event.objects.latest("seq").kind == "taken_back"


@pytest.mark.parametrize("who", ["second_editor", "physician", "manager", "root"])
def test_only_authors_take_back(
    request: pytest.FixtureRequest, submission: Submission, who: str
) -> None:
    client = logged_in(request.getfixturevalue(who))
    assert "Ends this review" not in html_of(client, submission)

    response = client.post(address(submission, "take-back"), {})

    assert response.status_code == 422
    assert "can take a submission back" in response.content.decode()
    assert is_open(submission)


def test_an_ended_submission_says_why_nothing_happens(
    client: Client, editor: User, submission: Submission, case: Case
) -> None:
    for verb in ("sign", "request-changes", "take-back"):
        with case(verb=verb):
            workflow.take_back(submission, by=editor)
            form = {**sign_form(submission), "reason": "Typed."}
            events = Event.objects.count()

            response = client.post(address(submission, verb), form)

            assert response.status_code == 422
            assert "This submission is no longer open (taken back)." in response.content.decode()
            assert Submission.objects.get().status == "taken_back"
            assert Event.objects.count() == events


# --- Words that are markup, and the list


def test_names_that_look_like_markup_stay_words(
    client: Client, editor: User, physician: User
) -> None:
    name = "<script>alert(1)</script>"
    condition = cast.make_condition("hostile", by=editor, name=name)
    submission = cast.submit(condition, by=editor, note=name, public_note=name)

    for path in (address(submission), "/admin/reviews/submission/"):
        html = client.get(path).content.decode()
        assert name not in html
        assert "&lt;script&gt;alert(1)" in html


def test_the_list_of_submissions_survives_any_query(
    client: Client, submission: Submission, case: Case
) -> None:
    for query in ("status__exact=open", "status__exact=x", "q=%00", "p=999", "p=x", "o=9", "e=1"):
        with case(query=query):
            assert client.get(f"/admin/reviews/submission/?{query}").status_code in (200, 302, 400)


def test_the_list_shows_what_is_in_review(
    client: Client, condition: Condition, editor: User
) -> None:
    with time_machine.travel(NOON, tick=False):
        submission = cast.submit(condition, by=editor)
        html = client.get("/admin/reviews/submission/").content.decode()

    assert "Sample condition" in html
    assert "by Edie Editor, today" in html
    assert address(submission) in html

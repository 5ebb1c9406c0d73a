"""Flag, hold, release and redact, filled in as forms on a page's record by each role."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from conditions.models import Condition
from conditions.page import FLAG_NOTICE
from reviews import workflow
from reviews.models import Event, Overlay, Redaction, SignOff
from tests import cast
from tests.forms import form_to, send
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
PAGE = "/conditions/sample-condition/"
REASON = "A dose\n looks <wrong>."
STAFF = ("editor", "physician", "second_physician", "manager", "root")


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def people(request: pytest.FixtureRequest) -> dict[str, Client]:
    """Everybody on the staff, each with a browser."""
    return {who: logged_in(request.getfixturevalue(who)) for who in STAFF}


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> SignOff:
    """The first edition, in force."""
    return cast.publish(condition, by=editor, signer=physician)


@pytest.fixture
def record(signed: SignOff) -> str:
    return signed.subject.get_absolute_url()


def fill_in(client: Client, record: str, verb: str, **typed: str) -> HttpResponse:
    return send(
        client, record, f"/{verb}/", **{"reason": REASON, "password": cast.PASSWORD, **typed}
    )


def told(response: HttpResponse) -> str:
    """A page's markup, as it is read: a line break is a space."""
    return " ".join(unescape(response.content.decode()).split())


def test_each_member_of_staff_flags_and_holds_by_the_form(
    people: dict[str, Client], record: str, case: Case
) -> None:
    for who, client in people.items():
        for verb, kind, says, status in (
            ("flag", "flag", "Flagged. The page stays, with the notice above it.", 200),
            ("hold", "hold", "Held. Patients read that the page is being checked.", 410),
        ):
            with case(who=who, verb=verb):
                response = fill_in(client, record, verb)

                assert (response.status_code, response["Location"]) == (302, record)
                html = told(client.get(record))
                assert says in html
                overlay = Overlay.objects.get()
                assert (overlay.kind, overlay.by_physician) == (kind, "physician" in who)
                assert overlay.reason.text == REASON
                public = Client().get(PAGE)
                assert public.status_code == status
                assert (FLAG_NOTICE in public.content.decode()) == (verb == "flag")
                assert "looks" not in public.content.decode()


def test_a_wrong_password_lays_nothing_over_and_keeps_the_reason(
    people: dict[str, Client], record: str, signed: SignOff, case: Case
) -> None:
    for who, client in people.items():
        for verb in ("flag", "hold"):
            with case(who=who, verb=verb):
                response = fill_in(client, record, verb, password="a wrong password")

                html = response.content.decode()
                assert response.status_code == 422
                assert "The password is wrong. Nothing was changed." in html
                form = form_to(html, f"/{verb}/")
                assert form is not None
                assert form.fields["reason"] == REASON
                assert form.fields["password"] == ""
                assert "a wrong password" not in html
                # The other form is empty still.
                other = form_to(html, "/hold/" if verb == "flag" else "/flag/")
                assert other is not None
                assert other.fields["reason"] == ""
                assert not Overlay.objects.exists()
                assert Client().get(PAGE).status_code == 200


def test_a_form_without_a_reason_is_refused(
    people: dict[str, Client], record: str, case: Case
) -> None:
    for verb in ("flag", "hold"):
        for reason in ("", "   ", "\n\n", "x" * 5001, "a\u202eb"):
            with case(verb=verb, reason=reason[:9]):
                response = fill_in(people["editor"], record, verb, reason=reason)

                assert response.status_code == 422
                assert "errorlist" in told(response) or "errornote" in told(response)
                assert not Overlay.objects.exists()


def test_who_may_release_finds_the_form_and_who_may_not_reads_why(
    people: dict[str, Client],
    record: str,
    condition: Condition,
    editor: User,
    physician: User,
    case: Case,
) -> None:
    ordinary = "Only a physician or a manager can release a page."
    physicians = "A physician held this page, so a physician must release it."
    for verb, by, refused in (
        ("flag", editor, {"editor": ordinary}),
        ("hold", editor, {"editor": ordinary}),
        ("flag", physician, {"editor": ordinary}),
        ("hold", physician, dict.fromkeys(("editor", "manager", "root"), physicians)),
    ):
        for who, client in people.items():
            with case(verb=verb, by=by, who=who):
                cast.lay_over(verb, condition, by=by)
                html = told(client.get(record))
                assert (form_to(html, "/release/") is None) == (who in refused)
                if why := refused.get(who):
                    assert why in html
                    sent = {"reason": REASON, "password": cast.PASSWORD}
                    answer = client.post(record.replace("/change/", "/release/"), sent)
                    assert answer.status_code == 422
                    assert why in told(answer)
                    assert Overlay.objects.count() == 1
                    continue

                response = fill_in(client, record, "release")

                assert response.status_code == 302
                assert "Released. The page stands as before" in told(client.get(record))
                public = Client().get(PAGE)
                assert public.status_code == 200
                assert FLAG_NOTICE not in public.content.decode()


def test_a_wrong_password_releases_nothing_and_keeps_the_reason(
    people: dict[str, Client], record: str, condition: Condition, editor: User
) -> None:
    cast.lay_over("hold", condition, by=editor)

    response = fill_in(people["manager"], record, "release", password="a wrong password")

    html = response.content.decode()
    assert response.status_code == 422
    form = form_to(html, "/release/")
    assert form is not None
    assert form.fields["reason"] == REASON
    assert "a wrong password" not in html
    assert Client().get(PAGE).status_code == 410


def test_the_record_says_what_lies_over_the_page_and_offers_only_what_helps(
    people: dict[str, Client], record: str, condition: Condition, editor: User
) -> None:
    physician = people["physician"]
    html = told(physician.get(record))
    assert form_to(html, "/flag/")
    assert form_to(html, "/hold/")
    assert form_to(html, "/release/") is None
    assert "nothing to release" not in html

    cast.lay_over("flag", condition, by=editor, reason="Look at the dose.")
    html = told(physician.get(record))
    assert "Flagged on " in html
    assert "by Edie Editor" in html
    assert "Look at the dose." in html
    assert form_to(html, "/flag/") is None
    assert form_to(html, "/hold/")
    assert "flagged already" not in html

    cast.lay_over("hold", condition, by=editor, reason="It is wrong.")
    html = told(physician.get(record))
    assert "Held on " in html
    assert form_to(html, "/hold/") is None
    assert "held already" not in html
    assert form_to(html, "/release/")


def test_a_page_that_is_not_public_has_nothing_to_flag_and_says_so_once(
    people: dict[str, Client], condition: Condition, editor: User
) -> None:
    submission = cast.submit(condition, by=editor)
    html = told(people["editor"].get(submission.subject.get_absolute_url()))

    assert form_to(html, "/flag/") is None
    assert form_to(html, "/hold/") is None
    assert html.count("so there is nothing to") == 1


def test_a_form_sent_by_two_lays_one_over(people: dict[str, Client], record: str) -> None:
    form = form_to(told(people["editor"].get(record)), "/hold/")
    assert form is not None
    fill_in(people["physician"], record, "hold")

    sent = {"reason": "Mine.", "password": cast.PASSWORD}
    response = people["editor"].post(form.action, sent)

    assert response.status_code == 422
    assert "This page is held already." in told(response)
    again = form_to(response.content.decode(), "/hold/")
    assert again is not None
    assert again.fields["reason"] == "Mine."
    assert Overlay.objects.count() == 1


# --- Redact


@pytest.fixture
def replaced(signed: SignOff, condition: Condition, editor: User, physician: User) -> SignOff:
    """The first edition, once a second one took its place."""
    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    cast.publish(condition, by=editor, signer=physician)
    return signed


def test_physicians_and_managers_take_words_out_by_the_form(
    people: dict[str, Client], record: str, replaced: SignOff, case: Case
) -> None:
    past = f"{PAGE}record/1/"
    assert "What helps is something else." in told(Client().get(past))
    for who, client in people.items():
        with case(who=who):
            html = told(client.get(record))
            if who == "editor":
                assert form_to(html, "/redact/") is None
                sent = {"edition": replaced.edition_id, "reason": "x", "password": cast.PASSWORD}
                answer = client.post(record.replace("/change/", "/redact/"), sent)
                assert answer.status_code == 422
                assert "Only a physician or a manager can take" in told(answer)
                assert not Redaction.objects.exists()
                continue

            response = fill_in(client, record, "redact")

            assert response.status_code == 302
            html = told(client.get(record))
            assert "Taken out. Who signed these words, and when, can still be read." in html
            assert "Its words were taken out on " in html
            assert form_to(html, "/redact/") is None
            public = told(Client().get(past))
            assert "What helps is something else." not in public
            assert "The words of edition 1 were taken out on" in public
            assert "Pat Sample, MD" in public
            assert "looks" not in public
            assert "Other words." in told(Client().get(PAGE))


def test_a_wrong_password_takes_nothing_out_and_keeps_what_was_typed(
    people: dict[str, Client], record: str, replaced: SignOff
) -> None:
    response = fill_in(people["manager"], record, "redact", password="a wrong password")

    html = response.content.decode()
    assert response.status_code == 422
    form = form_to(html, "/redact/")
    assert form is not None
    assert (form.fields["reason"], form.fields["edition"]) == (REASON, str(replaced.edition_id))
    assert "a wrong password" not in html
    assert not Redaction.objects.exists()
    assert Event.objects.latest("seq").kind == "proof_failed"


def test_words_in_force_are_not_taken_out_and_it_says_why(
    people: dict[str, Client], record: str, signed: SignOff
) -> None:
    client = people["manager"]
    assert form_to(told(client.get(record)), "/redact/") is None

    sent = {"edition": signed.edition_id, "reason": REASON, "password": cast.PASSWORD}
    response = client.post(record.replace("/change/", "/redact/"), sent)

    assert response.status_code == 422
    assert "These words are in force. Withdraw the page first" in told(response)
    form = form_to(response.content.decode(), "/redact/")
    assert form is not None
    assert form.fields["reason"] == REASON
    assert Client().get(PAGE).status_code == 200


def test_an_edition_of_another_page_is_not_taken_out(
    people: dict[str, Client], record: str, replaced: SignOff, editor: User, physician: User
) -> None:
    other = cast.publish(cast.make_condition("other", by=editor), by=editor, signer=physician)
    workflow.withdraw(other.subject, by=physician, reason="Why.", notice="out_of_date")
    for edition in (str(other.edition_id), "0", "x", "9" * 30, ""):
        sent = {"edition": edition, "reason": REASON, "password": cast.PASSWORD}

        response = people["manager"].post(record.replace("/change/", "/redact/"), sent)

        assert response.status_code == 422, edition
        assert not Redaction.objects.exists()


# --- The list


def test_the_list_says_of_each_page_what_patients_read(
    people: dict[str, Client], editor: User, physician: User, manager: User
) -> None:
    pages = {}
    for slug in ("flagged", "held", "withdrawn", "released", "waiting"):
        page = cast.make_condition(slug, by=editor)
        pages[slug] = cast.submit(page, by=editor)
        if slug != "waiting":
            cast.sign(pages[slug], by=physician)
    for verb, slug in (("flag", "flagged"), ("hold", "held"), ("hold", "released")):
        cast.lay_over(verb, Condition.objects.get(slug=slug), by=editor)
    cast.lay_over("release", Condition.objects.get(slug="released"), by=manager)
    cast.lay_over("hold", Condition.objects.get(slug="withdrawn"), by=editor)
    gone = pages["withdrawn"].subject
    workflow.withdraw(gone, by=manager, reason="Why.", notice="out_of_date")

    rows = told(people["editor"].get("/admin/reviews/subject/")).split("<tr>")

    def row(slug: str) -> str:
        (found,) = (one for one in rows if str(pages[slug].subject_id) in one)
        return found.partition("</tr>")[0]

    assert "public since" in row("flagged")
    assert "; flagged" in row("flagged")
    assert "held since" in row("held")
    assert "public since" not in row("held")
    assert "withdrawn on" in row("withdrawn")
    assert "held" not in row("withdrawn").replace("page", "")
    assert "public since" in row("released")
    assert "held" not in row("released")
    assert "never signed" in row("waiting")

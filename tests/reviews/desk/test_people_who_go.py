"""Ending a reviewer, bringing one back, and being away, filled in as forms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Absence, Departure, RelianceEnd, SignOff
from tests import cast
from tests.forms import send

BACKEND = "django.contrib.auth.backends.ModelBackend"
PAGE = "/conditions/sample-condition/"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def told(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> SignOff:
    return cast.publish(condition, by=editor, signer=physician)


def test_a_reviewer_is_ended_and_brought_back_by_forms(signed: SignOff, manager: User) -> None:
    client, pk = logged_in(manager), signed.reviewer_id
    profile, end = (f"/admin/reviews/reviewer/{pk}/{view}/" for view in ("change", "end"))
    assert "Sample condition" in told(client, end)
    form = {"step": "left", "on": str(clock.today()), "pages": str(signed.subject_id)}

    wrong = client.post(end, {**form, "hold": [str(signed.subject_id)], "password": "wrong"})
    assert wrong.status_code == 422
    assert " checked" in wrong.content.decode()
    for damaged in ({"pages": "x"}, {"hold": ["x"]}, {"on": "never"}):
        answer = client.post(end, {**form, "password": cast.PASSWORD, **damaged})
        assert answer.status_code == 422
    assert not Departure.objects.exists()
    done = client.post(end, {**form, "password": cast.PASSWORD})

    assert (done.status_code, done["Location"]) == (302, profile)
    page = told(client, profile)
    assert "Pages kept: 1; held: 0." in page
    assert "Reviews pages here no longer since" in page
    assert "cannot sign yet" in page
    assert 'name="is_active"' not in page
    assert "reviews no pages here since" in told(client, end)
    back = send(client, profile, "/bring-back/", password=cast.PASSWORD)
    assert back.status_code == 302
    assert "Bring back" not in told(client, profile)
    assert 'name="is_active"' in told(client, profile)


def test_a_physician_says_from_when_to_when_they_are_away(
    physician: User, second_physician: User
) -> None:
    client, mine = logged_in(physician), "/admin/reviews/reviewer/mine/"
    days = [str(clock.today() + timedelta(days=number)) for number in (1, 9)]
    form = {"first_on": days[0], "last_on": days[1], "stand_in": str(second_physician.reviewer.pk)}

    refused = send(client, mine, "/away/", **{**form, "last_on": str(clock.today())})
    assert refused.status_code == 422
    assert "The last day away comes after the first one" in refused.content.decode()
    assert send(client, mine, "/away/", **form).status_code == 302
    assert "<strong>Alex Example, DO</strong> stands in." in told(client, mine)
    assert Absence.objects.get().by == physician
    assert send(client, mine, "/come-back/").status_code == 302
    assert "stands in." not in told(client, mine)


def test_a_physician_ends_reliance_on_their_own_signature_on_the_record(
    signed: SignOff, physician: User, second_physician: User
) -> None:
    record = signed.subject.get_absolute_url()
    assert "End reliance" not in told(logged_in(second_physician), record)
    typed = {"reason": "New data.", "password": cast.PASSWORD}

    client = logged_in(physician)
    done = send(client, record, "/end-reliance/", **typed)

    assert done.status_code == 302
    assert "The page says so, and is due for a full review." in told(client, record)
    assert RelianceEnd.objects.get().reason.text == "New data."
    assert "stands behind this page no longer" not in told(Client(), PAGE)
    assert "no longer stands behind this page since" in told(Client(), PAGE)


def test_the_start_page_tells_a_physician_all_that_is_missing(physician: User) -> None:
    reviewer = physician.reviewer
    reviewer.licenses.update(expires_on=clock.today() - timedelta(days=1))
    type(reviewer).objects.update(first_day=clock.today() + timedelta(days=3))

    start = told(logged_in(physician), "/admin/")

    assert "Your first day here is" in start
    assert "None of your licenses is valid today." in start
    assert len(workflow.missing(type(reviewer).objects.get(), clock.now())) == 2

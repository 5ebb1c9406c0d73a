"""manage.py add_reviewer: whoever has the server makes a physician who can sign at once."""

from __future__ import annotations

import builtins
import re
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit
from reviews.models import Claim, Event, License, Reviewer
from tests import cast

pytestmark = pytest.mark.django_db
NEW = "another horse, another staple"
OPTIONS = {
    "email": "nora@example.com",
    "first_name": "Nora",
    "last_name": "New",
    "printed_name": "Nora New",
    "credentials": "MD",
    "relationship": "A physician of the clinic.",
    "state": "Ohio",
    "number": "7",
    "expires_on": "2099-01-31",
}


def add(username: str = "nora", **options: str) -> str:
    out = StringIO()
    call_command("add_reviewer", username, stdout=out, **options)
    return out.getvalue()


def test_a_new_clinic_signs_its_first_page_on_its_first_day(editor: User) -> None:
    said = add(**OPTIONS)

    (path,) = re.findall(r"http://localhost:8000(/admin/link/\S+)", said)
    assert [message.to for message in mail.outbox if "/admin/link/" in message.body] == [
        ["nora@example.com"]
    ]
    client = Client()
    client.get(path)
    form = path.rsplit("/", 2)[0] + "/set-password/"
    client.post(form, {"new_password1": NEW, "new_password2": NEW})
    user = User.objects.get(username="nora")
    assert user.check_password(NEW)
    condition = cast.make_condition(by=editor)
    signed = cast.publish(condition, by=editor, signer=user, proof=cast.proof(NEW))
    assert (signed.printed_name, signed.license_states) == ("Nora New", "Ohio")
    claims = Event.objects.filter(kind="claim_made").order_by("seq")
    assert [(event.said["by"], event.said["row"]["kind"]) for event in claims][:2] == [
        (None, "group"),
        (None, "profile"),
    ]
    assert list(audit.faults()) == []


def test_it_asks_for_what_no_option_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "MD"

    monkeypatch.setattr(builtins, "input", answer)
    add(**{name: value for name, value in OPTIONS.items() if name != "credentials"})

    assert asked == ["Credentials (MD, DO …): "]
    assert Reviewer.objects.get().credentials == "MD"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"expires_on": "31 January"}, "written like 2027-05-31"),
        ({"email": "nora"}, "valid email address"),
        ({"printed_name": "Last reviewed by Nora New, MD"}, "."),
        ({"credentials": ""}, "Give --credentials"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    change: dict[str, str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(question: str) -> str:
        raise EOFError

    monkeypatch.setattr(builtins, "input", nobody)
    with pytest.raises(CommandError, match=re.escape(why)):
        add(**{**OPTIONS, **change})

    assert not User.objects.exists()
    assert not Event.objects.exists()


def test_for_a_reviewer_it_confirms_whatever_waits_or_was_objected_to(
    condition: Condition, physician: User, manager: User
) -> None:
    before = workflow.standing_of(physician.reviewer)
    License.objects.create(
        reviewer=physician.reviewer, state="Ohio", number="7", expires_on="2099-01-01"
    )
    workflow.record_reviewer(physician.reviewer, by=manager, before=before)
    workflow.object_to(Claim.objects.get(), by=physician)

    said = add("physician")

    assert "Confirmed: 1." in said
    assert "link" not in said
    assert Claim.objects.get().counts(clock.now())
    assert Event.objects.latest("seq").said["by"] is None

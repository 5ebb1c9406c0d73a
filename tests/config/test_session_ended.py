"""A form that is sent after its session ended is kept through the log-in (I7)."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from conditions.models import Condition
from tests import cast
from tests.cast import PASSWORD

LOGIN = "/admin/login/"


class _Hidden(HTMLParser):
    """The hidden fields of a page, by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[str(given["name"])] = given.get("value") or ""


def test_what_was_typed_can_be_sent_after_the_log_in(
    client: Client, condition: Condition, physician: User, editor: User
) -> None:
    submission = cast.submit(condition, by=editor)
    address = reverse("admin:reviews_submission_request_changes", args=[submission.pk])

    refused = client.post(address, {"reason": 'Say "why" <b>plainly</b>.', "password": "secret"})
    asked = _Hidden(refused.content.decode()).fields
    logged_in = client.post(
        LOGIN,
        {
            "username": "physician",
            "password": PASSWORD,
            "next": asked["next"],
            "kept": asked["kept"],
        },
    )
    kept = _Hidden(logged_in.content.decode()).fields
    client.post(address, {"reason": kept["reason"]})

    assert refused.status_code == 401
    assert "secret" not in refused.content.decode()
    submission.refresh_from_db()
    assert submission.status == "changes_requested"
    assert submission.reason is not None
    assert submission.reason.text == 'Say "why" <b>plainly</b>.'


def test_a_wrong_password_keeps_it_still(client: Client, reader: User) -> None:
    kept = json.dumps([["name", "words"]])

    refused = client.post(LOGIN, {"username": "reader", "password": "no", "kept": kept})

    assert _Hidden(refused.content.decode()).fields["kept"] == kept


def test_a_made_up_kept_form_is_left_out(client: Client, reader: User) -> None:
    for kept in ("{", "[1]", '"text"', "[[1]]", "[" * 100_000):
        answer = client.post(
            LOGIN, {"username": "reader", "password": PASSWORD, "kept": kept, "next": "/admin/"}
        )

        assert answer.status_code == 302


def test_it_leads_nowhere_else(client: Client, reader: User) -> None:
    kept = json.dumps([["name", "words"]])

    answer = client.post(
        LOGIN,
        {"username": "reader", "password": PASSWORD, "kept": kept, "next": "https://evil.example/"},
    )

    assert "evil.example" not in answer.content.decode()

"""What a request passes through: for patients no session, cookie or form; a CSP everywhere."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from conditions.models import Condition
from config.middleware import client_address
from reviews import workflow
from reviews.models import Edition
from reviews.reading import memory
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
# The one script that a public page runs.
PRINTING = Path(settings.BASE_DIR, "templates", "includes", "print.js").read_bytes()
PUBLIC_POLICY = {
    "default-src": "'none'",
    "script-src": f"'sha256-{b64encode(sha256(PRINTING).digest()).decode()}'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# Each kind of answer that a patient can get.
PUBLIC = {
    "/": 200,
    "/conditions/": 200,
    "/search/?q=sign": 200,
    "/conditions/signed/": 200,
    "/conditions/old-name/": 301,
    "/conditions/gone/": 410,
    "/conditions/never/": 404,
    "/conditions/draft/": 404,
    "/conditions/broken/": 503,
    "/conditions/signed.json": 200,
    "/conditions/old-name.json": 301,
    "/conditions/gone.json": 410,
    "/conditions/draft.json": 404,
    "/conditions/broken.json": 503,
    "/feed.xml": 200,
    "/sitemap.xml": 200,
    "/robots.txt": 200,
    "/nothing/here/": 404,
    "/conditions": 301,
}


@pytest.fixture
def site(editor: User, physician: User) -> None:
    """A page in every state that a patient can come upon."""
    cast.make_condition("draft", by=editor)
    old = cast.make_condition("old-name", by=editor)
    cast.publish(old, by=editor, signer=physician)
    cast.publish(cast.edit(old, by=editor, slug="signed"), by=editor, signer=physician)
    gone = cast.make_condition("gone", by=editor)
    cast.publish(gone, by=editor, signer=physician)
    workflow.withdraw(gone.subject, by=physician, reason="Wrong.", notice="safety")
    broken = cast.publish(cast.make_condition("broken", by=editor), by=editor, signer=physician)
    tamper(broken.edition)


def tamper(edition: Edition) -> None:
    """Change signed words past the triggers, as the owner of the database could."""
    from reviews.evidence import triggers

    triggers.remove(connection)
    Edition.objects.filter(pk=edition.pk).update(text=edition.text.replace("helps", "harms"))
    triggers.install(connection)


def staff(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def policy(response: HttpResponse) -> dict[str, str]:
    """The content security policy by directive."""
    directives = response["Content-Security-Policy"].split(";")
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in directives)}


def nonce_of(response: HttpResponse) -> str:
    found = re.search(r"'nonce-([^']+)'", policy(response)["script-src"])
    assert found
    return found[1]


def test_a_public_answer_sets_no_cookie_and_has_the_strict_policy(
    site: None, subtests: pytest.Subtests
) -> None:
    for path, status in PUBLIC.items():
        with subtests.test(path=path):
            response = Client().get(path)

            assert response.status_code == status
            assert not response.cookies
            assert "Cookie" not in response.get("Vary", "")
            assert policy(response) == PUBLIC_POLICY
            assert "nonce" not in response["Content-Security-Policy"]
            assert b"nonce" not in response.content
            assert response["X-Frame-Options"] == "DENY"
            assert response["X-Content-Type-Options"] == "nosniff"
            # The address of a search says what was asked: it goes along nowhere.
            referrer = "no-referrer" if path.startswith("/search/") else "same-origin"
            assert response["Referrer-Policy"] == referrer
            assert "camera=()" in response["Permissions-Policy"]


def test_a_public_request_opens_no_session(
    site: None, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff(editor)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the session store was opened")

    monkeypatch.setattr(SessionStore, "__init__", refuse)

    assert {path: client.get(path).status_code for path in PUBLIC} == PUBLIC
    with pytest.raises(AssertionError, match="the session store was opened"):
        client.get("/admin/")


def test_a_public_request_asks_for_no_session_user_or_draft(
    site: None, editor: User, subtests: pytest.Subtests
) -> None:
    for path in PUBLIC:
        with subtests.test(path=path):
            client = staff(editor)
            memory.forget()

            with CaptureQueriesContext(connection) as asked:
                client.get(path)

            sql = " ".join(query["sql"] for query in asked.captured_queries)
            assert "reviews_" in sql or PUBLIC[path] in (301, 404) or path == "/robots.txt"
            for table in ("django_session", "auth_", "conditions_", "reversion_", "axes_"):
                assert f'"{table}' not in sql


def test_staff_read_the_very_bytes_that_patients_read(
    site: None, editor: User, subtests: pytest.Subtests
) -> None:
    for path in PUBLIC:
        with subtests.test(path=path):
            patient, member = Client().get(path), staff(editor).get(path)

            assert member.content == patient.content
            assert dict(member.items()) == dict(patient.items())


def test_every_address_outside_the_admin_refuses_to_be_written_to(site: None) -> None:
    public = [str(entry.pattern) for entry in get_resolver().url_patterns]
    assert public.pop(0) == "admin/"
    (included,) = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == ""]
    paths = ["/" + str(entry.pattern) for entry in included.url_patterns]
    assert public == [""]
    assert "/conditions/" in paths

    for method in ("post", "put", "patch", "delete"):
        for path in [*paths, *PUBLIC]:
            send: Callable[[str], HttpResponse] = getattr(Client(), method)
            response = send(path.replace("<slug:slug>", "signed").replace("<int:number>", "1"))
            # What no view answers is not there for a POST either.
            expected = {"/nothing/here/": 404, "/conditions": 301}.get(path, 405)
            assert (method, path, response.status_code) == (method, path, expected)


DRAFT_FORM = "/admin/conditions/condition/add/"


def test_each_answer_to_staff_has_a_nonce_of_its_own(editor: User) -> None:
    client = staff(editor)

    first, second = client.get(DRAFT_FORM), client.get(DRAFT_FORM)

    assert nonce_of(first) != nonce_of(second)
    assert len(nonce_of(first)) >= 16


def test_the_policy_for_staff_lets_no_foreign_or_unmarked_script_run(editor: User) -> None:
    response = staff(editor).get(DRAFT_FORM)

    allowed = policy(response)
    assert allowed["script-src"] == f"'self' 'nonce-{nonce_of(response)}'"
    assert allowed["default-src"] == allowed["frame-ancestors"] == "'none'"
    assert allowed["base-uri"] == "'none'"
    assert "unsafe-eval" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("form", ["add", "change"])
def test_the_draft_forms_import_map_bears_the_nonce(
    editor: User, condition: Condition, form: str
) -> None:
    page = "add/" if form == "add" else f"{condition.pk}/change/"

    response = staff(editor).get(f"/admin/conditions/condition/{page}")

    html = response.content.decode()
    (importmap,) = re.findall(r'<script[^>]*type="importmap"[^>]*>', html)
    assert f'nonce="{nonce_of(response)}"' in importmap
    inline = [tag for tag in re.findall(r"<script[^>]*>", html) if " src=" not in tag]
    assert not [tag for tag in inline if "nonce=" not in tag and "json" not in tag]


def test_a_refused_draft_comes_back_with_a_working_import_map(
    editor: User, condition: Condition
) -> None:
    response = staff(editor).post(
        f"/admin/conditions/condition/{condition.pk}/change/", {"name": ""}
    )

    (importmap,) = re.findall(r'<script[^>]*type="importmap"[^>]*>', response.content.decode())
    assert f'nonce="{nonce_of(response)}"' in importmap


def test_the_preview_can_be_framed_by_the_desk_alone_and_runs_nothing(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)

    response = staff(physician).get(f"/admin/reviews/submission/{submission.pk}/preview/")

    # The desk's script may look in; nothing in there runs, sends a form or opens anything.
    sandbox = "allow-same-origin"
    own = {"frame-ancestors": "'self'", "sandbox": sandbox, "script-src": "'none'"}
    assert policy(response) == {**PUBLIC_POLICY, **own}
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert b"<script" not in response.content
    assert b"<form" not in response.content


def test_the_desk_itself_cannot_be_framed(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)

    response = staff(physician).get(f"/admin/reviews/submission/{submission.pk}/change/")

    assert policy(response)["frame-ancestors"] == "'none'"
    assert policy(response)["frame-src"] == "'self'"
    assert response["X-Frame-Options"] == "DENY"
    assert "no-store" in response["Cache-Control"]


def test_cookies_of_staff_are_kept_to_the_admin(editor: User) -> None:
    client = Client()
    client.get("/admin/login/")
    client.post("/admin/login/", {"username": "editor", "password": cast.PASSWORD})

    session, token = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert session["path"] == token["path"] == "/admin/"
    assert session["httponly"]
    assert token["httponly"]
    assert (session["samesite"], token["samesite"]) == ("Lax", "Strict")
    assert session["max-age"] == 8 * 60 * 60


def test_only_what_the_one_trusted_proxy_appended_is_believed(settings: Any, case: Case) -> None:
    for proxies, forwarded, address in (
        (0, None, "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (0, "198.51.100.7, 203.0.113.9", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7,203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9, 198.51.100.7, 2001:db8::1", "2001:db8::1"),
    ):
        with case(proxies=proxies, forwarded=forwarded, address=address):
            settings.TRUSTED_PROXIES = proxies
            request = cast.request("192.0.2.1")
            if forwarded is not None:
                request.META["HTTP_X_FORWARDED_FOR"] = forwarded

            assert client_address(request) == address


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_forwarding_header_does_not_escape_the_lock(
    settings: Any, editor: User, proxies: int
) -> None:
    settings.TRUSTED_PROXIES = proxies
    client = Client()

    for number in range(5):
        forged = f"198.51.100.{number}, 203.0.113.9"
        data = {"username": "editor", "password": "wrong"}
        client.post("/admin/login/", data, headers={"X-Forwarded-For": forged})
    response = client.post(
        "/admin/login/",
        {"username": "editor", "password": cast.PASSWORD},
        headers={"X-Forwarded-For": "198.51.100.77, 203.0.113.9"},
    )

    assert response.status_code == 429
    assert "sessionid" not in client.cookies


def test_an_absolute_address_does_not_follow_a_forged_host(site: None) -> None:
    response = Client().get("/conditions/signed/", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert b"evil.example" not in response.content

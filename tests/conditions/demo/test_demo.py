"""manage.py demo: five pages in five states, made by the verbs, for fictional people."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import call_command
from django.core.management.commands import runserver
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.utils import timezone

from conditions.cleaning.sanitise import visible_text
from conditions.demo import PASSWORDS, post
from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Event, Reviewer, SignOff, Submission
from tests import cast

SLUGS = {
    "signed": "borderline-personality-disorder",
    "in review": "treatment-resistant-depression",
    "changes requested": "bipolar-2-depression",
    "overdue": "complex-ptsd",
    "draft": "emotional-dysregulation",
}


def demonstrate() -> str:
    """What `manage.py demo --no-serve` prints."""
    out = StringIO()
    call_command("demo", "--no-serve", stdout=out)
    return out.getvalue()


def everything() -> dict[str, list[str]]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
        return found


@pytest.fixture
def debug(db: None, settings: Any) -> None:
    """The setting under which alone a demonstration runs."""
    settings.DEBUG = True


@pytest.fixture(scope="module")
def printed(standing: Callable[[], AbstractContextManager[None]]) -> str:
    with standing(), override_settings(DEBUG=True):
        return demonstrate()


@pytest.fixture
def shown(debug: None, printed: str) -> str:
    """What the first run prints: it ran once, and stands as new in each test."""
    return printed


def page(client: Client, state: str) -> Any:
    return client.get(f"/conditions/{SLUGS[state]}/")


def state_of(state: str) -> tuple[bool, str]:
    """Whether a page is in force, and its newest submission's status."""
    subject = Condition.objects.get(slug=SLUGS[state]).subject
    newest = subject.submissions.first()
    return workflow.in_force(subject, clock.now()) is not None, newest.status if newest else ""


def test_the_demonstration_has_five_pages_in_five_states(shown: str) -> None:
    assert {condition.slug for condition in Condition.objects.all()} == set(SLUGS.values())
    assert state_of("signed") == (True, "signed")
    assert state_of("in review") == (True, "open")
    assert state_of("changes requested") == (False, "changes_requested")
    assert state_of("overdue") == (True, "signed")
    assert state_of("draft") == (False, "")
    # The signed page has a past: a first edition, a correction, and a second full review.
    assert Submission.objects.count() == 7


def test_patients_read_the_signed_pages_and_no_others(shown: str, client: Client) -> None:
    for state, status in [
        ("signed", 200),
        ("in review", 200),
        ("overdue", 200),
        ("changes requested", 404),
        ("draft", 404),
    ]:
        assert page(client, state).status_code == status, state
    listed = client.get("/conditions/").content.decode()
    assert {slug for slug in SLUGS.values() if slug in listed} == {
        SLUGS[state] for state in ("signed", "in review", "overdue")
    }


def test_only_the_overdue_page_is_overdue(shown: str, client: Client) -> None:
    late = "has not been done yet"

    assert late in page(client, "overdue").content.decode()
    assert late not in page(client, "signed").content.decode()
    assert late not in page(client, "in review").content.decode()


def test_the_page_in_review_shows_the_words_that_were_signed(shown: str, client: Client) -> None:
    condition = Condition.objects.get(slug=SLUGS["in review"])
    signed, submitted = condition.subject.editions.order_by("number")
    before, after = (
        set(visible_text(edition.document["next_steps"]).splitlines())
        for edition in (signed, submitted)
    )
    public = html.unescape(page(client, "in review").content.decode())

    (new,) = after - before
    assert new in condition.next_steps
    assert new not in public
    assert all(line in public for line in before)
    assert (signed.number, submitted.number) == (1, 2)


def test_the_changes_are_requested_with_a_reason(shown: str) -> None:
    submission = Submission.objects.get(status="changes_requested")

    assert submission.reason is not None
    assert submission.reason.text
    assert submission.ended_by is not None


def test_the_record_of_the_demonstration_holds(shown: str) -> None:
    out = StringIO()

    call_command("verify_record", stdout=out)

    assert re.match(r"The record holds: \d\d+ events\.", out.getvalue())


def test_the_clock_goes_right_again_after_the_demonstration(shown: str) -> None:
    instants = list(SignOff.objects.order_by("pk").values_list("signed_at", flat=True))

    assert abs((clock.now() - timezone.now()).total_seconds()) < 60
    assert instants == sorted(instants)
    ago = [(clock.now() - instant).days for instant in instants]
    assert ago == [400, 400, 250, 0, 0]


def test_the_signed_page_has_a_record_and_its_physicians_a_page(shown: str, client: Client) -> None:
    record = client.get("/conditions/borderline-personality-disorder/record/").content.decode()

    assert record.count("No longer current: shown from") == 2
    assert "Said what to know about medication." in record
    for slug in ("physician", "second-physician"):
        page = client.get(f"/reviewers/{slug}/").content.decode()
        assert "exists only in this demonstration" in page


def test_nobody_signed_their_own_words(shown: str) -> None:
    for sign_off in SignOff.objects.all():
        assert not sign_off.disclosed
        assert sign_off.signer not in sign_off.edition.authors.all()


def test_the_people_say_that_they_are_fictional(shown: str, client: Client) -> None:
    assert {user.username for user in User.objects.all()} == {
        "editor",
        "physician",
        "second-physician",
        "manager",
        "second-manager",
    }
    assert all("fictional" in user.get_full_name() for user in User.objects.all())
    assert not User.objects.filter(is_superuser=True).exists()
    for reviewer in Reviewer.objects.all():
        assert "fictional" in reviewer.printed_name
        assert "made-up" in reviewer.relationship
        reviewer.full_clean()
    signed = page(client, "signed").content.decode()
    assert re.search(r"Last reviewed by Pat Sample \(fictional\), MD", signed)


def test_the_run_prints_its_progress_addresses_and_log_ins(shown: str) -> None:
    for slug in SLUGS.values():
        assert re.search(rf"^  {slug}: \S", shown, re.MULTILINE)
    assert "Database" in shown
    assert "http://localhost:8000/admin/" in shown
    assert f"http://localhost:8000/conditions/{SLUGS['signed']}/" in shown
    assert "fictional" in shown


def test_the_run_says_in_which_folder_its_letters_stand(
    shown: str, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path / "letters")

    assert f"none is sent; it stands here, and in {tmp_path / 'letters'}" in demonstrate()


def test_letters_go_out_while_it_serves(shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    editor, manager = (User.objects.get(username=name) for name in ("editor", "manager"))
    workflow.send_link(editor, by=manager)
    said: list[str] = []
    turns = iter([False, False, True])
    monkeypatch.setattr(post.connection, "close", lambda: None)  # it is this test's own

    post.rounds(SimpleNamespace(wait=lambda _: next(turns)), said.append)  # type: ignore[arg-type]

    assert [letter.to for letter in mail.outbox] == [[editor.email]]
    assert said == []


def test_a_round_that_fails_is_said_and_the_next_one_sends(
    shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, said, run = iter([False, False, True]), list[str](), list[str]()

    def busy_once() -> None:
        run.append("")
        if len(run) == 1:
            raise OperationalError("database is locked")

    monkeypatch.setattr(post.outbox, "run", busy_once)
    monkeypatch.setattr(post.connection, "close", lambda: None)

    post.rounds(SimpleNamespace(wait=lambda _: next(turns)), said.append)  # type: ignore[arg-type]

    assert said == ["Letters wait for the next round: database is locked"]
    assert len(run) == 2


def test_the_server_has_its_letters_sent_beside_it_until_it_ends(
    shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside: list[threading.Thread] = []

    def serve(*args: Any, **options: Any) -> None:
        beside.extend(one for one in threading.enumerate() if one.name == "run_due")

    monkeypatch.setattr(post, "EVERY", 3600)
    monkeypatch.setattr(runserver.Command, "handle", serve)

    call_command("demo", stdout=StringIO())

    (thread,) = beside
    assert thread.daemon
    thread.join(20)
    assert not thread.is_alive()


def test_the_printed_passwords_work_at_the_log_in(shown: str) -> None:
    for username in PASSWORDS:
        client = Client()
        password = re.search(rf"^  {username} +(\S+)$", shown, re.MULTILINE)
        assert password

        wrong = client.post("/admin/login/", {"username": username, "password": "wrong"})
        right = client.post(
            "/admin/login/?next=/admin/", {"username": username, "password": password[1]}
        )

        assert wrong.status_code == 200
        assert (right.status_code, right["Location"]) == (302, "/admin/")
        assert client.get("/admin/").status_code == 200


def test_a_second_run_changes_nothing(shown: str) -> None:
    before = everything()

    again = demonstrate()

    assert everything() == before
    assert len(before["reviews_event"]) == Event.objects.count() > 10
    for slug in SLUGS.values():
        assert re.search(rf"{slug}: stands already", again)


def test_a_second_run_overwrites_no_draft(shown: str) -> None:
    editor = User.objects.get(username="editor")
    for slug in SLUGS.values():
        cast.edit(Condition.objects.get(slug=slug), by=editor, headline=f"Edited {slug}.")
    before = everything()

    demonstrate()

    assert everything() == before
    for condition in Condition.objects.all():
        assert condition.headline == f"Edited {condition.slug}."


def test_a_second_run_gives_nobody_their_first_password_back(shown: str) -> None:
    editor = User.objects.get(username="editor")
    editor.set_password("one of my own, longer")
    editor.is_active = False
    editor.save()
    editor.groups.clear()

    demonstrate()

    editor.refresh_from_db()
    assert editor.check_password("one of my own, longer")
    assert not editor.is_active
    assert not editor.groups.exists()


def test_a_run_makes_up_for_a_page_that_was_deleted(shown: str, client: Client) -> None:
    Condition.objects.get(slug=SLUGS["draft"]).delete()

    demonstrate()

    assert Condition.objects.filter(slug=SLUGS["draft"]).count() == 1
    assert page(client, "draft").status_code == 404


def test_a_later_run_makes_no_past(shown: str, client: Client) -> None:
    Condition.objects.get(slug=SLUGS["overdue"]).delete()
    before = page(client, "overdue").content
    signed = list(SignOff.objects.order_by("pk"))

    again = demonstrate()

    assert "complex-ptsd: left out" in again
    assert not Condition.objects.filter(slug=SLUGS["overdue"]).exists()
    assert page(client, "overdue").content == before
    assert list(SignOff.objects.order_by("pk")) == signed


def test_the_groups_of_the_demonstration_are_the_real_ones(shown: str) -> None:
    groups = {
        user.username: [group.name for group in user.groups.all()] for user in User.objects.all()
    }

    assert groups == {
        "editor": ["Staff"],
        "physician": ["Physicians"],
        "second-physician": ["Physicians"],
        "manager": ["Managers"],
        "second-manager": ["Managers"],
    }
    assert Group.objects.count() == 3

"""Against a real mail server that refuses, delays, breaks off and dies, and a process killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence.kinds import Kind
from reviews.mail import outbox, writing
from reviews.models import Event, Letter, MailCursor, Notification
from tests import cast
from tests.reviews.workflow.test_races import database_url, together

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Server:
    """A mail server whose manners a test sets: to refuse, to wait, to break off, to be down."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.refused: dict[str, str] = {}
        self.answer = "250 taken"
        self.breaks_off_after_taking = False
        self.wait = threading.Event()
        self.waits = False
        self.taken: list[bytes] = []
        self.connections = 0
        self.controller: Controller | None = None

    def start(self) -> None:
        """Listen on a free port of this machine, and let the site send there."""
        self.controller = _Quick(self, hostname="127.0.0.1", port=_free_port())
        self.controller.start()
        self.settings.EMAIL_BACKEND = SMTP_BACKEND
        self.settings.EMAIL_HOST = "127.0.0.1"
        self.settings.EMAIL_PORT = self.controller.port
        self.settings.EMAIL_TIMEOUT = 5

    def stop(self) -> None:
        """Be down: nobody answers at the port."""
        self.wait.set()
        if self.controller is not None:
            self.controller.stop(no_assert=True)
            self.controller = None

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.waits:
            await server.loop.run_in_executor(None, self.wait.wait, 30)
        if self.answer.startswith("250"):
            self.taken.append(envelope.content)
        if self.breaks_off_after_taking and server.transport is not None:
            server.transport.abort()
        return self.answer

    @property
    def ids(self) -> Counter[str]:
        """How often each letter was taken."""
        return Counter(message_from_bytes(one)["Message-ID"] for one in self.taken)


class _Quick(Controller):
    """aiosmtpd's own, which does not look the machine's name up."""

    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="mail.example")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    made = Server(settings)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def people(condition: Condition, physician: User, second_physician: User) -> list[User]:
    """Three who are told that a page was flagged: its two physicians and its author."""
    cast.publish(condition, by=User.objects.get(username="editor"), signer=physician)
    return [User.objects.get(username="editor"), physician, second_physician]


def flag(condition: Condition) -> None:
    """Something that is told at once."""
    MailCursor.objects.update_or_create(pk=1, defaults={"day": clock.today()})
    cast.lay_over("flag", condition, by=cast.person("reader"))


pytestmark = pytest.mark.django_db(transaction=True)


def test_letters_arrive_whole_over_one_connection(
    server: Server, people: list[User], condition: Condition
) -> None:
    flag(condition)

    assert outbox.run() == (3, 0)
    assert outbox.run() == (0, 0)

    assert sorted(server.ids.values()) == [1, 1, 1]
    assert server.connections == 1
    arrived = message_from_bytes(server.taken[0])
    assert [part.get_content_type() for part in arrived.get_payload()] == [
        "text/plain",
        "text/html",
    ]


def test_who_is_refused_keeps_nobody_else_from_their_letter_and_managers_see_why(
    server: Server, people: list[User], condition: Condition, time_machine: Any
) -> None:
    server.refused["physician@example.com"] = "550 no such user here"
    flag(condition)
    manager = cast.person("boss", "Managers")

    assert outbox.run() == (3, 1)  # the manager is told too

    letter = Letter.objects.get(sent_at=None)
    assert (letter.to, letter.tries) == ("physician@example.com", 1)
    client = Client()
    client.force_login(manager, backend=BACKEND)
    rows = client.get("/admin/reviews/letter/").content.decode()
    assert rows.index("no such user here") < rows.index("second-physician@example.com")
    assert rows.count('class="field-__str__"') == 4
    failed = client.get("/admin/reviews/letter/?standing=failed").content.decode()
    assert failed.count('class="field-__str__"') == 1

    User.objects.filter(username="physician").update(email="new@example.com")
    again = client.post(f"/admin/reviews/letter/{letter.pk}/again/", follow=True)
    assert "Sent on" in again.content.decode()
    assert message_from_bytes(server.taken[-1])["To"] == "new@example.com"
    client.post(f"/admin/reviews/letter/{letter.pk}/again/")
    assert server.ids[f"<letter-{letter.pk}@localhost>"] == 2


def test_a_server_that_is_down_is_tried_a_few_times_and_again_later(
    server: Server, people: list[User], condition: Condition, time_machine: Any
) -> None:
    for number in range(4):
        cast.make_reviewer(cast.person(f"doctor-{number}", "Physicians"), "Dr. Sample", "MD")
    server.stop()
    flag(condition)

    sent, failed = outbox.run()
    assert (sent, failed) == (0, outbox.FAULTS_A_RUN)
    assert Letter.objects.filter(tries=0).count() == 4
    assert outbox.run() == (0, outbox.FAULTS_A_RUN)

    server.start()
    time_machine.move_to(clock.now() + timedelta(minutes=2))
    assert outbox.run() == (7, 0)
    assert set(server.ids.values()) == {1}


def test_a_server_that_answers_with_a_fault_or_never_is_tried_again(
    server: Server, people: list[User], condition: Condition, settings: Any, time_machine: Any
) -> None:
    server.answer = "451 try again later"
    flag(condition)
    assert outbox.run() == (0, 3)
    assert "try again later" in Letter.objects.first().fault  # type: ignore[union-attr]

    server.answer = "250 taken"
    server.waits, settings.EMAIL_TIMEOUT = True, 0.2
    time_machine.move_to(clock.now() + timedelta(minutes=2))
    assert outbox.run() == (0, 3)
    assert set(Letter.objects.values_list("tries", "unsure")) == {(2, 0)}

    server.stop()
    server.waits = False
    server.start()
    time_machine.move_to(clock.now() + timedelta(minutes=4))
    assert outbox.run() == (3, 0)


def test_a_server_that_dies_before_it_says_that_it_took_a_letter_gets_it_again(
    server: Server, people: list[User], condition: Condition, time_machine: Any
) -> None:
    server.breaks_off_after_taking = True
    flag(condition)
    assert outbox.run() == (0, 3)
    server.breaks_off_after_taking = False
    time_machine.move_to(clock.now() + timedelta(minutes=2))

    assert outbox.run() == (3, 0)

    assert sorted(server.ids.values()) == [2, 2, 2]  # known as the same by its Message-ID


def test_two_runs_at_once_write_and_send_each_letter_once(
    server: Server, people: list[User], time_machine: Any
) -> None:
    editor, physician, _ = people
    for number in range(6):
        page = cast.make_condition(f"page-{number}", by=editor, review_interval_months=1)
        cast.publish(page, by=editor, signer=physician)
        cast.submit(cast.edit(page, by=editor, headline="Newer."), by=editor)
        if number % 2:
            workflow.flag(page.subject, by=physician, proof=cast.proof(), reason="Why.")
    MailCursor.objects.create(pk=1)
    time_machine.move_to(clock.now() + timedelta(days=25), tick=False)
    time_machine.move_to(clock.now().astimezone(clock.zone()).replace(hour=9, minute=0), tick=True)

    runners = together(outbox.run, outbox.run, outbox.run)

    assert sum(runner.result[0] for runner in runners) == len(server.taken)  # type: ignore[index]
    assert set(server.ids.values()) == {1}
    assert not Letter.objects.filter(sent_at=None).exists()
    letters = Letter.objects.values_list("person", "kind", "on")
    assert max(Counter(letters).values()) == 1
    assert set(Letter.objects.values_list("kind", flat=True)) == {"morning", "at_once"}
    assert not Notification.objects.filter(letter=None).exists()


CHILD = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
from reviews.mail import letters, outbox, writing

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[2])
step = sys.argv[1]
if step == "events half read":
    writing._notify = die
elif step == "letters half written":
    notify = writing._gather
    writing._gather = lambda *rest: (notify(*rest), die())
elif step == "before sending":
    letters.EmailMultiAlternatives.send = die
elif step == "between sending and noting":
    send = letters.EmailMultiAlternatives.send
    letters.EmailMultiAlternatives.send = lambda message: (send(message), die())
outbox.run()
die()
"""


def run_and_die(step: str, server: Server) -> None:
    """Let another process do what is due, and die by SIGKILL at a step."""
    assert server.controller is not None
    done = subprocess.run(
        [sys.executable, "-c", CHILD, step, str(server.controller.port)],
        cwd=Path(__file__).parents[3],
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_process_killed_while_writing_loses_no_letter_and_writes_none_twice(
    server: Server, people: list[User], condition: Condition
) -> None:
    flag(condition)
    for step in ("events half read", "letters half written"):
        run_and_die(step, server)
        assert server.taken == []
        assert not Letter.objects.exists()

    assert outbox.run() == (3, 0)
    assert sorted(server.ids.values()) == [1, 1, 1]


def test_a_process_killed_before_sending_loses_no_letter(
    server: Server, people: list[User], condition: Condition, time_machine: Any
) -> None:
    flag(condition)
    run_and_die("before sending", server)
    assert server.taken == []
    assert outbox.run() == (2, 0)  # somebody may be sending the first at this moment

    time_machine.move_to(clock.now() + outbox.LEASE)
    assert outbox.run() == (1, 0)
    assert sorted(server.ids.values()) == [1, 1, 1]


def test_a_process_killed_between_sending_and_noting_sends_a_letter_twice_at_most(
    server: Server, people: list[User], condition: Condition, time_machine: Any
) -> None:
    for person in people[:2]:
        User.objects.filter(pk=person.pk).update(is_active=False)
    flag(condition)
    run_and_die("between sending and noting", server)
    letter = Letter.objects.get()
    assert list(server.ids.values()) == [1]
    assert outbox.run() == (0, 0)

    Letter.objects.update(next_try_at=clock.now())  # as after the lease
    run_and_die("between sending and noting", server)
    Letter.objects.update(next_try_at=clock.now())
    assert outbox.run() == (0, 0)
    time_machine.move_to(clock.now() + 10 * outbox.LEASE)
    assert outbox.run() == (0, 0)

    assert list(server.ids.values()) == [2]
    client = Client()
    client.force_login(cast.person("manager", "Managers"), backend=BACKEND)
    page = client.get(f"/admin/reviews/letter/{letter.pk}/change/").content.decode()
    assert "it may have arrived" in page
    client.post(f"/admin/reviews/letter/{letter.pk}/again/")
    assert list(server.ids.values()) == [3]


def test_a_run_sends_so_many_letters_and_leaves_the_rest_to_the_next(
    server: Server, people: list[User], condition: Condition, monkeypatch: Any
) -> None:
    flag(condition)
    monkeypatch.setattr(outbox, "LETTERS_A_RUN", 2)
    assert [outbox.run()[0] for _ in range(3)] == [2, 1, 0]

    Letter.objects.update(sent_at=None, next_try_at=clock.now())
    monkeypatch.setattr(outbox, "SECONDS_A_RUN", -1)
    said: list[str] = []
    assert outbox.run(progress=said.append) == (0, 0)
    assert "2 letters are left to the next run." in said


def test_events_are_read_in_batches_that_each_stand_for_themselves(
    server: Server, people: list[User], condition: Condition, monkeypatch: Any
) -> None:
    monkeypatch.setattr(writing, "BATCH", 2)
    monkeypatch.setattr(writing, "EVENTS_A_RUN", 4)
    said: list[str] = []
    flag(condition)
    for _ in range(9):
        verb = "release" if Event.objects.latest("seq").kind == Kind.PAGE_FLAGGED else "flag"
        cast.lay_over(verb, condition, by=people[1])

    outbox.run(progress=said.append)
    assert MailCursor.objects.get().seq < Event.objects.latest("seq").pk
    for _ in range(5):
        outbox.run(progress=said.append)

    assert MailCursor.objects.get().seq == Event.objects.latest("seq").pk
    flagged = Event.objects.filter(kind=Kind.PAGE_FLAGGED)
    told = Notification.objects.filter(reason="flagged", person=people[2])
    assert set(told.values_list("event", flat=True)) == set(flagged.values_list("pk", flat=True))
    assert any(line.startswith("Read up to event") for line in said)

"""The outbox: one letter for each event and person, sent once, tried again, seen by managers."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews import clock, workflow
from reviews.mail import letters, outbox
from reviews.models import Claim, Letter, MailCursor, WrongPassword
from reviews.workflow.claims import make_claim
from tests import cast

HOUR = timedelta(hours=1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def second_manager(db: None) -> User:
    return cast.person("second-manager", "Managers")


def waiting(person: User, by: User) -> Claim:
    """A claim about somebody that waits."""
    with transaction.atomic():
        return make_claim(Claim.Kind.PROFILE, person, by=by, at=clock.now(), waits=True)


def sent() -> list[tuple[str, str]]:
    """Every mail's address and subject, in order."""
    return sorted((message.to[0], message.subject) for message in mail.outbox)


class Down:
    """A mail server that takes nothing from or to some address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *refused: str) -> None:
        self.refused, self.known = set(refused), letters.EmailMultiAlternatives.send
        monkeypatch.setattr(
            letters.EmailMultiAlternatives, "send", lambda message: self.send(message)
        )

    def send(self, message: Any) -> Any:
        if self.refused & {*message.to, "*"}:
            raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
        return self.known(message)


def test_one_letter_for_each_event_and_person_however_often_it_runs(
    physician: User, second_physician: User, manager: User, second_manager: User, reader: User
) -> None:
    waiting(reader, manager)

    for _ in range(3):
        outbox.run()
    MailCursor.objects.update(seq=0)  # as after a backup was put back
    outbox.run()

    assert sent() == [
        ("physician@example.com", "Tovani: a change that counts in 72 hours"),
        ("reader@example.com", "Tovani: your account was changed"),
        ("second-manager@example.com", "Tovani: something waits for a second manager"),
        ("second-physician@example.com", "Tovani: a change that counts in 72 hours"),
    ]
    assert Letter.objects.filter(sent_at=None).count() == 0


def test_a_letter_that_failed_is_tried_again_after_growing_waits(
    physician: User, manager: User, reader: User, monkeypatch: Any, time_machine: Any
) -> None:
    start = clock.now()
    time_machine.move_to(start, tick=False)
    claim = waiting(reader, manager)
    server = Down(monkeypatch, "physician@example.com")
    letter = Letter.objects.filter(to="physician@example.com")

    waits = []
    for _ in range(12):
        outbox.run()
        waits.append(letter.get().next_try_at - clock.now())
        outbox.run()  # too early: nothing happens
        time_machine.move_to(letter.get().next_try_at, tick=False)

    assert letter.get().tries == 12
    assert "no such user" in letter.get().fault
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), 6 * HOUR)
    assert not claim.answers.exists()  # the time to object has not begun
    time_machine.move_to(clock.now() + 100 * HOUR, tick=False)
    assert not claim.counts(clock.now())

    server.refused.clear()
    outbox.run()

    assert letter.get().sent_at == clock.now()
    assert letter.get().fault == ""
    assert claim.answers.get().step == "told"


def test_managers_see_what_failed_and_why(
    manager: User, physician: User, reader: User, monkeypatch: Any
) -> None:
    User.objects.filter(pk=physician.pk).update(email="")
    waiting(reader, manager)
    Down(monkeypatch, "reader@example.com")
    outbox.run()
    client = Client()
    client.force_login(manager, backend=BACKEND)

    html = client.get("/admin/reviews/letter/").content.decode()

    assert "no such user" in html
    assert "This person has no mail address" in html
    page = client.get(f"/admin/reviews/letter/{Letter.objects.latest('pk').pk}/change/")
    assert "/admin/not-me/" not in page.content.decode()


def test_who_is_killed_while_sending_leaves_the_letter_to_the_next_run(
    manager: User, reader: User, monkeypatch: Any, time_machine: Any
) -> None:
    waiting(reader, manager)

    def killed(message: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(letters.EmailMultiAlternatives, "send", killed)
    with pytest.raises(KeyboardInterrupt):
        outbox.run()
    monkeypatch.undo()
    outbox.run()
    assert sent() == []  # somebody may be sending it at this moment

    time_machine.move_to(clock.now() + outbox.LEASE)
    outbox.run()
    assert [address for address, _ in sent()] == ["reader@example.com"]
    (message,) = mail.outbox
    assert message.extra_headers["Message-ID"] == f"<letter-{Letter.objects.get().pk}@localhost>"


def test_letters_carry_no_markup_no_foreign_link_and_no_second_header(
    physician: User, manager: User, reader: User, settings: Any
) -> None:
    User.objects.filter(pk=reader.pk).update(
        first_name="Eve\r\nBcc: all@example.com", last_name="x" * 150
    )
    settings.SITE_URL = "https://clinic.example"
    waiting(reader, manager)
    outbox.run()

    for message in mail.outbox:
        head = message.message().as_string().partition("\n\n")[0]
        assert "Bcc" not in head
        assert "Eve" not in head
        links = re.findall(r"https?://[^/\s]+", message.body)
        assert set(links) == {"https://clinic.example"}
        assert "Eve Bcc" in message.body
        assert "x" * 100 not in message.body
    User.objects.filter(pk=reader.pk).update(email="a@b.example\nBcc: c@d.example")
    waiting(reader, manager)
    outbox.run()
    assert all("c@d" not in str(message.message()) for message in mail.outbox)
    assert Letter.objects.exclude(fault="").get().tries == 1


def test_no_letter_says_anything_of_medicine(
    physician: User, manager: User, second_manager: User, reader: User
) -> None:
    claim = waiting(reader, manager)
    workflow.send_link(reader, by=manager)
    workflow.log_in_locked(reader)
    workflow.object_to(claim, by=physician)
    outbox.run()

    kinds = set(Letter.objects.values_list("kind", flat=True))
    assert kinds == {"link", "about_you", "to_confirm", "notice", "objection", "wrong_passwords"}
    words = " ".join(f"{message.subject} {message.body}" for message in mail.outbox).lower()
    assert not re.findall(r"ketamine|patient|diagnos|condition|treat|dose|depress", words)


def test_run_due_says_what_it_did(manager: User, physician: User, reader: User) -> None:
    waiting(reader, manager)
    out = StringIO()

    call_command("run_due", stdout=out)
    call_command("run_due", stdout=out)

    assert out.getvalue().splitlines() == [
        "2 letters sent, 0 failed and will be tried again.",
        "0 letters sent, 0 failed and will be tried again.",
    ]


def test_right_after_a_form_few_letters_are_tried_and_none_is_waited_for(
    manager: User, physician: User, reader: User, monkeypatch: Any, client: Client
) -> None:
    for _ in range(15):
        waiting(reader, manager)
    Down(monkeypatch, "*")

    assert outbox.run(outbox.AT_ONCE) == (0, 1)

    assert Letter.objects.exclude(fault="").count() == 1


def test_a_run_with_nothing_to_do_asks_little(physician: User, manager: User, reader: User) -> None:
    waiting(reader, manager)
    outbox.run()

    with CaptureQueriesContext(connection) as asked:
        outbox.run()

    assert len(asked) <= 10


def test_addresses_on_letters_and_old_guesses_are_forgotten(
    manager: User, reader: User, physician: User, time_machine: Any
) -> None:
    waiting(reader, manager)
    WrongPassword.objects.create(user=physician, at=clock.now())
    outbox.run()
    time_machine.move_to(clock.now() + timedelta(hours=25))
    outbox.run()
    assert not WrongPassword.objects.exists()
    assert Letter.objects.exists()

    time_machine.move_to(clock.now() + outbox.KEPT_FOR)
    outbox.run()
    assert not Letter.objects.exists()
    outbox.run()
    assert len(mail.outbox) == 2

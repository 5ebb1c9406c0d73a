"""What the tests of letters share: mornings of the clinic, and what stands in somebody's box."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core import mail

from reviews import clock
from reviews.mail import outbox


def morning(time_machine: Any, days: int = 1) -> None:
    """Let some nights pass, and run what is due after seven in the clinic's zone."""
    on = clock.today() + timedelta(days=days)
    at(time_machine, on, time(7, 1))
    outbox.run()


def at(time_machine: Any, on: Any, hour: time) -> None:
    """Go to a time of a day in the clinic's zone."""
    time_machine.move_to(datetime.combine(on, hour, clock.zone()), tick=False)


def box(person: User) -> list[str]:
    """The subjects of a person's letters, in order."""
    return [sent.subject.removeprefix("Tovani: ") for sent in mail.outbox if _to(sent, person)]


def read(person: User) -> str:
    """The text of a person's letters, one after another."""
    return "\n".join(str(sent.body) for sent in mail.outbox if _to(sent, person))


def _to(sent: Any, person: User) -> bool:
    return bool(sent.to == [person.email])


def empty() -> None:
    """Forget what was sent."""
    mail.outbox.clear()

"""The chained audit trail: one event after another, each holding the hash of the one before."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from reviews.evidence.kinds import Kind
from reviews.models import Event, Evidence, Subject
from reviews.text.canonical import digest_of, text_of

GENESIS = "0" * 64
# Any fixed number: the key of PostgreSQL's advisory lock that serialises appends.
LOCK = 7_105_116_101


def lock() -> None:
    """Wait for the right to append, held until the transaction ends.

    On SQLite the transaction itself is that right (transaction_mode IMMEDIATE). Row locks would
    need the right to UPDATE, which production's role lacks. Raises TransactionManagementError
    outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Events are appended inside a transaction.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def append(
    kind: Kind,
    *,
    at: datetime,
    by: AbstractBaseUser | None,
    subject: Subject | None = None,
    row: Evidence | None = None,
    **more: Any,
) -> Event:
    """Append one event and, with `row`, save that row of evidence under its number.

    The body covers the instant, the actor's id, the subject with its kind and every covered column
    of the row.
    """
    lock()
    last = Event.objects.order_by("-seq").only("seq", "hash").first()
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    body = text_of(
        {
            "seq": seq,
            "kind": kind.value,
            "at": at.astimezone(UTC).isoformat(),
            "by": by.pk if by else None,
            "subject": str(subject.pk) if subject else None,
            "subject_kind": subject.kind if subject else None,
            "row": row.facts() if row else None,
            **more,
        }
    )
    event = Event.objects.create(
        seq=seq, kind=kind.value, subject=subject, body=body, prev=prev, hash=hash_of(prev, body)
    )
    if row is not None:
        row.event = event
        row.save(force_insert=True)
    return event


def hash_of(prev: str, body: str) -> str:
    """The hash of an event: over the hash before it and its own stored text."""
    return digest_of(f"{prev}\n{body}")

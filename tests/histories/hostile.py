"""Steps of somebody who is past the site: at the database itself."""

from __future__ import annotations

from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from reviews.models import (
    Absence,
    Assignment,
    Comment,
    CommentStep,
    Contribution,
    Departure,
    Edition,
    EditionAuthor,
    Event,
    RelianceEnd,
    SignOff,
    Subject,
    Withdrawal,
)
from reviews.reading import memory
from tests.histories import patients
from tests.histories.walk import Finding, Walk
from tests.reviews.every_verb import put, tampering


def change_evidence(walk: Walk) -> None:
    """A row of evidence is changed or deleted by SQL or the ORM: refused (I5)."""
    signed = (Contribution, Edition, EditionAuthor, Event, SignOff, Subject, Withdrawal)
    said = (Assignment, Comment, CommentStep, Departure, RelianceEnd, Absence)
    model = walk.random.choice([*signed, *said])
    rows = model._default_manager.order_by("pk")  # type: ignore[attr-defined]
    if not rows:
        return
    row = walk.random.choice(rows)
    column = walk.random.choice([one.column for one in model._meta.concrete_fields])
    key = model._meta.pk.column
    statement = walk.random.choice(
        [
            f"UPDATE {model._meta.db_table} SET {column} = {column}",
            f"DELETE FROM {model._meta.db_table}",
        ]
    )
    value = model._meta.pk.get_db_prep_value(row.pk, connection)
    before = walk.trace()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{statement} WHERE {key} = %s", [value])
    except DatabaseError:
        walk.sums.verbs["change evidence", "refused"] += 1
    else:
        raise Finding(f"{statement} was not refused.")
    try:
        with transaction.atomic():
            model._default_manager.filter(pk=row.pk).delete()
    except (DatabaseError, ProtectedError):
        pass
    if walk.trace() != before:
        raise Finding("Evidence is gone.")


def damage(walk: Walk) -> None:
    """The owner of the database changes signed words for a while: it fails closed (I6)."""
    public = patients.public_pages(walk)
    if not public:
        return
    slug = walk.random.choice(sorted(public))
    _, signed = public[slug]
    row = walk.submissions[signed.edition].edition
    word = walk.random.choice(sorted(patients.words_of(signed.edition.words)))
    forged = walk.word()
    with tampering():
        put(row, text=Edition.objects.get(pk=row.pk).text.replace(word, forged))
        memory.forget()
        for path in (f"/conditions/{slug}/", f"/conditions/{slug}.json"):
            response, text = patients.get(walk, path)
            patients.held_to(f"damaged {path}", response.status_code, 503)
            patients.held_to(f"damaged {path}", patients.WORD.findall(text), [])
            patients.held_to(f"damaged {path}", patients.DAY.findall(text), [])
        for path in ("/", "/conditions/", "/feed.xml", f"/conditions/{slug}/record/"):
            response, text = patients.get(walk, path)
            patients.held_to(f"damaged {path}", forged in text, False)
        _, text = patients.get(walk, "/search/", q=word)
        patients.held_to("damaged search", slug in patients.LINK.findall(text), False)
    memory.forget()
    walk.sums.verbs["damage", "failed closed"] += 1

"""Thousands of signed pages at once: real evidence in a real chain, written in bulk.

By the verbs it would take minutes to make what lists, the sitemap and search are measured on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, transaction

from conditions.models import KIND, Condition
from conditions.outline import COLUMNS
from reviews import clock, workflow
from reviews.evidence import chain
from reviews.evidence.indexing import indexed
from reviews.models import (
    Address,
    DraftAhead,
    Edition,
    EditionAuthor,
    EditionIndex,
    EditionTarget,
    Event,
    Evidence,
    Listing,
    SignOff,
    Subject,
    Submission,
)
from reviews.text.canonical import digest_of, text_of


def publish(documents: list[dict[str, Any]], *, by: User, signer: User) -> None:
    """Bring documents in force: first editions written by `by`, signed in full by `signer`.

    All that the verbs would write stands there afterwards, save drafts and their contributions.
    """
    _write(documents, by=by, signer=signer)


def submit(documents: list[dict[str, Any]], *, by: User) -> None:
    """Put documents forward, as first editions that nobody is asked to read."""
    _write(documents, by=by, signer=None)


def drafts() -> list[Condition]:
    """Write a draft for each page that has none: the columns of its edition, without its rows."""
    editions = Edition.objects.exclude(
        subject__in=Condition.objects.values("subject")
    ).select_related("subject")
    made, counted = [], []
    for edition in editions:
        said = edition.document
        columns = {name: said[name] for name in COLUMNS if not isinstance(said[name], list)}
        draft = Condition(subject=edition.subject, **columns)
        made.append(draft)
        counted.append(
            DraftAhead(
                subject=edition.subject,
                name=edition.title,
                digest=edition.digest,
                rows="[]",
                words=f" {indexed(edition).body}",
                parts=0,
                parts_before=0,
            )
        )
    Condition.objects.bulk_create(made, batch_size=500)
    DraftAhead.objects.bulk_create(counted, batch_size=500)
    return made


def _write(documents: list[dict[str, Any]], *, by: User, signer: User | None) -> None:
    crowd = _Crowd(clock.now())
    with transaction.atomic():
        for document in documents:
            crowd.add(document, by=by, signer=signer)
        crowd.write()
    if connection.vendor == "postgresql":
        # As its autovacuum does within a minute; until then it plans for tables that were small.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


class _Crowd:
    """The rows to write, by model, in the order in which they name one another."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        last = Event.objects.order_by("-seq").first()
        self.seq, self.prev = (last.seq, last.hash) if last else (0, chain.GENESIS)
        self.submissions = max(Submission.objects.values_list("pk", flat=True), default=0)
        self.rows: dict[type, list[Any]] = {
            model: []
            for model in (
                *(Subject, Event, Edition, EditionAuthor, EditionIndex, EditionTarget),
                *(Submission, Address, SignOff, Listing),
            )
        }

    def add(self, document: dict[str, Any], *, by: User, signer: User | None) -> None:
        """One page, from the first word to its listing; without a signer, to its submission."""
        subject = self.keep(Subject(kind=KIND))
        edition = self.submitted(subject, document, by=by)
        self.submissions += 1
        submission = self.keep(
            Submission(
                pk=self.submissions,
                edition=edition,
                subject=subject,
                status="signed" if signer else "open",
            )
        )
        if signer is None:
            return
        address = Address(subject=subject, kind=KIND, slug=edition.slug)
        self.event("address_claimed", address, by=signer)
        sign_off = self.signed(submission, document, by=by, signer=signer)
        submission.ended_by = sign_off.event
        self.keep(
            Listing(
                subject=subject,
                sign_off=sign_off,
                slug=edition.slug,
                name=edition.title,
                from_at=self.at,
            )
        )

    def submitted(self, subject: Subject, document: dict[str, Any], *, by: User) -> Edition:
        """The edition and what is derived from it."""
        text = text_of(document)
        edition = Edition(
            subject=subject,
            number=1,
            text=text,
            digest=digest_of(text),
            slug=Condition.address(document),
            title=Condition.label(document),
            frozen_at=self.at,
            submitted_by=by,
        )
        self.event("submitted", edition, by=by, authors=[by.pk], note=None, reviewer=None)
        self.keep(EditionAuthor(edition=edition, user=by))
        self.keep(EditionIndex(edition=edition, **vars(indexed(edition))))
        for slug in sorted(Condition.targets(document)):
            self.keep(EditionTarget(edition=edition, slug=slug))
        return edition

    def signed(
        self, submission: Submission, document: dict[str, Any], *, by: User, signer: User
    ) -> SignOff:
        """A full review, effective at once."""
        reviewer, signed_on = signer.reviewer, clock.local_date(self.at)
        interval = Condition.review_interval(document)
        sign_off = SignOff(
            subject=submission.subject,
            edition=submission.edition,
            submission=submission,
            scope="full",
            digest=submission.edition.digest,
            attestation=workflow.ATTESTATIONS[SignOff.Scope.FULL],
            signer=signer,
            reviewer=reviewer,
            printed_name=reviewer.printed_name,
            credentials=reviewer.credentials,
            license_states="New York",
            relationship=reviewer.relationship,
            authors=f"[{by.pk}]",
            policy="never",
            disclosed=False,
            signed_at=self.at,
            signed_on=signed_on,
            effective_at=self.at,
            next_review_due=workflow.months_after(signed_on, interval),
        )
        self.event("signed", sign_off, by=signer)
        return sign_off

    def event(self, kind: str, row: Evidence, *, by: User, **more: Any) -> None:
        """The next event of the chain, and its row under its number."""
        self.seq += 1
        subject: Subject = row.subject  # type: ignore[attr-defined]
        body = text_of(
            {
                "seq": self.seq,
                "kind": kind,
                "at": self.at.astimezone(UTC).isoformat(),
                "by": by.pk,
                "subject": str(subject.pk),
                "row": row.facts(),
                **more,
            }
        )
        row.event = Event(
            seq=self.seq,
            kind=kind,
            subject=subject,
            body=body,
            prev=self.prev,
            hash=chain.hash_of(self.prev, body),
        )
        self.prev = row.event.hash
        self.keep(row.event)
        self.keep(row)

    def keep(self, row: Any) -> Any:
        """Keep a row to be written."""
        self.rows[type(row)].append(row)
        return row

    def write(self) -> None:
        """Write every row, and let the verbs number their submissions from there."""
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows, batch_size=500)  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Submission]):
                cursor.execute(statement)

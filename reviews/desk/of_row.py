"""What the start page says of a row, and where it leads."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from reviews.models.people import PROFILE_WORDS
from reviews.reviewable import kinds


def told(facts: Iterable[str]) -> tuple[str, ...]:
    return tuple(fact for fact in facts if fact)


def first_line(words: str | None) -> str:
    return words.strip().partition("\n")[0] if words else "(the reason was blanked)"


def is_confirmed(row: dict[str, Any]) -> bool:
    return all(row[name] == row[f"confirmed_{name}"] for name in PROFILE_WORDS)


def was_objected(claim: Any) -> bool:
    return bool(claim.last_word == "objected")


def printed(row: dict[str, Any]) -> str:
    return f"{row['printed_name']}, {row['credentials']}"


def submission(pk: int) -> str:
    return reverse("admin:reviews_submission_change", args=[pk])


def record(row: dict[str, Any]) -> str:
    return reverse("admin:reviews_subject_change", args=[row["subject"]])


def profile(row: dict[str, Any]) -> str:
    return reverse("admin:reviews_reviewer_change", args=[row["pk"]])


def drafts(rows: Iterable[dict[str, Any]]) -> dict[Any, str]:
    """Where the drafts of some pages are edited, by subject; a query for each kind of page."""
    subjects = [row["subject"] for row in rows]
    found: dict[Any, str] = {}
    for model in kinds() if subjects else ():
        opts = model._meta
        drafts = model._default_manager.filter(subject__in=subjects)
        for subject, pk in drafts.values_list("subject", "pk"):
            name = f"admin:{opts.app_label}_{opts.model_name}_change"
            found[subject] = reverse(name, args=[pk])
    return found


def list_of_drafts() -> str:
    opts = kinds()[0]._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")


def records(standing: str) -> str:
    return f"{reverse('admin:reviews_subject_changelist')}?standing={standing}"

"""What a refused verb must leave as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reviews.models import (
    Absence,
    Address,
    Archiving,
    Assignment,
    Claim,
    ClaimAnswer,
    Comment,
    CommentStep,
    Concern,
    Contribution,
    Departure,
    Edition,
    EditionAuthor,
    EditionIndex,
    EditionOriginal,
    EditionTarget,
    Erasure,
    Event,
    Listing,
    Overlay,
    Redaction,
    RelianceEnd,
    Remark,
    Settlement,
    SignOff,
    Submission,
    Withdrawal,
)
from reviews.workflow import NotAllowed

EVIDENCE = (
    *(Address, Assignment, Claim, ClaimAnswer, Comment, CommentStep, Contribution, Edition),
    *(Archiving, Concern, EditionAuthor, EditionIndex, EditionOriginal, Erasure, Settlement),
    *(EditionTarget, Event, Listing, Overlay, Redaction, Remark, SignOff, Submission),
    *(Absence, Departure, RelianceEnd, Withdrawal),
)


def traces() -> dict[str, Any]:
    """How many rows of each kind stand, where each submission stands, and what is listed."""
    counts: dict[str, Any] = {model.__name__: model.objects.count() for model in EVIDENCE}
    counts["statuses"] = sorted(Submission.objects.values_list("pk", "status", "ended_by"))
    counts["listed"] = sorted(Listing.objects.values_list("sign_off", "slug", "from_at"))
    return counts


@contextmanager
def refused(words: str) -> Iterator[None]:
    """The verb inside is refused with a sentence that has these words, and leaves no trace."""
    before = traces()
    with pytest.raises(NotAllowed) as refusal:
        yield
    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")
    assert traces() == before

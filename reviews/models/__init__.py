"""The evidence and what is derived from it. Verbs in `reviews.workflow` are its only writers."""

from reviews.models.chain import Event, Evidence, Subject
from reviews.models.claims import (
    GATED_GROUPS,
    NOT_COUNTING,
    PERSONAL,
    TIME_TO_OBJECT,
    Claim,
    ClaimAnswer,
    Person,
)
from reviews.models.derived import DraftAhead, EditionIndex, EditionTarget, Listing
from reviews.models.editions import Address, Contribution, Edition, EditionAuthor
from reviews.models.mail import Letter, MailCursor, WrongPassword
from reviews.models.overlays import Overlay, Redaction
from reviews.models.people import License, ProfileConfirmation, Reviewer, odd_names
from reviews.models.remarks import Remark
from reviews.models.sign_offs import SignOff, Withdrawal
from reviews.models.submissions import Submission
from reviews.models.talk import Assignment, Comment, CommentStep, Shown

__all__ = [
    "GATED_GROUPS",
    "NOT_COUNTING",
    "PERSONAL",
    "TIME_TO_OBJECT",
    "Address",
    "Assignment",
    "Claim",
    "ClaimAnswer",
    "Comment",
    "CommentStep",
    "Contribution",
    "DraftAhead",
    "Edition",
    "EditionAuthor",
    "EditionIndex",
    "EditionTarget",
    "Event",
    "Evidence",
    "Letter",
    "License",
    "Listing",
    "MailCursor",
    "Overlay",
    "Person",
    "ProfileConfirmation",
    "Redaction",
    "Remark",
    "Reviewer",
    "Shown",
    "SignOff",
    "Subject",
    "Submission",
    "Withdrawal",
    "WrongPassword",
    "evidence_models",
    "odd_names",
]


def evidence_models() -> tuple[type[Evidence], ...]:
    """Every kind of chained evidence."""
    return (
        *(Address, Assignment, Claim, ClaimAnswer, Comment, CommentStep),
        *(Contribution, Edition, Overlay, ProfileConfirmation, Redaction, SignOff, Withdrawal),
    )

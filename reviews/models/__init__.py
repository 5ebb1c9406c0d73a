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
from reviews.models.concerns import Concern, Settlement
from reviews.models.departures import REVIEW_WITHIN, Absence, Departure, RelianceEnd
from reviews.models.derived import (
    DraftAhead,
    EditionIndex,
    EditionOriginal,
    EditionTarget,
    Listing,
)
from reviews.models.editions import Address, Contribution, Edition, EditionAuthor
from reviews.models.keeping import Archiving, Erasure
from reviews.models.mail import Letter, MailCursor, WrongPassword
from reviews.models.notifications import Group, MailChoice, Notification, Reason, Timing
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
    "REVIEW_WITHIN",
    "TIME_TO_OBJECT",
    "Absence",
    "Address",
    "Archiving",
    "Assignment",
    "Claim",
    "ClaimAnswer",
    "Comment",
    "CommentStep",
    "Concern",
    "Contribution",
    "Departure",
    "DraftAhead",
    "Edition",
    "EditionAuthor",
    "EditionIndex",
    "EditionOriginal",
    "EditionTarget",
    "Erasure",
    "Event",
    "Evidence",
    "Group",
    "Letter",
    "License",
    "Listing",
    "MailChoice",
    "MailCursor",
    "Notification",
    "Overlay",
    "Person",
    "ProfileConfirmation",
    "Reason",
    "Redaction",
    "RelianceEnd",
    "Remark",
    "Reviewer",
    "Settlement",
    "Shown",
    "SignOff",
    "Subject",
    "Submission",
    "Timing",
    "Withdrawal",
    "WrongPassword",
    "evidence_models",
    "odd_names",
]


def evidence_models() -> tuple[type[Evidence], ...]:
    """Every kind of chained evidence."""
    return (
        *(Absence, Address, Archiving, Assignment, Claim, ClaimAnswer, Comment, CommentStep),
        *(Concern, Contribution, Departure, Edition, Erasure, Overlay, ProfileConfirmation),
        *(Redaction, RelianceEnd, Settlement, SignOff, Withdrawal),
    )

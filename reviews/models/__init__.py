"""The evidence and what is derived from it. Verbs in `reviews.workflow` are its only writers."""

from reviews.models.chain import Event, Evidence, Subject
from reviews.models.derived import EditionIndex, EditionTarget, Listing
from reviews.models.editions import Address, Contribution, Edition, EditionAuthor
from reviews.models.people import License, ProfileConfirmation, Reviewer
from reviews.models.remarks import Remark
from reviews.models.sign_offs import SignOff, Withdrawal
from reviews.models.submissions import Submission

__all__ = [
    "Address",
    "Contribution",
    "Edition",
    "EditionAuthor",
    "EditionIndex",
    "EditionTarget",
    "Event",
    "Evidence",
    "License",
    "Listing",
    "ProfileConfirmation",
    "Remark",
    "Reviewer",
    "SignOff",
    "Subject",
    "Submission",
    "Withdrawal",
    "evidence_models",
]


def evidence_models() -> tuple[type[Evidence], ...]:
    """Every kind of chained evidence."""
    return (Address, Contribution, Edition, ProfileConfirmation, SignOff, Withdrawal)

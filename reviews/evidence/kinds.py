"""The kinds of event: one list, with the row of evidence that each carries and what it decides."""

from enum import StrEnum

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
    Erasure,
    Evidence,
    Overlay,
    ProfileConfirmation,
    Redaction,
    RelianceEnd,
    Settlement,
    SignOff,
    Withdrawal,
)


class Kind(StrEnum):
    """A kind of event, by the word that is stored with it and covered by the chain.

    `row` is the model of the row that is saved under the event's number, or None. `decides` says
    whether it decides what is public.
    """

    row: type[Evidence] | None
    decides: bool

    def __new__(cls, word: str, row: type[Evidence] | None = None, decides: bool = False) -> "Kind":
        kind = str.__new__(cls, word)
        kind._value_, kind.row, kind.decides = word, row, decides
        return kind

    # Drafts and editions
    DRAFT_SAVED = "draft_saved", Contribution
    DRAFT_UPGRADED = "draft_upgraded"
    SUBMITTED = "submitted", Edition
    ADDRESS_CLAIMED = "address_claimed", Address
    DRAFT_ARCHIVED = "draft_archived", Archiving
    DRAFT_TAKEN_BACK = "draft_taken_back", Archiving
    DRAFT_ERASED = "draft_erased", Erasure
    VERSION_ERASED = "version_erased", Erasure
    # How a submission ends: the words of `Submission.Status`
    CHANGES_REQUESTED = "changes_requested"
    TAKEN_BACK = "taken_back"
    SUPERSEDED = "superseded"
    ENDED_BY_WITHDRAWAL = "ended_by_withdrawal"
    # What is public
    SIGNED = "signed", SignOff, True
    SIGN_OFF_CANCELLED = "sign_off_cancelled", Withdrawal, True
    PAGE_WITHDRAWN = "page_withdrawn", Withdrawal, True
    PAGE_FLAGGED = "page_flagged", Overlay, True
    PAGE_HELD = "page_held", Overlay, True
    PAGE_RELEASED = "page_released", Overlay, True
    EDITION_REDACTED = "edition_redacted", Redaction, True
    RELIANCE_ENDED = "reliance_ended", RelianceEnd, True
    RELIANCE_RESTORED = "reliance_restored", RelianceEnd, True
    # People
    REVIEWER_SAVED = "reviewer_saved"
    REVIEWER_ENDED = "reviewer_ended", Departure
    REVIEWER_BACK = "reviewer_back", Departure
    AWAY_SAID = "away_said", Absence
    AWAY_ENDED = "away_ended", Absence
    PROFILE_CONFIRMED = "profile_confirmed", ProfileConfirmation
    CREDENTIALS_FAILED = "proof_failed"
    LOG_IN_ENDED = "log_in_ended"
    LOG_IN_LOCKED = "log_in_locked"
    SIGNING_LOCKED = "signing_locked"
    SIGNING_UNLOCKED = "signing_unlocked"
    ACCOUNT_SAVED = "account_saved"
    LINK_ASKED = "link_asked"
    CLAIM_MADE = "claim_made", Claim
    CLAIM_TOLD = "claim_told", ClaimAnswer
    CLAIM_CONFIRMED = "claim_confirmed", ClaimAnswer
    CLAIM_OBJECTED = "claim_objected", ClaimAnswer
    # What staff say to each other about a submission
    TAKEN_ON = "taken_on", Assignment
    HANDED_OVER = "handed_over", Assignment
    LET_GO = "let_go", Assignment
    COMMENTED = "commented", Comment
    SUGGESTED = "suggested", Comment
    COMMENT_RESOLVED = "comment_resolved", CommentStep
    COMMENT_REOPENED = "comment_reopened", CommentStep
    SUGGESTION_TAKEN_OVER = "suggestion_taken_over", CommentStep
    COMMENT_SIGNED_OVER = "comment_signed_over", CommentStep
    # What somebody outside found wrong
    CONCERN_LOGGED = "concern_logged", Concern
    CONCERN_SETTLED = "concern_settled", Settlement
    # What is written inside
    REMARK_BLANKED = "remark_blanked"
    # What is taken out of the house
    RECORD_EXPORTED = "record_exported"

    @classmethod
    def carrying(cls, model: type[Evidence]) -> list["Kind"]:
        """Those whose events carry a row of a model."""
        return [kind for kind in cls if kind.row is model]


# The events that decide what is public.
DECISIVE = tuple(kind.value for kind in Kind if kind.decides)

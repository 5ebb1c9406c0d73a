"""The rules: one function for each verb, the only writers of evidence and of a status.

Each verb stands beside its guard and has the same four beats: who may, move, record, consequence. A
guard (`may_…`) is a generator of sentences; the first one refuses the verb, and `why_not` hands the
same sentence to the button.
"""

from reviews.workflow.credentials import Credentials
from reviews.workflow.drafts import may_submit, record_draft, submit
from reviews.workflow.ending import cancel, may_cancel, may_withdraw, withdraw
from reviews.workflow.people import (
    confirm_profile,
    may_confirm_profile,
    may_save_reviewer,
    printed_digest,
    profile_digest,
    record_reviewer,
)
from reviews.workflow.refusals import NotAllowed, in_force, why_not
from reviews.workflow.remarks import blank, may_blank
from reviews.workflow.signing import (
    ATTESTATIONS,
    DISCLOSURE,
    may_correct,
    may_reaffirm,
    may_sign_off,
    months_after,
    must_disclose,
    reaffirm,
    sign_off,
)
from reviews.workflow.submissions import (
    may_request_changes,
    may_take_back,
    request_changes,
    take_back,
)
from reviews.workflow.verbs import MOST_INSIDE, MOST_PUBLIC

__all__ = [
    "ATTESTATIONS",
    "DISCLOSURE",
    "MOST_INSIDE",
    "MOST_PUBLIC",
    "Credentials",
    "NotAllowed",
    "blank",
    "cancel",
    "confirm_profile",
    "in_force",
    "may_blank",
    "may_cancel",
    "may_confirm_profile",
    "may_correct",
    "may_reaffirm",
    "may_request_changes",
    "may_save_reviewer",
    "may_sign_off",
    "may_submit",
    "may_take_back",
    "may_withdraw",
    "months_after",
    "must_disclose",
    "printed_digest",
    "profile_digest",
    "reaffirm",
    "record_draft",
    "record_reviewer",
    "request_changes",
    "sign_off",
    "submit",
    "take_back",
    "why_not",
    "withdraw",
]

"""The rules: one function for each verb, the only writers of evidence and of a status.

Each verb stands beside its guard and has the same four beats: who may, move, record, consequence. A
guard (`may_…`) is a generator of sentences; the first one refuses the verb, and `why_not` hands the
same sentence to the button.
"""

from reviews.workflow.accounts import (
    LinkToken,
    account_of,
    asked_link,
    change_password,
    forgot,
    invite,
    log_in_locked,
    may_save_account,
    may_send_link,
    may_unlock,
    record_account,
    send_link,
    set_password,
    unlock,
)
from reviews.workflow.claims import (
    confirm,
    confirm_all,
    may_confirm,
    may_object,
    object_to,
    tell,
)
from reviews.workflow.credentials import DAY, Credentials, LogInEnded, prove
from reviews.workflow.drafts import may_submit, record_draft, submit
from reviews.workflow.ending import cancel, may_cancel, may_withdraw, withdraw
from reviews.workflow.people import (
    confirm_profile,
    may_confirm_profile,
    may_renew,
    may_save_reviewer,
    printed_digest,
    profile_digest,
    record_reviewer,
    renew,
    standing_of,
)
from reviews.workflow.refusals import NotAllowed, in_force, why_it_waits, why_not
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
    "DAY",
    "DISCLOSURE",
    "MOST_INSIDE",
    "MOST_PUBLIC",
    "Credentials",
    "LinkToken",
    "LogInEnded",
    "NotAllowed",
    "account_of",
    "asked_link",
    "blank",
    "cancel",
    "change_password",
    "confirm",
    "confirm_all",
    "confirm_profile",
    "forgot",
    "in_force",
    "invite",
    "log_in_locked",
    "may_blank",
    "may_cancel",
    "may_confirm",
    "may_confirm_profile",
    "may_correct",
    "may_object",
    "may_reaffirm",
    "may_renew",
    "may_request_changes",
    "may_save_account",
    "may_save_reviewer",
    "may_send_link",
    "may_sign_off",
    "may_submit",
    "may_take_back",
    "may_unlock",
    "may_withdraw",
    "months_after",
    "must_disclose",
    "object_to",
    "printed_digest",
    "profile_digest",
    "prove",
    "reaffirm",
    "record_account",
    "record_draft",
    "record_reviewer",
    "renew",
    "request_changes",
    "send_link",
    "set_password",
    "sign_off",
    "standing_of",
    "submit",
    "take_back",
    "tell",
    "unlock",
    "why_it_waits",
    "why_not",
    "withdraw",
]

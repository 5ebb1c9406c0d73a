"""The kinds of event, and the row of evidence that each carries."""

# Which kinds of event carry which row.
KINDS = {
    "address_claimed": "Address",
    "draft_saved": "Contribution",
    "submitted": "Edition",
    "signed": "SignOff",
    "page_withdrawn": "Withdrawal",
    "sign_off_cancelled": "Withdrawal",
    "profile_confirmed": "ProfileConfirmation",
}
# The events that decide what is public.
DECISIVE = ("signed", "page_withdrawn", "sign_off_cancelled")

"""The forged review line: a claim about this page that only a signature may make."""

import re
import unicodedata

from django.core.exceptions import ValidationError

# A claim opens a line or a sentence, or names the page as what was reviewed. Elsewhere the same
# words are medicine: "your plan is reviewed by your therapist", "approved by the FDA".
_OPENING = r"(?:^|[.!?:;•·|()\[\]–—]|(?<!\w)-)\s*"
_PAGE = (
    r"\b(?:page|article|content|this\s+(?:information|text|material|site|website))\s+"
    r"(?:(?:was|is|has|been)\s+)*"
)
_CHECKED = r"(?:reviewed|checked|fact[\s-]*checked|verified)"
_CREDENTIALS = r"(?-i:M\.?D|D\.?O|MBBS|Ph\.?D|PsyD|DNP|PMHNP|NP|PA|RN)\b"
_CLAIMS = re.compile(
    rf"""
    (?P<denied>\b(?:not|never)\s+(?:(?:yet|been)\s+)*)?
    (?:
      \bmedically[\s-]+{_CHECKED}\b
    | \bclinically[\s-]+reviewed\b
    | \b(?:physician|doctor|expert)-{_CHECKED}\b
    | \b{_CHECKED}\s+by\s*:?\s*(?:dr|prof|professor)\b\.?\s*\w
    | \b{_CHECKED}\s+by\s*:?\s*[^\n.;]{{0,60}},\s*{_CREDENTIALS}
    | (?:{_OPENING}|,\s*|{_PAGE})last\s+(?:(?:medically|clinically)\s+)?{_CHECKED}\b
    | (?:{_OPENING}|{_PAGE})last\s+(?:updated|modified|revised)\s*(?:\bon\b|:)
    | (?:^\s*|{_PAGE})last\s+(?:updated|modified|revised)\b
    | (?:{_OPENING}|{_PAGE})reviewed\s*(?:\b(?:by|on)\b|:)
    | {_OPENING}date\s+(?:last\s+)?(?:reviewed|updated|modified|revised)\b
    | {_OPENING}(?:(?:date\s+of|last|next|latest|medical)\s+)+review
        (?:\s+(?:date|due|by|on))?\s*:
    | {_OPENING}review\s+(?:date|due)\b\s*:?
    | {_OPENING}(?:medical|clinical)\s+review(?:er)?\s+by\b
    | {_OPENING}(?:(?:medical|clinical)\s+)?reviewer\s*:
    )
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)


def check_no_review_claim(text: str) -> None:
    """Raise ValidationError where the text claims a review, its date or its reviewer.

    Reads letters of look-alike styles (bold, full width) as plain ones. A denial ("not medically
    reviewed") is no claim. Design I2: the date and the name come from a sign-off row only.
    """
    for claim in _CLAIMS.finditer(unicodedata.normalize("NFKC", text)):
        if not claim["denied"]:
            words = " ".join(claim[0].split()).lstrip(".!?:;,•·|()[]–—- ")
            raise ValidationError(
                "The review line is made by the site from the signature; take it out. "
                f"Found: “{words}”."
            )

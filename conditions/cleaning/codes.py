"""Codes of a condition, in the systems that a page may name: ICD-10-CM, ICD-11, SNOMED CT."""

import re

from django.core.exceptions import ValidationError

from conditions.cleaning.identifiers import pasted
from reviews.text.characters import shown

ICD_10_CM, ICD_11, SNOMED_CT = SYSTEMS = ("ICD-10-CM", "ICD-11", "SNOMED CT")

# Which letters stand in which place is read from the tabular list of April 2026: each of its codes
# fits, and what no code has ("F99.Z") does not. QA0 is the one block with a letter second;
# X fills a place, and may end a heading (T36.0X).
_ICD_10_CM = re.compile(
    r"[A-Z](?:[0-9][0-9AB]|A0)"
    r"(?:\.(?:[0-9A-LX]|(?<=[CDT]..\.)Z)(?:[0-9A-HX-Z](?:[0-9A-HX][0-9A-HJKMNP-S]?)?)?)?",
)
# A stem code: chapter, letter, digit, letter or digit, and up to two more; never I or O. What
# begins with X goes along with a stem code (WHO, ICD-11 reference guide).
_ICD_11 = re.compile(
    r"[1-9A-HJ-NP-SV][A-HJ-NP-Z][0-9][0-9A-HJ-NP-Z](?:\.[0-9A-HJ-NP-Z]{1,2})?",
)
_SNOMED_CT = re.compile(
    r"(?:https?://snomed\.info/id/)?([1-9][0-9]{5,17})(?:\s*\|[^|]*\|)?\s*[.,;]?"
)
_SYSTEM = re.compile(r"^(?:ICD-?10(?:-?CM)?|ICD-?11|SNOMED(?: CT)?|SCTID)\b:?\s+", re.IGNORECASE)

# The two digits before the check digit say what a number of SNOMED CT names (SNOMED International,
# "SCTID partition identifier").
_CONCEPTS = ("00", "10")
_OTHERS = {
    "01": "a description",
    "11": "a description",
    "02": "a relationship",
    "12": "a relationship",
}
# How Verhoeff's check turns a digit, once more in each place.
_TURNED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def clean_code(system: str, value: str) -> str:
    """Return a code in the one form of its system; raises ValidationError, even if blank.

    The system's name before a code is taken off, and of SNOMED CT the term after it.
    """
    bare = _SYSTEM.sub("", pasted(value), count=1)
    match system:
        case "ICD-10-CM":
            return _matching(bare.upper(), _ICD_10_CM, value, "an ICD-10-CM code", "F32.9")
        case "ICD-11":
            return _matching(bare.upper(), _ICD_11, value, "an ICD-11 code", "6A70.1")
        case "SNOMED CT":
            return _concept(bare, value)
    raise ValidationError(
        f"{shown(system)} is no system of codes. Choose ICD-10-CM, ICD-11 or SNOMED CT."
    )


def clean_range(system: str, start: str, end: str) -> tuple[str, str]:
    """Return the first and the last code of a range, or one code and an empty end.

    Raises ValidationError for a bad code, an end before its start, and a range in SNOMED CT.
    """
    first = clean_code(system, start)
    if not pasted(end):
        return first, ""
    if system == SNOMED_CT:
        raise ValidationError("SNOMED CT has no ranges. Leave the end empty, and add a row a code.")
    last = clean_code(system, end)
    if last == first:
        raise ValidationError(f"The range ends where it starts, at {first}. Leave the end empty.")
    if last.replace(".", "") < first.replace(".", ""):
        raise ValidationError(f"The range ends before it starts: {last} comes before {first}.")
    return first, last


def _matching(code: str, form: re.Pattern[str], value: str, wanted: str, example: str) -> str:
    if form.fullmatch(code):
        return code
    raise ValidationError(f"{shown(value)} is not {wanted}. Write one such as {example}.")


def _concept(bare: str, value: str) -> str:
    """Return the number of a concept of SNOMED CT; raises ValidationError for any other number."""
    found = _SNOMED_CT.fullmatch(bare)
    code = found[1] if found else ""
    if not found or code[-3:-1] not in (*_CONCEPTS, *_OTHERS):
        raise ValidationError(
            f"{shown(value)} is not a SNOMED CT code. Write the number of a concept, 6 to 18 "
            "digits, such as 35489007."
        )
    if _verhoeff(code):
        raise ValidationError(
            f"{shown(value)} is not a SNOMED CT code: its digits do not fit together. Copy the "
            "number again."
        )
    if code[-3:-1] in _OTHERS:
        raise ValidationError(
            f"{shown(value)} is the number of {_OTHERS[code[-3:-1]]}. Write that of the concept."
        )
    return code


def _verhoeff(digits: str) -> int:
    """Verhoeff's sum of digits, the last of them the check digit: 0 where they fit together.

    Digits 0 to 4 turn a pentagon, 5 to 9 turn it over and then turn it.
    """
    total = 0
    for place, character in enumerate(reversed(digits)):
        digit = int(character)
        for _ in range(place % 8):
            digit = _TURNED[digit]
        side, other = divmod(total, 5), divmod(digit, 5)
        turned = side[1] - other[1] if side[0] else side[1] + other[1]
        total = 5 * (side[0] ^ other[0]) + turned % 5
    return total

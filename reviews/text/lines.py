"""Rules for plain text and for the text inside rich fields: no draft holds what nobody can see."""

import re
import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError

# Vietnamese needs none after NFC, phonetic spelling two; a taller stack covers the lines around it.
MOST_DIACRITICS = 2
# Burmese writes up to five marks of its own script on one letter.
MOST_MARKS = 6
# CPython orders a run of marks in quadratic time: 64,000 of them took 3 seconds. Unicode's
# stream-safe text (UAX #15, section 13) stops at 30.
MOST_MARKS_BEFORE_NFC = 30

# Ogham's space is a visible stroke, so it is not a space to put in place of another.
_SPACES = dict.fromkeys((0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")

_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_EMOJI_STYLE = "\ufe0e\ufe0f"
_KEYCAP, _KEYCAP_BASES = "\u20e3", "0123456789#*"
_JOINERS = "\u200c\u200d"
# Arabic to Samaritan's neighbours, Devanagari to Sinhala, Burmese, Khmer, Mongolian: there the
# joiners choose between letter forms (Unicode Standard, 23.2).
_JOINING = re.compile(
    "[\u0620-\u06ff\u0700-\u074f\u0750-\u077f\u07ca-\u07fa\u0860-\u08ff\u0900-\u0dff\u1000-\u109f"
    "\u1780-\u17dd\u1820-\u18aa]"
)
_DIACRITIC = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# Letters, marks and symbols by category that show nothing, or stand for something lost.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\ufffd\U0001d159"
_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_INVISIBLE = "which nobody can see. Delete it, or type the words around it again."
_REASONS = {
    "Cc": "a control character. Delete it.",
    "Cf": _INVISIBLE,
    "Cs": "half of a broken character. Delete it and type the character again.",
    "Co": "a private character that other computers show differently. Delete it.",
    "Cn": "which has no agreed meaning. Delete it.",
    "Zl": "a hidden line break. Delete it and press Enter.",
    "Zp": "a hidden line break. Delete it and press Enter.",
    "Zs": "a special space. Type a plain space.",
}


def clean_line(value: str, *, maximum: int) -> str:
    """Return one line of plain text, trimmed, in NFC, with plain spaces for U+00A0 and its like.

    Raises ValidationError for more than `maximum` characters, a line break or tab, a character that
    `check_characters` refuses, and a forged review line.
    """
    line = _composed(value, maximum)
    check_characters(line)
    check_no_review_claim(line)
    return line


def clean_lines(value: str, *, maximum: int) -> str:
    """Return one item per line, each by `clean_line` with its `maximum`, without blank lines.

    Raises ValidationError for a bad line and for an item that stands there twice, in whatever case.
    """
    lines: dict[str, str] = {}
    for raw in line_feeds(value).split("\n"):
        line = clean_line(raw, maximum=maximum)
        if line and line.casefold() in lines:
            raise ValidationError(f"“{line}” is there twice. Take one of the two lines out.")
        if line:
            lines[line.casefold()] = line
    return "\n".join(lines.values())


def clean_text(value: str, *, maximum: int) -> str:
    """Return free text with LF and spaces for tabs, trimmed, such as a note that stays inside.

    Raises ValidationError for more than `maximum` characters and as `check_characters` does. A note
    may speak of reviews: it is no part of a page.
    """
    free = _composed(line_feeds(value).replace("\t", " "), maximum)
    check_characters(free, lines=True)
    return free


def line_feeds(value: str) -> str:
    """Return the text with LF for CRLF and for a lone CR."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def normalise(value: str) -> str:
    """Return the text in NFC with U+0020 for every other space but Ogham's.

    Raises ValidationError for U+0338 on "<", "=" or ">" (NFC would swallow a piece of markup) and
    for a run of marks that would take long to order.
    """
    if found := re.search("[<=>]\u0338", value):
        raise _refused(
            value, found.end() - 1, "on a sign of markup. Type the sign ≠, ≮ or ≯ itself."
        )
    run = 0
    for index, character in enumerate(value):
        run = run + 1 if unicodedata.category(character).startswith("M") else 0
        if run > MOST_MARKS_BEFORE_NFC:
            raise _refused(value, index, "one mark too many on one letter. Delete the marks.")
    return unicodedata.normalize("NFC", value).translate(_SPACES)


def check_characters(value: str, *, lines: bool = False) -> None:
    """Raise ValidationError at the first character that hides, reorders or fakes text.

    With `lines`, LF is allowed. Refused are all characters of the categories Cc, Cf, Cs, Co, Cn,
    Zl and Zp, and all spaces but U+0020; marks without a letter, and more than MOST_DIACRITICS or
    MOST_MARKS on one; variation selectors except on emoji; joiners except between letters of
    scripts that need them and between emoji. So direction marks and flags of regions never pass.
    """
    for index, character in enumerate(value):
        plain = " " <= character <= "~" or (lines and character == "\n")
        if not plain and (fault := _fault(value, index)):
            raise _refused(value, index, fault)


def check_is_frozen_form(value: str) -> None:
    """Raise ValidationError unless the text is NFC with LF and passes `check_characters`."""
    check_characters(value, lines=True)
    if not unicodedata.is_normalized("NFC", value):
        raise ValidationError(
            "The text is not in the normal form NFC. Open the draft and save it again."
        )


def _fault(value: str, index: int) -> str:
    character = value[index]
    category = unicodedata.category(character)
    if character in _JOINERS:
        return "" if _joins(value, index) else _INVISIBLE
    if _SELECTOR.match(character):
        return "" if _selects(value, index) else _INVISIBLE
    if character in _BLANK:
        return "which shows nothing. Delete it."
    if category.startswith("M"):
        return _mark_fault(value, index)
    return _REASONS.get(category, "")


def _joins(value: str, index: int) -> bool:
    """Tell whether the joiner at `index` stands between two letters or emoji that it can join."""
    before = value[max(0, index - 2) : index].rstrip(_EMOJI_STYLE)[-1:]
    after = value[index + 1 : index + 2]
    if _JOINING.match(before) and _JOINING.match(after):
        return all(unicodedata.category(side)[0] in "LM" for side in (before, after))
    return value[index] == "\u200d" and bool(_EMOJI.match(before) and _EMOJI.match(after))


def _selects(value: str, index: int) -> bool:
    """Tell whether the variation selector at `index` chooses the style of an emoji before it."""
    if value[index] not in _EMOJI_STYLE or not index:
        return False
    if value[index - 1] in _KEYCAP_BASES:
        return value[index + 1 : index + 2] == _KEYCAP
    return bool(_EMOJI.match(value[index - 1]))


def _mark_fault(value: str, index: int) -> str:
    """Return why the mark at `index` may not stand there, or an empty string."""
    marks = [value[index]]
    for base in _backwards(value, index):
        if not unicodedata.category(base).startswith("M") and base not in _JOINERS:
            break
        marks.append(base)
    else:
        base = " "
    diacritics = sum(1 for mark in marks if _DIACRITIC.match(mark))
    if diacritics > MOST_DIACRITICS or len(marks) > MOST_MARKS:
        return "one mark too many on one letter. Delete it."
    return "" if _takes_marks(base, value[index]) else "a mark without a letter. Delete it."


def _backwards(value: str, index: int) -> Iterator[str]:
    """Yield the characters before `index`, the nearest first, as many as one letter can carry."""
    return reversed(value[max(0, index - 2 * MOST_MARKS) : index])


def _takes_marks(base: str, mark: str) -> bool:
    """Tell whether `base` can carry `mark`: letters, digits and symbols, but no sign of markup."""
    if mark == _KEYCAP and base in _KEYCAP_BASES:
        return True
    return unicodedata.category(base)[0] in "LNS" and base not in "<=>"


def _refused(value: str, index: int, reason: str) -> ValidationError:
    """Return the error that names the character at `index`, where it stands and what to do."""
    character = value[index]
    name = unicodedata.name(character, "a character without a name")
    before = value[:index].replace("\n", " ")[-20:].lstrip()
    place = f"Character {index + 1}" + (f", after “{before}”," if before else "")
    return ValidationError(f"{place} is U+{ord(character):04X} ({name}), {reason}")


def _composed(value: str, maximum: int) -> str:
    """Return the text trimmed and by `normalise`; raises ValidationError if it is too long."""
    trimmed = value.translate(_SPACES).strip(" \t\r\n")
    # NFC can shorten a text to a quarter, not more; a longer one need not be read at all.
    if len(trimmed) > 4 * maximum:
        raise _too_long(trimmed, maximum)
    composed = normalise(trimmed)
    if len(composed) > maximum:
        raise _too_long(composed, maximum)
    return composed


def _too_long(value: str, maximum: int) -> ValidationError:
    return ValidationError(
        f"This has {len(value):,} characters; at most {maximum:,} fit. Shorten it."
    )


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


def shown(value: str) -> str:
    """Return the value quoted for an error, short, with `?` for what does not print."""
    printed = "".join(character if character.isprintable() else "?" for character in value)
    return f"“{printed[:80]}{'…' if len(printed) > 80 else ''}”"

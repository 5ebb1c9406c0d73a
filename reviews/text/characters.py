"""Which characters a text may hold: no draft holds what nobody can see. No model."""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape

from django.core.exceptions import ValidationError

# Vietnamese needs none after NFC, phonetic spelling two; a taller stack covers the lines around it.
MOST_DIACRITICS = 2
# Burmese writes up to five marks of its own script on one letter.
MOST_MARKS = 6
# CPython orders a run of marks in quadratic time: 64,000 of them took 3 seconds. Unicode's
# stream-safe text (UAX #15, section 13) stops at 30.
MOST_MARKS_BEFORE_NFC = 30
# So many places are named in one error; the rest are counted.
MOST_NAMED = 20

_UNBREAKING = "\u00a0\u202f"
# Ogham's space is a visible stroke, so it is not a space to put in place of another.
_SPACE = (
    _UNBREAKING + "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u205f\u3000"
)
# What is trimmed from a text's ends.
OUTER = " \t\r\n" + _SPACE
_INLINE = r"(?:</?(?:a|b|em|i|s|strong|sub|sup|span|u)(?:\s[^<>]*)?>)*"
# A number and its unit, or its groups of three digits, in text or in markup.
_SPACES = re.compile(
    rf"(?P<number>[\d½¼¾]{_INLINE})(?P<kept>[{_UNBREAKING}])(?={_INLINE}(?:[^\W_]|[%‰°$€£]))"
    rf"|[{_SPACE}]"
)

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

# What shows nothing anywhere: soft hyphen, grapheme joiner, zero-width spaces, word joiner and
# invisible operators, byte order mark.
_NOTHING = "\u00ad\u034f\u200b\u2060\u2061\u2062\u2063\u2064\ufeff"
# What shows nothing where it has nothing to join or to choose.
_IDLE = _JOINERS + _EMOJI_STYLE
# The C1 controls but U+0085, which breaks a line.
_C1 = "\u0080-\u0084\u0086-\u009f"
# One of these stands for a sign that was lost on the way ("don\x92t", "5\x9610", "â\x80\x99") where
# a digit, letters on both sides, or more of Latin-1 are beside it; else it is a stray.
_LOST_BESIDE = r"[0-9\u0080-\u00ac\u00ae-\u00ff]"
_STRAY_C1 = rf"(?<!{_LOST_BESIDE})[{_C1}](?!{_LOST_BESIDE})(?:(?<![^\W_].)|(?![^\W_]))"
# A PDF writes a hyphen as U+00AD and an old file a dash as U+0096: between two numbers, what is
# taken out may have been what kept them apart.
_FADED = " " + _SPACE + _NOTHING + _IDLE + "".join(map(chr, range(0x80, 0xA0)))
_PARTING = re.compile(rf"(?<=\d)([ {_SPACE}{_IDLE}]*[{_NOTHING}{_C1}][{_FADED}]*)(?=\d)")
_REMOVABLE = re.compile(rf"{_PARTING.pattern}|[{_NOTHING}]|{_STRAY_C1}")
_IDLE_ONE = re.compile(f"[{_IDLE}]")

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
# So much is read on each side of a bad character, so many words and characters of it are quoted.
_READ, _QUOTED_WORDS, _QUOTED = 200, 3, 30

_INVISIBLE = "which nobody can see. Delete it, or type the words around it again."
_REASONS = {
    "Cc": "a control character. Delete it, or type the words around it again.",
    "Cf": _INVISIBLE,
    "Cs": "half of a broken character. Delete it and type the character again.",
    "Co": "a private character that other computers show differently. Delete it.",
    "Cn": "which has no agreed meaning. Delete it.",
    "Zl": "a hidden line break. Delete it and press Enter.",
    "Zp": "a hidden line break. Delete it and press Enter.",
    "Zs": "a special space. Type a plain space.",
}


def remove_invisible(value: str) -> tuple[str, int]:
    """Take out what shows nothing and comes with a paste; return the text and how many went.

    Those are soft hyphens, zero-width spaces, U+2060 to U+2064, U+FEFF, U+034F, stray C1 controls,
    and joiners and emoji selectors that do nothing where they stand. They stay, for
    `check_characters` to refuse, where something may have been lost: between two digits, and a C1
    control between letters or in text of a wrong encoding. A second time takes out nothing.
    """
    # Whether a joiner does something is seen once its neighbors are those that stay.
    left = _REMOVABLE.sub(lambda found: found[1] or "", value)
    if _IDLE_ONE.search(left):
        left = _without_idle(left)
    return left, len(value) - len(left)


def removal(count: int) -> str:
    """The sentence that tells a person what `remove_invisible` took out; empty for nothing."""
    if not count:
        return ""
    return f"{count:,} invisible character{' was' if count == 1 else 's were'} removed."


def line_feeds(value: str) -> str:
    """Return the text with LF for CRLF, for a lone CR and for U+0085."""
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")


def normalise(value: str) -> str:
    """Return the text in NFC with U+0020 for every other space but Ogham's.

    U+00A0 and U+202F stay between a digit and the letter, digit or sign of a unit after it, with or
    without inline tags between them, so that a line never ends between a number and its unit.
    Raises ValidationError for U+0338 on "<", "=" or ">" (NFC would swallow a piece of markup) and
    for a run of marks that would take long to order.
    """
    if found := re.search("[<=>]\u0338", value):
        at = found.end() - 1
        raise _refusal(
            value, [(at, at + 1, "on a sign of markup. Type the sign ≠, ≮ or ≯ itself.")]
        )
    run = 0
    for index, character in enumerate(value):
        run = run + 1 if unicodedata.category(character).startswith("M") else 0
        if run > MOST_MARKS_BEFORE_NFC:
            fault = "one mark too many on one letter. Delete the marks."
            raise _refusal(value, [(index, index + 1, fault)])
    return _SPACES.sub(
        lambda found: found[0] if found["kept"] else " ", unicodedata.normalize("NFC", value)
    )


def check_characters(value: str, *, lines: bool = False) -> None:
    """Raise ValidationError for characters that hide, reorder or fake text, all in one message.

    With `lines`, LF is allowed. Refused are all characters of the categories Cc, Cf, Cs, Co, Cn,
    Zl and Zp, and all spaces but U+0020 and those that `normalise` keeps; marks without a letter,
    and more than MOST_DIACRITICS or MOST_MARKS on one; variation selectors except on emoji; joiners
    except between letters of scripts that need them and between emoji. So direction marks and flags
    of regions never pass. Each place is named by the words around it; MOST_NAMED at most.
    """
    unbreaking = {found.end("kept") - 1 for found in _SPACES.finditer(value) if found["kept"]}
    faults: list[tuple[int, int, str]] = []
    for index, character in enumerate(value):
        if " " <= character <= "~" or (lines and character == "\n") or index in unbreaking:
            continue
        if fault := _fault(value, index):
            if faults and faults[-1][1] == index:
                start, _, reason = faults[-1]
                faults[-1] = start, index + 1, reason
            else:
                faults.append((index, index + 1, fault))
    if faults:
        raise _refusal(value, faults)


def check_is_frozen_form(value: str) -> None:
    """Raise ValidationError unless the text is NFC with LF and passes `check_characters`."""
    check_characters(value, lines=True)
    if not unicodedata.is_normalized("NFC", value):
        raise ValidationError(
            "The text is not in the normal form NFC. Open the draft and save it again."
        )


def shown(value: str) -> str:
    """Return the value quoted for an error, short, with `?` for what does not print."""
    printed = "".join(character if character.isprintable() else "?" for character in value)
    return f"“{printed[:80]}{'…' if len(printed) > 80 else ''}”"


def _without_idle(value: str) -> str:
    """Return the text without the joiners and emoji selectors that do nothing where they stand."""
    kept: list[str] = []
    for index, character in enumerate(value):
        if character in _IDLE:
            # The text so far without what went, this character, and the one after it.
            near = "".join([*kept[-2:], character, value[index + 1 : index + 2]])
            if _is_idle(near, len(kept[-2:])):
                continue
        kept.append(character)
    return "".join(kept)


def _is_idle(value: str, index: int) -> bool:
    if value[index] in _EMOJI_STYLE:
        return not _selects(value, index)
    sides = value[max(0, index - 1) : index], value[index + 1 : index + 2]
    return not _joins(value, index) and not any(_JOINING.match(side) for side in sides)


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


def _refusal(value: str, faults: list[tuple[int, int, str]]) -> ValidationError:
    """Return the error that names each fault (start, end, what it is and what to do) by its place.

    Characters in a row are one fault, told by the first of them.
    """
    told = [_told(value, *fault) for fault in faults[:MOST_NAMED]]
    if more := len(faults) - len(told):
        told.append(f"There are {more:,} more places like these.")
    return ValidationError(" ".join(told))


def _told(value: str, start: int, end: int, reason: str) -> str:
    """One sentence such as: Between “Take” and “at night” is U+202E (…), which nobody can see."""
    character = value[start]
    if character == "\n":
        return f"{_place(value, start, end)} is a line break. This is one line: type a space."
    name = unicodedata.name(character, "a character without a name")
    many = f"and {end - start - 1:,} more after it, " if end - start > 1 else ""
    if _PARTING.match(value, len(value[:start].rstrip(_FADED))):
        reason = "which nobody can see. Type the sign or space that parts the two numbers."
    return f"{_place(value, start, end)} is U+{ord(character):04X} ({name}), {many}{reason}"


def _place(value: str, start: int, end: int) -> str:
    """Name a place by the visible words before and after it, without tags."""
    before = _visible(value[max(0, start - _READ) : start]).split()[-_QUOTED_WORDS:]
    after = _visible(value[end : end + _READ]).split()[:_QUOTED_WORDS]
    first = f"“{' '.join(before)[-_QUOTED:].lstrip()}”" if before else ""
    second = f"“{' '.join(after)[:_QUOTED].rstrip()}”" if after else ""
    if first and second:
        return f"Between {first} and {second}"
    return f"After {first}" if first else f"Before {second}" if second else "Here"


def _visible(markup: str) -> str:
    """The words of a piece of text or of markup that may begin or end inside a tag."""
    whole = re.sub(r"^[^<>]*>|<[^<>]*$", "", _TAG.sub(" ", markup)) if "<" in markup else markup
    return "".join(
        one if one.isprintable() else " " if one.isspace() else "" for one in unescape(whole)
    )

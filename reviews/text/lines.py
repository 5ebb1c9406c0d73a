"""Plain text on its way in: one line, several lines, free text."""

from django.core.exceptions import ValidationError

from reviews.text.characters import (
    OUTER,
    check_characters,
    check_is_frozen_form,
    line_feeds,
    normalise,
    remove_invisible,
    shown,
)
from reviews.text.review_lines import check_no_review_line

__all__ = [
    "check_characters",
    "check_is_frozen_form",
    "check_no_review_line",
    "clean_line",
    "clean_lines",
    "clean_text",
    "line_feeds",
    "normalise",
    "shown",
]


def clean_line(value: str, *, maximum: int, citation: bool = False) -> str:
    """Return one line of plain text, trimmed, in NFC, with plain spaces for tabs and special ones.

    What shows nothing is taken out by `remove_invisible`; a no-break space stays where `normalise`
    keeps it. Raises ValidationError for more than `maximum` characters, a line break, a character
    that `check_characters` refuses, and a forged review line; a `citation` may carry its source's.
    """
    line = _composed(value, maximum)
    check_characters(line)
    check_no_review_line(line, citation=citation)
    return line


def clean_lines(value: str, *, maximum: int) -> str:
    """Return one item per line, each by `clean_line` with its `maximum`, without blank lines.

    Raises ValidationError for a bad line and for an item that stands there twice, in whatever case.
    """
    lines: dict[str, str] = {}
    for raw in line_feeds(value).split("\n"):
        line = clean_line(raw, maximum=maximum)
        same = " ".join(line.casefold().split())
        if same in lines:
            raise ValidationError(f"“{line}” is there twice. Take one of the two lines out.")
        if line:
            lines[same] = line
    return "\n".join(lines.values())


def clean_text(value: str, *, maximum: int) -> str:
    """Return free text with LF and spaces for tabs, trimmed, such as a note that stays inside.

    Raises ValidationError for more than `maximum` characters and as `check_characters` does. A note
    may speak of reviews: it is no part of a page.
    """
    free = _composed(line_feeds(value), maximum)
    check_characters(free, lines=True)
    return free


def _composed(value: str, maximum: int) -> str:
    """Return the text trimmed and by `normalise`; raises ValidationError if it is too long."""
    seen, _ = remove_invisible(value)
    trimmed = seen.strip(OUTER).replace("\t", " ")
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

"""A paste into the editor: the browser sends the clipboard here before a word enters the text."""

import re
from html import escape
from html.parser import HTMLParser
from itertools import accumulate

from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse

from conditions.cleaning import elements, sanitise, typed
from conditions.cleaning.tree import TELLING

# Word puts its whole style sheet beside a few words.
MOST_CHARACTERS = 3 * 1024 * 1024

# The parser looks to the end for what ends a tag: each that has none costs a look at everything.
MOST_UNFINISHED = 30

_UNFINISHED = re.compile(r"<[A-Za-z/!?](?![^<>]*>)")
_NO_WORDS = frozenset({"script", "style", "head", "title", "noscript", "template"})
# Bullets of the fonts Symbol and Wingdings, in the place that Word gives them.
_BULLETS = {0xF0B7: "•", 0xF0A7: "•"}
_CELL = re.compile("<t[dhr][ >]")


def answer(request: HttpRequest) -> JsonResponse:
    """What may be put into the text of a clipboard's `html` or `text`: {"html", "said"}.

    `said` are sentences on what was left out. A clipboard that is refused is answered with 422 and
    {"refused": sentences}.
    """
    html, text = request.POST.get("html", ""), request.POST.get("text", "")
    under = 3 if request.POST.get("under") == "3" else 2
    try:
        cleaned = read(html, text, under=under)
    except ValidationError as refusal:
        return JsonResponse({"refused": refusal.messages}, status=422)
    said = [f"Left out: {'; '.join(cleaned.losses)}."] if cleaned.losses else []
    return JsonResponse({"html": cleaned.text, "said": [*said, *cleaned.notes]})


def read(html: str, text: str, *, under: int) -> sanitise.Cleaned:
    """A clipboard's markup, or else its plain text, cleaned. Raises as `sanitise.read` does."""
    html, text = html.translate(_BULLETS), text.translate(_BULLETS)
    if not html.strip() and not text.strip():
        raise ValidationError("The clipboard holds no words.")
    if max(len(html), len(text)) > MOST_CHARACTERS:
        raise ValidationError("This is too much to paste at once. Paste it in pieces.")
    if html.strip():
        cleaned = sanitise.read(slim(html), under=under, pasted=True)
        if not _fuses(cleaned.text, text):
            return cleaned
    return sanitise.read(escape(text, quote=False), under=under, pasted=True)


def _fuses(markup: str, text: str) -> bool:
    """Whether the same signs stand in both, but two words of the text are one in the markup.

    Only a style sheet that stayed behind set them apart.
    """
    found, plain = sanitise.words(markup), text.split()
    return "".join(found) == "".join(plain) and not _ends(plain) <= _ends(found)


def _ends(words: list[str]) -> set[int]:
    """After how many signs each word ends."""
    return set(accumulate(len(word) for word in words))


def slim(html: str) -> str:
    """Markup without what programs add to words: style sheets, comments, names and numbers.

    Elements that only the source page knew are inline there; rows alone are put into a table.
    """
    if typed.never_ends(html):
        raise ValidationError("The clipboard is cut off in the middle. Copy the words again.")
    html = re.sub(r"<!--.*?-->|<[!?][^<>]*>", "", html, flags=re.DOTALL)
    if len(_UNFINISHED.findall(html)) > MOST_UNFINISHED:
        raise ValidationError("The clipboard’s markup is broken. Paste it as plain text.")
    writer = _Slim()
    writer.feed(html)
    writer.close()
    markup = "".join(writer.pieces)
    if _CELL.search(markup) and "<table" not in markup:
        return f"<table>{markup}</table>"
    return markup


class _Slim(HTMLParser):
    """Writes markup again with the attributes that may tell something of its words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._without_words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._without_words:
            return
        if tag in _NO_WORDS:
            self._without_words = tag
            return
        kept = "".join(
            f' {name}="{escape(value or "")}"' for name, value in attrs if name in TELLING
        )
        self.pieces.append(f"<{_plain_name(tag)}{kept}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _NO_WORDS:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._without_words:
            self._without_words = "" if tag == self._without_words else self._without_words
        elif tag not in ("body", "html"):
            self.pieces.append(f"</{_plain_name(tag)}>")

    def handle_data(self, data: str) -> None:
        if not self._without_words:
            self.pieces.append(escape(data, quote=False))


def _plain_name(tag: str) -> str:
    return tag if tag in elements.KNOWN else "span"

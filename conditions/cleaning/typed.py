"""Markup as it was typed: what a parser would mend or swallow in silence is found here."""

import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

from conditions.cleaning import elements
from conditions.cleaning.allowed import TAGS
from reviews.text.characters import remove_invisible
from reviews.text.lines import shown

# A tag that never ends, or a name that no tag has: <b, <jane@example.org>.
_NO_TAG = re.compile(
    r"<[A-Za-z/!?][^<>]*(?=<|\Z)|<(?!/?[A-Za-z][A-Za-z0-9-]*(?::[A-Za-z]+)?[\s/>])/?[A-Za-z][^<>]*>"
)
_DECLARATION = re.compile(r"<[!?]([^<>]*)>")
# Word's conditions and the marks of a clipboard's fragment hold no words.
_MACHINE_COMMENT = re.compile(r"\s*(?:\[(?:if|endif)|StartFragment|EndFragment|$)", re.IGNORECASE)
_MACHINE_DECLARATION = re.compile(r"doctype\b|\[(?:if|endif)|xml\b|xml:namespace", re.IGNORECASE)
AMBIGUOUS = (
    "This markup can be read in more than one way. Paste it as plain text and format it again."
)
CELLS = ("td", "th", "caption")
_GROUPS = ("thead", "tbody", "tfoot", "colgroup")
_TABULAR = ("table", "tr", *_GROUPS, *CELLS)
# Opening one of these closes those before it within the same table.
_CLOSES = {
    **dict.fromkeys(("td", "th"), CELLS),
    "tr": (*CELLS, "tr", "colgroup"),
    **dict.fromkeys((*_GROUPS, "caption"), (*CELLS, "tr", *_GROUPS)),
}


class Typed(HTMLParser):
    """Reads markup tag by tag: `faults` refuse it, `losses` are told, `links` are its targets."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.losses: Counter[tuple[str, str]] = Counter()
        self.unknown: list[str] = []
        self.between: list[str] = []
        self.text: list[str] = []
        self.cells = 0
        self._dropped = ""
        self._tabular: list[str] = []
        self._opened: dict[str, list[str]] = {}
        self.feed(markup)
        self.close()
        self.unclosed = [tag for tags in self._opened.values() for tag in tags]
        self.faults = self._found()

    def _found(self) -> list[str]:
        """What refuses the markup, in words."""
        found = []
        if self.unknown:
            found.append(not_tags(self.unknown))
        if self.unclosed:
            found.append(
                f"{_listed(self.unclosed)} opens something that never ends. If it is meant as "
                "words, write &lt; for the sign <."
            )
        if self.between:
            found.append(
                f"Words stand between the cells of a table: {_listed(self.between)}. Put them into "
                "a cell, or before or after the table."
            )
        return found

    def against(self, seen: str, cells: int) -> list[str]:
        """What is wrong if a browser sees these words and so many cells: others than were typed."""
        if cells < self.cells:
            return [
                "Cells stand outside a table. Put <table> and <tr> around them, or write their "
                "words as paragraphs."
            ]
        return [] if _squeezed("".join(self.text)) == _squeezed(seen) else [AMBIGUOUS]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [href or "" for name, href in attrs if name == "href"][:1]
        if self._dropped:
            return
        if not elements.is_known(tag):
            self.unknown.append(self.get_starttag_text() or f"<{tag}>")
        elif tag in elements.DROPPED:
            self._dropped = tag
            self.losses[elements.named(tag)] += 1
        elif tag in elements.NAMES or tag in elements.VOID - elements.SILENT - TAGS:
            self.losses[elements.named(tag)] += 1
        elif not attrs and tag not in TAGS | elements.VOID | elements.CLOSED_BY_OTHERS | _RENAMED:
            self._opened.setdefault(tag, []).append(f"<{tag}>")
        if tag in _TABULAR:
            self._open(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A browser takes no notice of the slash.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            self._dropped = "" if tag == self._dropped else self._dropped
            return
        if self._opened.get(tag):
            self._opened[tag].pop()
        if tag in self._tabular:
            while self._tabular.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._dropped:
            return
        self.text.append(data)
        if data.strip() and self._tabular and self._tabular[-1] not in CELLS:
            self.between.append(" ".join(data.split()))

    def unknown_decl(self, data: str) -> None:
        """Without words for a browser; the base class would raise."""

    def _open(self, tag: str) -> None:
        closes = _CLOSES.get(tag, ())
        while self._tabular and self._tabular[-1] in closes:
            self._tabular.pop()
        self._tabular.append(tag)
        self.cells += tag in CELLS


# Closed or not, they are brought to a tag that is allowed.
_RENAMED = frozenset({"b", "i", *(f"h{level}" for level in range(1, 7))})


def without_comments(markup: str) -> tuple[str, Counter[tuple[str, str]], list[str]]:
    """The markup without comments and declarations; what they are called; what never ends."""
    losses: Counter[tuple[str, str]] = Counter()

    def comment(found: re.Match[str]) -> str:
        if not _MACHINE_COMMENT.match(found[1]):
            losses[f"a comment ({shown(' '.join(found[1].split()))})", "comments"] += 1
        return ""

    def declaration(found: re.Match[str]) -> str:
        if not _MACHINE_DECLARATION.match(found[1]):
            losses[f"an instruction ({shown(found[0])})", "instructions"] += 1
        return ""

    if never_ends(markup):
        return markup, losses, ["A comment opens with <!-- and never ends. Take it out."]
    markup = re.sub("<!--(.*?)-->", comment, markup, flags=re.DOTALL)
    return _DECLARATION.sub(declaration, markup), losses, []


def never_ends(markup: str) -> bool:
    """Whether a comment stays open."""
    return markup.rfind("<!--") > markup.rfind("-->")


def stray_tags(markup: str) -> list[str]:
    """What is wrong with pieces of markup that no parser can read as a tag."""
    found = [one[0] for one in _NO_TAG.finditer(markup)]
    return [not_tags(found)] if found else []


def not_tags(found: list[str]) -> str:
    """The message on pieces that only look like tags."""
    reads = "reads like a tag but is none" if len(found) == 1 else "read like tags but are none"
    return f"{_listed(found)} {reads}. For the sign < write &lt;."


def _squeezed(text: str) -> str:
    """A text without its spaces, as it will be looked at and stored."""
    return unicodedata.normalize("NFC", "".join(remove_invisible(text)[0].split()))


def _listed(pieces: list[str]) -> str:
    several = [shown(piece) for piece in dict.fromkeys(pieces)][:8]
    more = len(set(pieces)) - len(several)
    return ", ".join(several) + (f" and {more} more" if more > 0 else "")

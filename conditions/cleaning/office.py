"""What word processors write in their own way: lists, margin comments, tab stops.

Word marks them by declarations of its own ("mso-…", in "HTML Clipboard Format" as it writes it)
and by classes; Google Docs writes the anchors of its comments as #cmnt1.
"""

import re
from dataclasses import dataclass

from conditions.cleaning.tree import Element

_LEVEL = re.compile(r"\bl\d+ +level(\d+)")
_NUMBER = re.compile(r"\(?(?:(\d{1,5})|[a-z]{1,5})[.)]", re.IGNORECASE)
# Signs that Word and its fonts for symbols show as a bullet.
_BULLET = re.compile("[o§·•●○■□▪▫◦‣⁃–—*\u00a8\u00d8\u00fc\u00f0\ue000-\uf8ff-]?")
LISTS = ("ul", "ol", "menu", "dir")
_COMMENT_CLASSES = {"msocomanchor", "msocommentreference", "msocomtxt", "msocomoff"}


class Office:
    """Rewrites the tree of a text that came from a word processor."""

    def __init__(self) -> None:
        # The words of every margin comment that was taken out, and all elements that went with it.
        self.comments: list[str] = []
        self.removed: list[Element] = []
        # Markers such as "a." that become numbers.
        self.letters: list[str] = []

    def rewrite(self, element: Element) -> None:
        """Take out margin comments, and put lists and tabs in HTML's own terms."""
        kept: list[Element | str] = []
        for child in element.children:
            if isinstance(child, str):
                kept.append(child)
            elif self._is_comment(child):
                self._note(child)
            elif child.style.get("mso-tab-count"):
                kept.append("\t")
            else:
                self.rewrite(child)
                kept.append(child)
        kept = self._with_lists(kept)
        element.children = kept if element.name in LISTS else _with_strays(kept)

    def _is_comment(self, element: Element) -> bool:
        style = element.style
        if style.get("mso-element") in ("comment", "comment-list"):
            return True
        if element.classes & _COMMENT_CLASSES:
            return True
        if style.get("mso-special-character") == "comment":
            return True
        anchors = [one for one in (element, *element.all()) if one.name == "a"]
        marks = [one.attributes.get("href", "") for one in anchors]
        if element.name in ("sup", "a") and any(re.fullmatch(r"#cmnt\d+", one) for one in marks):
            return True
        return element.name in ("div", "p") and bool(
            re.match(r"#cmnt_ref\d+$", marks[0] if marks else "")
            and element.words.startswith(anchors[0].words)
        )

    def _note(self, comment: Element) -> None:
        """Remember a comment's words; its mark in the text has none worth telling."""
        self.removed.append(comment)
        parts = [
            one
            for one in comment.all()
            if one.style.get("mso-element") == "comment" or "msocomtxt" in one.classes
        ]
        inner = {id(one) for part in parts for one in part.all()}
        whole = [one for one in parts if id(one) not in inner]
        for one in whole or [comment]:
            words = re.sub(r"^(?:\[\w+\]\s*)+", "", one.words)
            if words:
                self.comments.append(words)

    def _with_lists(self, nodes: list[Element | str]) -> list[Element | str]:
        """The nodes with Word's paragraphs that look like list items put into lists."""
        made: list[Element | str] = []
        items: list[_Item] = []
        for node in nodes:
            item = self._item(node) if isinstance(node, Element) else None
            if item is not None:
                items.append(item)
            elif isinstance(node, str) and not node.strip() and items:
                continue
            else:
                made += _nested(items)
                items = []
                made.append(node)
        return made + _nested(items)

    def _item(self, element: Element) -> "_Item | None":
        level = _LEVEL.search(element.style.get("mso-list", ""))
        if level is None:
            return None
        ignored = next(
            (one for one in element.all() if one.style.get("mso-list") == "ignore"), None
        )
        marker = ignored.words if ignored else ""
        numbered = _NUMBER.fullmatch(marker)
        if not numbered and not _BULLET.fullmatch(marker):
            return None
        if ignored:
            _take_out(element, ignored)
        if numbered and not numbered[1]:
            self.letters.append(marker)
        paragraph = Element("p", {}, element.children)
        number = int(numbered[1]) if numbered and numbered[1] else None
        return _Item(int(level[1]), "ol" if numbered else "ul", number, paragraph)


@dataclass
class _Item:
    level: int
    tag: str
    number: int | None
    paragraph: Element


def _nested(items: list[_Item]) -> list[Element | str]:
    """Items with their levels as lists in lists; a number that does not follow begins anew."""
    made: list[Element | str] = []
    # The lists that are open, the outermost first, each with its level and its next number.
    opened: list[tuple[int, Element, int]] = []
    for item in items:
        while opened and opened[-1][0] > item.level:
            opened.pop()
        if opened and opened[-1][0] == item.level:
            _, last, expected = opened[-1]
            if last.name != item.tag or item.number not in (None, expected):
                opened.pop()
        if not opened or opened[-1][0] < item.level:
            begun = Element(item.tag, {"start": str(item.number or 1)})
            _home(opened, made).append(begun)
            opened.append((item.level, begun, item.number or 1))
        level, current, number = opened.pop()
        current.children.append(Element("li", {}, [item.paragraph]))
        opened.append((level, current, number + 1))
    return made


def _home(opened: list[tuple[int, Element, int]], made: list[Element | str]) -> list[Element | str]:
    """Where a list begins: in the last item of the one around it, or beside the paragraphs."""
    if not opened:
        return made
    last = opened[-1][1].children[-1]
    assert isinstance(last, Element)
    return last.children


def _take_out(element: Element, inner: Element) -> None:
    element.children = [child for child in element.children if child is not inner]
    for child in element.elements():
        _take_out(child, inner)


def _with_strays(nodes: list[Element | str]) -> list[Element | str]:
    """The nodes with list items that stand outside a list put into one."""
    made: list[Element | str] = []
    gathered: Element | None = None
    for node in nodes:
        if isinstance(node, Element) and node.name == "li":
            if gathered is None:
                gathered = Element("ul")
                made.append(gathered)
            gathered.children.append(node)
            continue
        if isinstance(node, Element) or node.strip():
            gathered = None
        made.append(node)
    return made

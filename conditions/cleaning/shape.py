"""From markup as people and programs write it to the blocks that a page knows."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from conditions.cleaning.blocks import (
    LINE_BREAK,
    Block,
    Bullets,
    Paragraph,
    Quote,
    Rule,
    Run,
    has_words,
    tidy,
)
from conditions.cleaning.elements import BLOCKS
from conditions.cleaning.office import LISTS, Office
from conditions.cleaning.tables import table_of
from conditions.cleaning.tree import Element, number
from reviews.text.lines import shown

MOST_START = 9999

_LOWEST = 4
_MARKS = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "sub": "sub", "sup": "sup"}
_STRUCK = {"del", "s", "strike"}
_BLANK_LINE = re.compile(r"\n[ \t\r\f]*\n[ \t\r\f\n]*")
# Between two numbers it parts two columns; as a space it would make one number of them.
_COLUMNS = re.compile(r"\d[ \u00a0]*\t[ \t\u00a0]*\d")
_WIDE_COLUMNS = re.compile(r"\d(?: {2,}| *\t[ \t]*)\d")
_LETTERED = re.compile("lower-alpha|upper-alpha|lower-latin|upper-latin|lower-roman|upper-roman")


@dataclass(frozen=True)
class Place:
    """Where words stand. `inside` is the nearest of blockquote, li and td, or empty.

    Directly in the text, outside every block (`loose`), a blank line parts paragraphs; in text
    that is preformatted (`verbatim`) every line is one.
    """

    inside: str = ""
    marks: frozenset[str] = frozenset()
    href: str = ""
    loose: bool = False
    verbatim: bool = False
    struck: bool = False
    in_heading: bool = False


@dataclass
class Flow:
    """Blocks one after another; words that stand beside a block get a paragraph of their own."""

    blocks: list[Block] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    _apart: bool = False

    def add(self, text: str, place: Place) -> None:
        """Add words to the paragraph that is being written."""
        if self._apart and text[:1].isalnum():
            text = f" {text}"
        self._apart = False
        self.runs.append(Run(text, place.marks, place.href))

    def part(self) -> None:
        """Let no word before and no word after be one word."""
        self._apart = bool(self.runs and self.runs[-1].text[-1:].isalnum())

    def end(self) -> None:
        """End the paragraph; without words it is none."""
        runs = tidy(self.runs)
        if has_words(runs):
            self.blocks.append(Paragraph("p", runs))
        self.runs, self._apart = [], False

    def append(self, block: Block) -> None:
        """Add a block after what was written."""
        self.end()
        self.blocks.append(block)


class Shaper:
    """Makes blocks of a tree, and notes what is wrong with it (faults) or left out (losses)."""

    def __init__(self, under: int, without: Iterable[str] = ()) -> None:
        self.faults: list[str] = []
        self.losses: Counter[tuple[str, str]] = Counter()
        self.struck: list[str] = []
        # Targets of links that stand in nothing but comments and hidden words.
        self.gone: set[str] = set()
        self._linked: set[str] = set()
        self._under = under
        # Targets of links that are not allowed; the words stay.
        self._without = frozenset(without)
        self._levels: list[int] = []

    def shape(self, root: Element) -> list[Block]:
        """The blocks of a whole text."""
        office = Office()
        office.rewrite(root)
        self.losses["a margin comment", "margin comments"] += len(office.comments)
        self.gone = _links(office.removed)
        if office.letters:
            self._lettered()
        made = self.blocks(root.children, Place(loose=True))
        self.gone -= self._linked
        if self.struck:
            words = ", ".join(shown(one) for one in self.struck[:8])
            self.faults.append(
                f"Words are struck out: {words}. Accept or reject the changes where the text was "
                "written (in Word: Review, Accept All Changes), or delete these words."
            )
        return made

    def blocks(self, nodes: Iterable[Element | str], place: Place) -> list[Block]:
        """The blocks of what stands in one place."""
        flow = Flow()
        self._walk(nodes, place, flow)
        flow.end()
        return flow.blocks

    def _walk(self, nodes: Iterable[Element | str], place: Place, flow: Flow) -> None:
        for node in nodes:
            if isinstance(node, str):
                self._text(node, place, flow)
            else:
                self._element(node, place, flow)

    def _text(self, text: str, place: Place, flow: Flow) -> None:
        if place.struck and text.strip():
            self.struck.append(" ".join(text.split()))
        columns = _WIDE_COLUMNS if place.verbatim else _COLUMNS
        if found := columns.search(text):
            before = text[max(0, found.start() - 20) : found.start() + 1].split()[-1]
            after = text[found.end() - 1 : found.end() + 20].split()[0]
            self.faults.append(
                f"A tab or gap parts the numbers in {shown(f'{before} … {after}')}. Make it a "
                "table, or put a word or a sign between them."
            )
        if place.verbatim:
            flow.add(text.replace("\n", LINE_BREAK), place)
            return
        pieces = _BLANK_LINE.split(text) if place.loose else [text]
        for at, piece in enumerate(pieces):
            if at:
                flow.end()
            flow.add(piece.replace("\n", " "), place)

    def _element(self, element: Element, place: Place, flow: Flow) -> None:
        if _is_hidden(element):
            self.gone |= _links([element])
            if element.words:
                self.losses[f"hidden words ({shown(element.words)})", ""] += 1
            return
        place = _styled(element, place)
        self._linked.add(place.href)
        if place.href in self._without:
            place = replace(place, href="")
        name = element.name
        if name == "br":
            flow.add(LINE_BREAK, place)
        elif name == "hr":
            flow.end()
            if place.inside in ("", "blockquote"):
                flow.append(Rule())
        elif name == "q":
            flow.add("“", place)
            self._walk(element.children, place, flow)
            flow.add("”", place)
        elif name == "ruby":
            self.faults.append(
                f"The words {shown(element.words)} have their reading written above them, which a "
                "page cannot show. Put it in brackets behind."
            )
        elif name in _BY_NAME or _is_block(element):
            flow.end()
            self._block(element, replace(place, loose=False), flow)
            flow.end()
        elif element.style.get("display", "").startswith("inline-") or name == "button":
            flow.part()
            self._walk(element.children, place, flow)
            flow.part()
        else:
            self._walk(element.children, place, flow)

    def _block(self, element: Element, place: Place, flow: Flow) -> None:
        if re.fullmatch("h[1-6]", element.name):
            self._heading(element, place, flow)
        elif element.name in LISTS:
            if made := self._list(element, place):
                flow.blocks += made
        elif element.name == "blockquote":
            inner = self.blocks(element.children, replace(place, inside=_quoted(place)))
            flow.blocks += [Quote(inner)] if inner and place.inside != "td" else inner
        elif element.name == "table":
            self._table(element, place, flow)
        elif element.style.get("display", "") in _PARTING_CHILDREN:
            for child in element.children:
                self._walk([child], place, flow)
                flow.end()
        else:
            verbatim = place.verbatim or element.name in ("pre", "listing")
            self._walk(element.children, replace(place, verbatim=verbatim), flow)

    def _heading(self, element: Element, place: Place, flow: Flow) -> None:
        """A heading one level below the one it stands under; where there is none, bold words."""
        inner = self.blocks(element.children, replace(place, in_heading=True))
        tag = ""
        if place.inside in ("", "blockquote") and any(isinstance(one, Paragraph) for one in inner):
            tag = self._heading_tag(int(element.name[1]))
        for block in inner:
            if isinstance(block, Paragraph) and tag:
                flow.append(Paragraph(tag, block.runs))
            elif isinstance(block, Paragraph):
                bold = [run._replace(marks=run.marks | {"strong"}) for run in block.runs]
                flow.append(Paragraph("p", tidy(bold)))
            else:
                flow.append(block)

    def _heading_tag(self, level: int) -> str:
        """The tag of the next heading, without a jump; empty if it stands too deep for one."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
        self._levels.append(level)
        depth = self._under + len(self._levels)
        return f"h{depth}" if depth <= _LOWEST else ""

    def _list(self, element: Element, place: Place) -> list[Block]:
        """A list, or several where its numbers leap."""
        tag = "ol" if element.name == "ol" else "ul"
        if tag == "ol":
            self._check_numbers(element)
        start = number(element.attributes.get("start", "")) if tag == "ol" else 1
        made = [Bullets(tag, [], 1 if start is None else start)]
        inside = replace(place, inside="li", loose=False)
        for item in _items(element):
            value = number(item.attributes.get("value", "")) if tag == "ol" else None
            if value is not None and value != made[-1].start + len(made[-1].items):
                made.append(Bullets(tag, [], value))
            content = self.blocks([item] if item.name != "li" else item.children, inside)
            if item.name in LISTS and made[-1].items:
                made[-1].items[-1] += content
            elif item.name == "li" or content:
                if not content or not isinstance(content[0], Paragraph):
                    content.insert(0, Paragraph("p", []))
                made[-1].items.append(content)
        if any(not 0 <= one.start <= MOST_START for one in made):
            self.faults.append(
                f"A numbered list begins with a number below 0 or above {MOST_START:,}. Write the "
                "numbers as words."
            )
        return [one for one in made if one.items]

    def _check_numbers(self, element: Element) -> None:
        if "reversed" in element.attributes:
            self.faults.append(
                "A numbered list counts down. Write it as paragraphs that begin with their number."
            )
        kinds = [element.style.get("list-style-type", ""), element.style.get("list-style", "")]
        kinds += [one.style.get("list-style-type", "") for one in element.elements()]
        lettered = element.attributes.get("type", "1").strip() in ("a", "A", "i", "I")
        if lettered or any(_LETTERED.search(kind) for kind in kinds):
            self._lettered()

    def _lettered(self) -> None:
        self.losses[
            "the letters of a list (its items are numbered 1, 2, 3)",
            "lists whose letters become numbers",
        ] += 1

    def _table(self, element: Element, place: Place, flow: Flow) -> None:
        inside = replace(place, inside="td", marks=frozenset(), loose=False)
        made = table_of(element, lambda nodes: self.blocks(nodes, inside))
        if made.table and place.inside:
            made.faults.append(
                f"{made.name} stands inside {_AROUND[place.inside]}. Put it below, by itself."
            )
        self.faults += made.faults
        if made.table:
            flow.append(made.table)
        else:
            self._walk(made.unwrapped, place, flow)


_AROUND = {"td": "another table", "li": "a list", "blockquote": "a quotation"}
_BY_NAME = BLOCKS - {"br", "hr"}
_BLOCK_DISPLAY = re.compile(r"block|flex|grid|table\b.*|list-item|flow-root")
_PARTING_CHILDREN = ("flex", "grid", "inline-flex", "inline-grid", "table-row")


def _items(element: Element) -> list[Element]:
    """What stands in a list as items: its own, those in wrappers, and stray words as one."""
    found: list[Element] = []
    for child in element.children:
        if isinstance(child, str):
            if child.strip():
                found.append(Element("li", {}, [child]))
        elif child.name in ("li", *LISTS):
            found.append(child)
        elif any(one.name == "li" for one in child.all()):
            found += _items(child)
        else:
            found.append(child)
    return found


def _quoted(place: Place) -> str:
    """What the words of a quotation stand in; a table's cell holds them as its own."""
    return "td" if place.inside == "td" else "blockquote"


def _links(elements: Iterable[Element]) -> set[str]:
    """The targets of the links in elements."""
    found = (one for element in elements for one in (element, *element.all()))
    return {one.attributes["href"] for one in found if "href" in one.attributes}


def _is_hidden(element: Element) -> bool:
    style = element.style
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("mso-hide") == "all"
        or "hidden" in element.attributes
    )


def _is_block(element: Element) -> bool:
    style = element.style
    return (
        bool(_BLOCK_DISPLAY.fullmatch(style.get("display", "")))
        or style.get("display") in _PARTING_CHILDREN
        or style.get("float", "none") in ("left", "right")
        or style.get("position") in ("absolute", "fixed")
    )


def _styled(element: Element, place: Place) -> Place:
    """The place within an element: with its marks, its link, and what its style says."""
    style, marks = element.style, set(place.marks)
    if element.name in _MARKS:
        marks.add(_MARKS[element.name])
    weight = style.get("font-weight", "")
    if re.fullmatch("normal|[1-4]00|lighter", weight):
        marks.discard("strong")
    elif re.fullmatch("bold|bolder|[6-9]00", weight) and not place.in_heading:
        marks.add("strong")
    if style.get("font-style") == "normal":
        marks.discard("em")
    elif style.get("font-style") in ("italic", "oblique"):
        marks.add("em")
    if style.get("vertical-align") in ("super", "sub"):
        marks.add("sup" if style["vertical-align"] == "super" else "sub")
    lines = f"{style.get('text-decoration', '')} {style.get('text-decoration-line', '')}"
    struck = element.name in _STRUCK or "msodel" in element.classes or "line-through" in lines
    href = element.attributes.get("href", "") if element.name == "a" else ""
    white_space = style.get("white-space", "")
    return replace(
        place,
        marks=frozenset(marks),
        href=href or place.href,
        struck=place.struck or struck,
        verbatim=white_space.startswith(("pre", "break-spaces"))
        or (place.verbatim and not white_space),
    )

"""Markup as a tree, read as a browser reads it, with all that may carry meaning."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

import nh3
from django.core.exceptions import ValidationError

from conditions.cleaning.elements import DROPPED, KNOWN, VOID

# Each of these can change what a reader makes of the words.
TELLING = {"style", "class", "hidden", "href", "id", "colspan", "rowspan", "start", "value"}
TELLING |= {"type", "reversed"}
# The parser of the second wall reads HTML by the standard; here it only writes every tag out.
_spelled_out = nh3.Cleaner(
    tags=set(KNOWN - DROPPED - {"html", "head", "body"}),
    clean_content_tags=set(DROPPED),
    attributes={"*": TELLING},
    link_rel=None,
)


@dataclass(eq=False)
class Element:
    """An element with its attributes and what stands in it: elements and text."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    @cached_property
    def style(self) -> dict[str, str]:
        """The declarations of its style attribute, names and values in small letters."""
        pairs = (one.partition(":") for one in self.attributes.get("style", "").lower().split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

    @cached_property
    def classes(self) -> set[str]:
        """The names in its class attribute, in small letters."""
        return set(self.attributes.get("class", "").lower().split())

    @property
    def text(self) -> str:
        """All its text, as it stands."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def words(self) -> str:
        """Its text as words with single spaces, for a message."""
        pieces = (one if isinstance(one, str) else f" {one.words} " for one in self.children)
        return " ".join("".join(pieces).split())

    def elements(self) -> Iterator["Element"]:
        """The elements directly in it."""
        return (child for child in self.children if isinstance(child, Element))

    def all(self) -> Iterator["Element"]:
        """The elements in it at any depth, in their order."""
        for child in self.elements():
            yield child
            yield from child.all()


def spelled_out(markup: str) -> str:
    """Markup with every tag written out, as a browser reads it, and every entity decoded.

    Without what is dropped with its content. U+00A0 stays &nbsp;.
    """
    written: str = _spelled_out.clean(markup)
    return written


def build(markup: str, *, most_depth: int) -> Element:
    """The tree of markup that was spelled out. Raises ValidationError if it is too deep."""
    builder = _Builder(most_depth)
    builder.feed(markup)
    builder.close()
    return builder.root


def number(value: str) -> int | None:
    """An attribute as a browser reads a whole number from it, or None."""
    found = re.match(r"\s*([+-]?\d{1,6})", value, re.ASCII)
    return int(found[1]) if found else None


class _Builder(HTMLParser):
    """Builds the tree of markup in which every tag is written out."""

    def __init__(self, most_depth: int) -> None:
        super().__init__(convert_charrefs=True)
        self.most_depth = most_depth
        self.root = Element("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)
        if len(self.open) > self.most_depth + 5:
            raise ValidationError("This text nests too many tags. Paste it as plain text.")

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and tag == self.open[-1].name:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

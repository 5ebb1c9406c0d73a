"""A page's head and scripts, as a parser of HTML sees them."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

DATA_BLOCK = {"type": "application/ld+json"}


class Head(HTMLParser):
    """What stands in a page's `link`, `meta`, `title` and `script` elements."""

    def __init__(self, page: bytes | str) -> None:
        super().__init__()
        self.title = ""
        self.links: list[dict[str, str]] = []
        self.metas: list[dict[str, str]] = []
        # Attributes and content of each.
        self.scripts: list[tuple[dict[str, str], str]] = []
        self._open = ""
        self.feed(page.decode() if isinstance(page, bytes) else page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._open = tag
        if tag == "link":
            self.links.append(values)
        elif tag == "meta":
            self.metas.append(values)
        elif tag == "script":
            self.scripts.append((values, ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
        elif self._open == "script":
            attributes, before = self.scripts.pop()
            self.scripts.append((attributes, before + data))

    def link(self, rel: str, type_: str = "") -> str | None:
        """Where the one link of a kind leads."""
        found = [
            one["href"] for one in self.links if (one["rel"], one.get("type", "")) == (rel, type_)
        ]
        assert len(found) <= 1
        return found[0] if found else None

    def meta(self, name: str) -> str | None:
        """The content of the one meta element of a name or property."""
        found = [
            one["content"] for one in self.metas if name in (one.get("name"), one.get("property"))
        ]
        assert len(found) <= 1
        return found[0] if found else None

    @property
    def is_indexable(self) -> bool:
        """Whether a search engine may list the page."""
        return "noindex" not in (self.meta("robots") or "")

    @property
    def runs(self) -> list[tuple[dict[str, str], str]]:
        """The scripts that a browser could run: all but blocks of linked data."""
        return [one for one in self.scripts if one[0] != DATA_BLOCK]

    @property
    def linked_data(self) -> Any:
        """The one graph of the page, None if it has none."""
        blocks = [content for attributes, content in self.scripts if attributes == DATA_BLOCK]
        assert len(blocks) <= 1
        return json.loads(blocks[0]) if blocks else None

"""What the public site answers, as lines that can be kept in a file and compared.

`exact` are the lines that must stand as they are: the status, where it leads, every word that a
reader sees in <main>, the bytes of a signed document. `kept` are those that must still be there,
beside others that later code may add: metadata, linked data, who signed, places to link. `changes`
is what a comparison names and marks; how many parts it leaves folded is its own affair.

Nothing here imports the site: the code of schema 1 and the code at hand are read by the same eyes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.test import Client

Answer = dict[str, list[str]]

# Elements that stand within a line; of these the tag is part of what is compared.
_WITHIN = frozenset({"a", "em", "strong", "sub", "sup", "ins", "del", "mark"})
_SILENT = frozenset({"span", "address", "time", "abbr", "small", "b", "i"})
_NOT_READ = frozenset({"script", "style"})
_LANGUAGE = frozenset({"article", "main", "section", "p"})


def answer(path: str) -> Answer:
    """Ask for an address as an anonymous reader does."""
    response = Client().get(path)
    body = response.content.decode()
    exact = [f"status {response.status_code}"]
    if "Location" in response:
        exact.append(f"leads to {response['Location']}")
    kept = [f"{name}: {response[name]}" for name in ("X-Robots-Tag",) if name in response]
    said = response.get("Content-Type", "").partition(";")[0]
    kept.append(f"type {said}")
    changes: list[str] = []
    if said == "application/json":
        more, facts = _json(body)
    elif said == "text/html":
        more, facts, changes = _html(body)
        if path.startswith("/search/"):
            # Each engine has its own order among results that answer alike.
            more.sort()
    else:
        more, facts = _xml(body)
    return {"exact": exact + more, "kept": kept + facts, "changes": changes}


def _json(body: str) -> tuple[list[str], list[str]]:
    """A signed document to its last byte; the facts around it may grow."""
    facts, mark, document = body.partition(',"document":')
    if not mark:
        return [], _leaves("", json.loads(body))
    document = document[:-1]
    read = json.dumps(json.loads(document), ensure_ascii=False, indent=1)
    digest = hashlib.sha256(document.encode()).hexdigest()
    return [f"document sha256 {digest}", *read.split("\n")], _leaves("", json.loads(facts + "}"))


def _leaves(path: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for key in value for line in _leaves(f"{path}.{key}", value[key])]
    if isinstance(value, list):
        return [line for n, one in enumerate(value) for line in _leaves(f"{path}[{n}]", one)]
    return [f"{path[1:]}: {json.dumps(value, ensure_ascii=False)}"]


def _xml(body: str) -> tuple[list[str], list[str]]:
    """Entries of the feed; addresses of pages with their instants. The site's frame may grow."""
    found = re.findall(r"(?s)<entry>.*?</entry>|<url>.*?</url>", body)
    lines = [" ".join(one.split()) for one in found]
    signed = [line for line in lines if "<entry>" in line or re.search(r"/conditions/[^<]", line)]
    return signed, [line for line in lines if line not in signed]


def _html(body: str) -> tuple[list[str], list[str], list[str]]:
    page = _Page()
    # Drawn since then: the days of the entries below it once more.
    page.feed(re.sub('<figure class="timeline">.*?</figure>', "", body, flags=re.S))
    page.close()
    changes = [line for line in page.compared if re.search("^#|<ins>|<del>", line)]
    return [f"title {page.title}", *page.lines], page.kept, changes


class _Page(HTMLParser):
    """One walk over a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.compared: list[str] = []
        self.kept: list[str] = []
        self.title = ""
        self._inside: list[str] = []
        self._line = ""
        self._begin = ""
        self._linked_data = False
        # How many <div> are open since the one that holds a comparison.
        self._compares = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "div" and (self._compares or has.get("class") == "diff"):
            self._end_line()
            self._compares += 1
        if tag in ("meta", "link"):
            self.kept += _head(tag, has)
        if tag in ("main", "title", *_NOT_READ):
            self._inside.append(tag)
            self._linked_data = has.get("type") == "application/ld+json"
        if "main" not in self._inside:
            return
        if "id" in has:
            self.kept.append(f"place #{has['id']}")
        if "lang" in has and tag in _LANGUAGE:
            self.kept.append(f"{tag} in {has['lang']}")
        if tag in _WITHIN:
            self._line += f"<a {has.get('href')}>" if tag == "a" else f"<{tag}>"
        elif tag not in _SILENT:
            self._end_line()
            level = re.fullmatch("h([1-6])", tag)
            self._begin = "#" * int(level[1]) + " " if level else self._begin
            if tag == "li":
                self._begin = f"{has['value']}. " if "value" in has else "- "

    def handle_endtag(self, tag: str) -> None:
        if "main" in self._inside:
            if tag in _WITHIN:
                self._line += f"</{tag}>"
            elif tag not in _SILENT:
                self._end_line()
        if tag == "div" and self._compares:
            self._compares -= 1
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        here = self._inside[-1] if self._inside else ""
        if here == "title":
            self.title += " ".join(data.split())
        elif here == "script" and self._linked_data:
            self.kept += [f"linked data {line}" for line in _leaves("", json.loads(data))]
        elif here == "main":
            self._line += data

    def _end_line(self) -> None:
        words = " ".join(self._line.split())
        self._line = ""
        if words:
            (self.compared if self._compares else self.lines).append(self._begin + words)
            self._begin = ""


def _head(tag: str, has: dict[str, str]) -> Iterator[str]:
    name = has.get("name") or has.get("property")
    if tag == "meta" and name and name not in ("viewport", "color-scheme"):
        yield f"{name}: {has.get('content', '')}"
    if tag == "link" and has.get("rel") in ("canonical", "alternate"):
        yield f"{has['rel']}: {has.get('href', '')}"

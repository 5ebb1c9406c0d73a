"""References, the marks that cite them, and links to other pages of this site."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve

from conditions.cleaning import marks as written
from conditions.cleaning.sanitise import links as links_in
from conditions.document import citing
from conditions.document.advice.known import Advice, Known
from conditions.document.anchors import lost_links
from conditions.document.parts import parts
from conditions.outline import rich_texts

_IDENTIFIERS = {"pmid": "PMID", "pmcid": "PMCID", "doi": "DOI", "isbn": "ISBN"}


def marks(document: Mapping[str, Any]) -> Iterator[Advice]:
    """Marks that name no reference (required), and marks where none works."""
    for part, sentence in citing.faults(document):
        yield Advice(part, "citation", sentence, required=True)
    for piece in parts(document):
        if not piece.html and not piece.key.startswith("labels."):
            for mark in written.meant(piece.content):
                yield Advice(
                    piece.key,
                    "citation",
                    f"“{mark}” stands in a line of plain text, where readers see it as it stands. "
                    "Cite in a longer text instead.",
                )


def references(document: Mapping[str, Any]) -> Iterator[Advice]:
    """References that cannot be found, stand twice or are never cited."""
    rows = document["references"]
    named = {key for _, markup in rich_texts(document) for key in written.keys(markup)}
    cited = named & {row["key"] for row in rows}
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows, 1):
        part = f"references.{row['key']}"
        if not any(row[name] for name in (*_IDENTIFIERS, "url")):
            yield Advice(
                f"{part}.pmid",
                "reference",
                "Nobody can look this up: add a PMID, PMCID, DOI, ISBN or web address.",
            )
        if cited and row["key"] not in cited:
            yield Advice(
                f"{part}.citation",
                "reference",
                f"No text cites this. Write [ref:{row['key']}] where the page rests on it.",
            )
        for name in (*_IDENTIFIERS, "citation"):
            if value := " ".join(row[name].casefold().split()).rstrip("."):
                seen[name, value].append(number)
                if len(seen[name, value]) > 1:
                    what = _IDENTIFIERS.get(name, "citation")
                    yield Advice(
                        f"{part}.{name}",
                        "reference",
                        f"The same {what} stands in reference {seen[name, value][0]} too.",
                    )
    if rows and not cited:
        yield Advice(
            "references",
            "reference",
            f"No text cites its source. Write [ref:{rows[0]['key']}] after a statement to cite "
            "the first one; patients see its number as a link.",
        )


def links(document: Mapping[str, Any], known: Known) -> Iterator[Advice]:
    """Links to places that this page has not, and to pages of this site that nobody can read."""
    for part, _, sentence in lost_links(document):
        yield Advice(part, "link", sentence)
    for part, markup in rich_texts(document):
        for href in links_in(markup):
            if (path := _own_path(href)) and (fault := _fault(path, known)):
                yield Advice(part, "link", f"The link to “{href}”: {fault}")
    for row in document["differentials"]:
        if row["condition"] and (fault := _of_page(row["condition"], known)):
            part = f"differentials.{row['key']}.condition"
            yield Advice(part, "link", f"{fault} Until then its name is no link.")


def targets(document: Mapping[str, Any]) -> set[str]:
    """The addresses of the pages of this site that a document links to or names."""
    found = {row["condition"] for row in document["differentials"] if row["condition"]}
    for _, markup in rich_texts(document):
        found |= {_slug(path) for href in links_in(markup) if (path := _own_path(href))}
    return found - {""}


def _own_path(href: str) -> str:
    """The path of a link into this site, or ""."""
    if href.startswith(f"{settings.SITE_URL}/"):
        href = href.removeprefix(settings.SITE_URL)
    return href.partition("#")[0].partition("?")[0] if href.startswith("/") else ""


def _slug(path: str) -> str:
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    return str(found.kwargs.get("slug", "")) if found.url_name == "condition" else ""


def _fault(path: str, known: Known) -> str:
    if slug := _slug(path):
        return _of_page(slug, known)
    try:
        resolve(path)
    except Resolver404:
        return "this site has nothing there. Lead it elsewhere, or take it off its words."
    return ""


def _of_page(slug: str, known: Known) -> str:
    if slug in known.live:
        return ""
    if slug in known.drafted:
        return f"the page “{slug}” is not public now."
    return f"there is no page “{slug}” here."

"""A condition page as HTML, from its frozen document alone."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.template.loader import render_to_string

from conditions import addresses, linked_data
from reviews.reviewable import Past, Related, Signature
from reviews.text import languages

# Where each part of the page can be linked to, in the order of the page.
ANCHORS = {
    "key_points": "key-points",
    "definition": "definition",
    "sections": "",
    "differentials": "differentials",
    "treatments": "treatments",
    "when_treatments_fail": "when-treatments-fail",
    "where_it_fits": "where-it-fits",
    "where_we_fit": "where-we-fit",
    "safety": "safety",
    "next_steps": "next-steps",
    "questions": "questions",
    "references": "references",
}


def site() -> dict[str, str]:
    """What every public page's frame shows: the clinic's name and contact."""
    return {"clinic_name": settings.CLINIC_NAME, "clinic_contact": settings.CLINIC_CONTACT}


def render(
    document: Mapping[str, Any],
    signature: Signature | None,
    *,
    on: date,
    live: Collection[str],
    related: Sequence[Related] = (),
    past: Past | None = None,
    in_force: bool = False,
) -> str:
    """The page as HTML; without a signature it says that it is not signed."""
    path = addresses.condition(document["slug"])
    url = addresses.absolute(path)
    cited = references(document)
    head: dict[str, Any] = {"description": description(document)}
    if signature and in_force:
        head |= for_machines(document, signature, cited, on=on, live=live)
    return render_to_string(
        "conditions/page.html",
        {
            **site(),
            **head,
            "page": document,
            "contents": contents(document),
            "references": cited,
            "live": set(live),
            "related": related,
            "past": past,
            "review": _review(signature, on) if signature else None,
            "path": path,
            "record_path": addresses.record(document["slug"]),
            "url": url,
            "as_json": addresses.condition_json(document["slug"]),
            "tell_us": _tell_us(document, signature, url),
        },
    )


def description(document: Mapping[str, Any]) -> str:
    """What a search result says of the page: the clinic's stance first, always."""
    return f"{document['labels']['stance']} {document['meta_description']}".strip()


def for_machines(
    document: Mapping[str, Any],
    signature: Signature,
    cited: list[dict[str, Any]],
    *,
    on: date,
    live: Collection[str],
) -> dict[str, Any]:
    """What the head of a page in force says beside its title; no other page may be indexed."""
    return {
        "canonical": addresses.absolute(addresses.condition(document["slug"])),
        "locale": languages.locale(document["lang"]),
        "linked_data": linked_data.graph(
            document,
            signature,
            description=description(document),
            references=cited,
            on=on,
            live=live,
        ),
    }


def contents(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(anchor, heading) of every part that is not empty, in order."""
    found = []
    for key, anchor in ANCHORS.items():
        if key == "sections":
            found += [(f"section-{row['key']}", row["heading"]) for row in document["sections"]]
        elif document[key]:
            found.append((anchor, document["labels"][key]))
    return found


def references(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The references with their numbers and the addresses of PubMed and of the DOI."""
    return [
        {
            **row,
            "number": number,
            "pubmed_url": row["pmid"] and f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/",
            "doi_url": row["doi"] and f"https://doi.org/{quote(row['doi'], safe='/:;()')}",
        }
        for number, row in enumerate(document["references"], 1)
    ]


def _review(signature: Signature, on: date) -> dict[str, Any]:
    return {
        "edition": signature.edition,
        "by": signature.full_review,
        "correction": signature.correction,
        "same_physician": signature.same_physician,
        "relationship": signature.relationship,
        "next_due": signature.next_review_due,
        "is_overdue": on > signature.next_review_due,
    }


def _tell_us(
    document: Mapping[str, Any], signature: Signature | None, url: str
) -> dict[str, str] | None:
    """The clinic's mail address, and a letter to it that names page and edition."""
    found = re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", settings.CLINIC_CONTACT)
    if found is None or signature is None:
        return None
    subject = f"{document['name']}, edition {signature.edition}"
    body = f"About {url} (edition {signature.edition}):\r\n\r\n"
    letter = urlencode({"subject": subject, "body": body}, quote_via=quote)
    return {"address": found[0], "mailto": f"mailto:{quote(found[0], safe='@')}?{letter}"}

"""A condition page as HTML, from its frozen document alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.template.loader import render_to_string

from conditions import addresses, linked_data, translated
from conditions.document import citing
from conditions.document.parts import codes_by_system
from conditions.outline import OUTLINE, Place
from reviews.reviewable import Signature, Standing
from reviews.text import languages
from reviews.text.days import day

# What stands above a flagged page: fixed, never typed.
FLAG_NOTICE = "We are checking part of this page. Do not stop or change treatment because of it."


def site() -> dict[str, str]:
    """What every public page's frame shows: the clinic's name, contact and telephone.

    `clinic_call` is the number as a telephone dials it.
    """
    phone = settings.CLINIC_PHONE
    return {
        "clinic_name": settings.CLINIC_NAME,
        "clinic_contact": settings.CLINIC_CONTACT,
        "clinic_phone": phone,
        "clinic_call": re.sub(r"[^0-9+]", "", phone),
    }


def render(document: Mapping[str, Any], standing: Standing, *, preview: str = "") -> str:
    """The page as HTML; without a signature it says that it is not signed.

    `preview` stands above one that is not public, and says what it is.
    """
    signature = standing.signature
    path = addresses.condition(document["slug"])
    url = addresses.absolute(path)
    shown, cited = citing.linked(document), references(document)
    head: dict[str, Any] = {"description": description(document)}
    if signature and standing.in_force:
        head |= for_machines(document, signature, cited, standing)
    return render_to_string(
        "conditions/page.html",
        {
            **site(),
            **head,
            "page": shown,
            "direction": languages.direction(document["lang"]),
            "title": f"{document['name']}: {document['headline'] or document['labels']['stance']}",
            "standing": _standing(standing),
            "codes": codes_by_system(document),
            "body": body(shown),
            "live": set(standing.live),
            "related": standing.related,
            "past": standing.past,
            "preview": preview,
            "flag_notice": FLAG_NOTICE if standing.flagged else "",
            "unchecked": standing.original_changed_on
            and translated.unchecked(document["lang"], standing.original_changed_on),
            "review": signature,
            "is_overdue": signature and signature.is_overdue(standing.on),
            "path": path,
            "record_path": addresses.record(document["slug"]),
            "url": url,
            "as_json": addresses.condition_json(document["slug"]),
            "tell_us": _tell_us(document, signature, url),
        },
    )


def _standing(standing: Standing) -> str:
    """What the title begins with, where the page is not in force."""
    if standing.past:
        return "No longer current: "
    return "" if standing.signature else "Not signed: "


def description(document: Mapping[str, Any]) -> str:
    """What a search result says of the page: the clinic's stance first, always."""
    return f"{document['labels']['stance']} {document['meta_description']}".strip()


def for_machines(
    document: Mapping[str, Any],
    signature: Signature,
    cited: list[dict[str, Any]],
    standing: Standing,
) -> dict[str, Any]:
    """What the head of a page in force says beside its title; no other page may be indexed."""
    return {
        "canonical": addresses.absolute(addresses.condition(document["slug"])),
        "locale": languages.locale(document["lang"]),
        "linked_data": linked_data.graph(
            citing.uncited(document),
            signature,
            description=description(document),
            references=cited,
            on=standing.on,
            live=standing.live,
            notice=FLAG_NOTICE if standing.flagged else "",
        ),
    }


@dataclass(frozen=True)
class Section:
    """A part below the contents: its anchor and heading, the template that shows it, and what."""

    anchor: str
    heading: str
    template: str
    content: Any


def body(document: Mapping[str, Any]) -> list[Section]:
    """The parts below the contents that are not empty, in order."""
    found = []
    for item in OUTLINE:
        content = document[item.key]
        if item.place is not Place.BODY or not content:
            continue
        if not item.anchor:
            # Each row is a part of its own.
            template = f"conditions/parts/{item.key}.html"
            found += [
                Section(f"{item.row_anchor}{row['key']}", row["heading"], template, row)
                for row in content
            ]
            continue
        template = f"conditions/parts/{item.key if item.columns else 'rich'}.html"
        shown = references(document) if item.key == "references" else content
        found.append(Section(item.anchor, document["labels"][item.key], template, shown))
    return found


def references(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The references with their numbers, the addresses of PubMed, PMC and the DOI, and the day."""
    return [
        {
            **row,
            "number": number,
            "pubmed_url": row["pmid"] and f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/",
            "pmc_url": row["pmcid"] and f"https://pmc.ncbi.nlm.nih.gov/articles/{row['pmcid']}/",
            "accessed": row["accessed_on"] and day(date.fromisoformat(row["accessed_on"])),
            "doi_url": row["doi"] and f"https://doi.org/{quote(row['doi'], safe='/:;()')}",
        }
        for number, row in enumerate(document["references"], 1)
    ]


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

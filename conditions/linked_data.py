"""What a page says to machines: a graph in the words of schema.org, from the signed document.

Nothing in it is a setting or a draft: words come from the frozen document, names and dates from
the sign-off. tests/conditions/schema_org.json holds the vocabulary that it must keep to.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from conditions import addresses
from conditions.cleaning.sanitise import visible_text
from conditions.document.advice.stance import own_words
from reviews.reviewable import Signature, Signer
from reviews.text.days import day

Node = dict[str, Any]

SAME_PHYSICIAN = "Written and reviewed by the same physician."


def graph(
    document: Mapping[str, Any],
    signature: Signature,
    *,
    description: str,
    references: list[dict[str, Any]],
    on: date,
    live: Collection[str],
    notice: str = "",
) -> Node:
    """The graph of a page in force; `references` as the page shows them, `on` the clinic's day.

    `notice` is the fixed sentence that stands above the page, if one does.
    """
    url = addresses.absolute(addresses.condition(document["slug"]))
    nodes = [
        _page(document, signature, url, description, references, on, notice),
        _condition(document, url, live),
        _reviewer(signature),
        _clinic(document),
        _site(document),
        _breadcrumb(document, url),
    ]
    return {"@context": "https://schema.org", "@graph": [_trimmed(node) for node in nodes]}


def review_line(signature: Signature) -> str:
    """Who vouches for the words, for machines: as templates/conditions/review_line.html says it."""
    full, correction = signature.full_review, signature.correction
    told = [f"Last reviewed{' in full' if correction else ''} by {_signed(full)}."]
    if correction:
        by = f"{correction.name}, {correction.credentials}"
        told.append(f"Changed on {day(correction.on)}; the change was checked by {by}.")
    told += [urgent_line(signature), SAME_PHYSICIAN if signature.same_physician else ""]
    told += [one.sentence for one in signature.ends]
    return " ".join(sentence for sentence in told if sentence)


def urgent_line(signature: Signature) -> str:
    """That a full review is pending since an urgent correction, or ""."""
    if signature.urgent_on is None:
        return ""
    return f"Changed urgently on {day(signature.urgent_on)}; a full review is pending."


def _signed(signer: Signer) -> str:
    return f"{signer.name}, {signer.credentials} on {day(signer.on)}"


def _page(
    document: Mapping[str, Any],
    signature: Signature,
    url: str,
    description: str,
    references: list[dict[str, Any]],
    on: date,
    notice: str,
) -> Node:
    due, correction = signature.next_review_due, signature.correction
    late = f"A full review was due on {day(due)} and has not been done yet."
    status = [notice, urgent_line(signature), late if signature.is_overdue(on) else ""]
    return {
        "@type": "MedicalWebPage",
        "@id": url,
        "url": url,
        "name": document["name"],
        "headline": document["headline"],
        "description": description,
        "inLanguage": document["lang"],
        "version": signature.edition,
        "about": {"@id": f"{url}#condition"},
        "mainEntity": {"@id": f"{url}#condition"},
        "audience": {
            "@type": "MedicalAudience",
            "audienceType": "Patient",
            "healthCondition": {"@id": f"{url}#condition"},
        },
        "specialty": "https://schema.org/Psychiatric",
        "lastReviewed": signature.full_review.on.isoformat(),
        "reviewedBy": {"@id": _person(signature.full_review)},
        # As the page's "Changed on": a reaffirmed page was not changed, so it says nothing here.
        "dateModified": correction and correction.on.isoformat(),
        "creditText": review_line(signature),
        "creativeWorkStatus": " ".join(sentence for sentence in status if sentence),
        "hasPart": [
            {
                "@type": "WebPageElement",
                "@id": f"{url}#warning-{row['key']}",
                "name": row["heading"],
                "text": visible_text(row["text"]),
            }
            for row in document["warnings"]
        ],
        "citation": [_reference(row) for row in references],
        "publisher": {"@id": addresses.absolute("/#clinic")},
        "publishingPrinciples": addresses.absolute(addresses.how_we_review()),
        "isPartOf": {"@id": addresses.absolute("/#site")},
        "breadcrumb": {"@id": f"{url}#breadcrumb"},
    }


def _condition(document: Mapping[str, Any], url: str, live: Collection[str]) -> Node:
    return {
        "@type": "MedicalCondition",
        "@id": f"{url}#condition",
        "name": document["name"],
        "alternateName": list(document["also_known_as"]),
        "description": visible_text(document["definition"]),
        "code": [
            {
                "@type": "MedicalCode",
                "codeValue": f"{row['code']}-{row['to']}" if row["to"] else row["code"],
                "codingSystem": row["system"],
            }
            for row in document["codes"]
        ],
        "differentialDiagnosis": [_differential(row, live) for row in document["differentials"]],
        "possibleTreatment": [
            {"@type": "MedicalTherapy", "name": name} for name in treatments(document)
        ],
    }


def treatments(document: Mapping[str, Any]) -> list[str]:
    """The names of the treatments listed, the clinic's own left out unless it treats the condition.

    One that shares a word with the clinic's treatment is left out too, "esketamine" with
    "ketamine": no machine may read in a page that says no what the clinic does not offer for it.
    """
    names = [str(row["name"]) for row in document["treatments"]]
    if document["stance"] == "treated":
        return names
    words = own_words(document["treatment"])
    return [name for name in names if not any(word in name.casefold() for word in words)]


def _differential(row: Mapping[str, Any], live: Collection[str]) -> Node:
    is_live = row["condition"] in live
    return {
        "@type": "DDxElement",
        "description": visible_text(row["text"]),
        "diagnosis": {
            "@type": "MedicalCondition",
            "name": row["label"],
            "url": addresses.absolute(addresses.condition(row["condition"])) if is_live else "",
        },
    }


def _reference(row: Mapping[str, Any]) -> Node:
    return {
        "@type": "CreativeWork",
        "name": row["citation"],
        "url": row["url"],
        "sameAs": [
            address for address in (row["pubmed_url"], row["pmc_url"], row["doi_url"]) if address
        ],
        "identifier": [
            {"@type": "PropertyValue", "propertyID": kind.upper(), "value": row[kind]}
            for kind in ("pmid", "pmcid", "doi", "isbn")
            if row[kind]
        ],
    }


def _reviewer(signature: Signature) -> Node:
    full = signature.full_review
    credentials = [one.strip() for one in full.credentials.split(",") if one.strip()]
    return {
        "@type": "Person",
        "@id": _person(full),
        "url": addresses.absolute(addresses.reviewer(full.slug)),
        "name": full.name,
        "description": signature.relationship,
        "honorificSuffix": credentials,
        "hasCredential": [
            {"@type": "EducationalOccupationalCredential", "name": one} for one in credentials
        ],
    }


def _person(signer: Signer) -> str:
    return addresses.absolute(f"{addresses.reviewer(signer.slug)}#person")


def _clinic(document: Mapping[str, Any]) -> Node:
    return {
        "@type": "MedicalClinic",
        "@id": addresses.absolute("/#clinic"),
        "url": addresses.absolute(reverse("home")),
        "name": document["clinic"],
    }


def _site(document: Mapping[str, Any]) -> Node:
    return {
        "@type": "WebSite",
        "@id": addresses.absolute("/#site"),
        "url": addresses.absolute(reverse("home")),
        "name": document["clinic"],
        "publisher": {"@id": addresses.absolute("/#clinic")},
    }


def _breadcrumb(document: Mapping[str, Any], url: str) -> Node:
    steps = [
        ("Home", addresses.absolute(reverse("home"))),
        ("Conditions", addresses.absolute(reverse("conditions"))),
        (document["name"], url),
    ]
    return {
        "@type": "BreadcrumbList",
        "@id": f"{url}#breadcrumb",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": {"@id": address}}
            for position, (name, address) in enumerate(steps, 1)
        ],
    }


def _trimmed(value: Any) -> Any:
    """Without what is empty, and a list of one as that one: to JSON-LD both are the same."""
    if isinstance(value, dict):
        return {key: _trimmed(inner) for key, inner in value.items() if inner not in (None, "", [])}
    if isinstance(value, list):
        return _trimmed(value[0]) if len(value) == 1 else [_trimmed(inner) for inner in value]
    return value

"""Identifiers and addresses: PMID, DOI, PMCID, ISBN, slug, key, web address."""

import re
import secrets
import string
import unicodedata
from collections.abc import Callable
from datetime import date
from urllib.parse import unquote

from django.core.exceptions import ValidationError

from reviews.text.characters import OUTER, remove_invisible, shown

RESERVED_SLUGS = ("record", "search")
MOST_SLUG = 80
KEY_LENGTH = 8


def is_pmid(value: str) -> bool:
    """Tell whether the text is a PubMed identifier: 1 to 8 digits, not starting with 0."""
    return bool(re.fullmatch("[1-9][0-9]{0,7}", value))


def clean_pmid(value: str) -> str:
    """Return a PubMed identifier's digits; blank stays blank. Raises ValidationError.

    Read are "PMID: 23982301", a full stop after it, and its address at PubMed.
    """
    found = _PMID.fullmatch(pasted(value))
    return _matching(
        found[1] if found else value,
        is_pmid,
        "a PubMed ID. Write its digits only, 1 to 8 of them, such as 31112383.",
    )


def clean_doi(value: str) -> str:
    """Return a DOI such as 10.1000/182; blank stays blank. Raises ValidationError.

    Taken off are "doi:", a resolver's address with its query, brackets around it and a mark after
    it; percent-encoding is read. Form: Crossref, "DOIs and matching regular expressions".
    """
    return _matching(
        _bare_doi(pasted(value)) or value,
        _is_doi,
        "a DOI. Write it as 10., a number, a slash and the rest, such as 10.1000/182.",
    )


def clean_pmcid(value: str) -> str:
    """Return a PubMed Central identifier such as PMC4105567; blank stays blank.

    Read are "PMCID: PMC4105567" and its address at PubMed Central or Europe PMC. Raises
    ValidationError, also for digits alone: those may be a PubMed ID.
    """
    found = _PMCID.fullmatch(pasted(value))
    digits = found and next(digits for digits in found.groups() if digits)
    return _matching(
        f"PMC{digits}" if digits else value,
        lambda text: bool(re.fullmatch("PMC[1-9][0-9]{0,7}", text)),
        "a PMC ID. Write PMC and its digits, such as PMC4105567.",
    )


def clean_isbn(value: str) -> str:
    """Return an ISBN as its 13 digits without hyphens, an ISBN-10 converted; blank stays blank.

    Raises ValidationError, in words of its own where only the check digit is wrong (ISO 2108).
    """
    bare = re.sub(r"^isbn(?:[\s-]?1[03](?![0-9]))?\s*:?\s*", "", pasted(value), flags=re.I)
    digits = re.sub(r"[\s‐‑‒–—−-]", "", bare.rstrip(".,;")).upper()
    if re.fullmatch("[0-9]{9}[0-9X]", digits):
        right = _check_digit_10(digits[:9])
        wanted = "978" + digits[:9]
    else:
        right = _check_digit_13(digits[:12]) if re.fullmatch("97[89][0-9]{10}", digits) else ""
        wanted = digits[:12]
    if right and digits[-1] != right:
        raise ValidationError(
            f"{shown(value)} is not an ISBN: its last digit does not fit the others. Compare each "
            "digit with the book."
        )
    return _matching(
        wanted + _check_digit_13(wanted) if right else value,
        lambda text: bool(right),
        "an ISBN. Write its 13 or 10 digits, such as 978-0-89042-555-8.",
    )


def clean_slug(value: str) -> str:
    """Return an address of a page, at most MOST_SLUG characters; raises ValidationError."""
    slug = value.strip()
    if not re.fullmatch("[a-z0-9]+(?:-[a-z0-9]+)*", slug) or len(slug) > MOST_SLUG:
        raise ValidationError(
            f"{shown(value)} is not an address. Use small letters a to z, digits and single "
            f"hyphens between them, at most {MOST_SLUG}, such as panic-disorder."
        )
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is used by the site itself. Choose another address.")
    return slug


def new_key() -> str:
    """Return a new row's key: 8 characters a to z and 0 to 9, so many that none comes twice."""
    alphabet = string.ascii_lowercase + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(KEY_LENGTH))


def clean_key(value: str) -> str:
    """Return a key of 8 characters a to z and 0 to 9, unchanged; raises ValidationError."""
    if not re.fullmatch("[a-z0-9]{8}", value):
        raise ValidationError(
            f"{shown(value)} is not a key. A key has 8 characters, a to z and 0 to 9."
        )
    return value


def clean_url(value: str) -> str:
    """Return the web address of a reference without outer space; blank stays blank.

    Raises ValidationError with the sentence of `web_fault`.
    """
    url = value.strip(" \t\r\n")
    if url and (fault := web_fault(url)):
        raise ValidationError(fault)
    return url


def web_fault(url: str) -> str:
    """Return a sentence on what is wrong with an https or http address, or an empty string."""
    if fault := url_characters_fault(url):
        return fault
    found = re.match(r"https?://([^/?#]*)", url, re.IGNORECASE)
    if not found:
        return f"{shown(url)} is not a web address. Start it with https://."
    host, _, port = found[1].partition(":")
    if "@" in found[1]:
        return (
            f"{shown(url)} has a name before an @, which hides where it leads. Take that part out."
        )
    if ":" in found[1] and not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536):
        return f"{shown(url)} has a port that does not exist. Take the part after the colon out."
    return host_fault(host)


def host_fault(host: str) -> str:
    """Return a sentence on what is wrong with the name of a site, or an empty string.

    Numbers in place of a name and names in other scripts (xn--) are refused: nobody can read where
    they lead (Unicode TR 36, visual spoofing).
    """
    labels = host.lower().split(".")
    if any(label.startswith("xn--") for label in labels):
        return (
            f"“{host}” is a name in another script and can look like another site. Link elsewhere."
        )
    if len(host) > 253 or len(labels) < 2 or not re.fullmatch("[a-z]{2,63}", labels[-1]):
        return f"“{host}” is not the name of a site. Write one such as www.example.org."
    if not all(re.fullmatch("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels):
        return f"“{host}” is not the name of a site. Write one such as www.example.org."
    return ""


def url_characters_fault(url: str) -> str:
    """Return a sentence on a character that RFC 3986 forbids in an address, or an empty string."""
    for index, character in enumerate(url):
        if not re.match(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]", character):
            name = unicodedata.name(character, "a control character")
            return (
                f"Character {index + 1} of the address is U+{ord(character):04X} ({name}), which "
                "an address cannot hold. Copy the address from the browser's address bar."
            )
    if re.search("%(?![0-9A-Fa-f]{2})", url):
        return f"{shown(url)} has a % that is not followed by two digits. Copy the address again."
    if re.search("%(?:[01][0-9A-F]|7F|5C)", url, re.IGNORECASE):
        return f"{shown(url)} hides a control character or backslash behind a %. Take it out."
    return ""


def pasted(value: str) -> str:
    """Return what was pasted without outer space and without characters that show nothing."""
    return remove_invisible(value)[0].strip(OUTER)


_PMID = re.compile(
    r"(?:PMID\s*:?\s*|(?:https?://)?(?:pubmed\.ncbi\.nlm\.nih\.gov/"
    r"|(?:www\.)?ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/(?:\?term=)?))?"
    r"([0-9]+)(?:/?(?:[?#]\S*)?|\s*\[[^\]]*\])\s*[.,;]?",
    re.IGNORECASE,
)
_PMCID = re.compile(
    r"(?:(?:PMCID\s*:?\s*)?PMC\s?([0-9]+)|PMCID\s*:?\s*([0-9]+)"
    r"|(?:https?://)?(?:pmc\.ncbi\.nlm\.nih\.gov/articles/|(?:www\.)?ncbi\.nlm\.nih\.gov/pmc/articles/"
    r"|(?:www\.)?europepmc\.org/articles?/(?:PMC/)?)(?:PMC)?([0-9]+)(?:[/?#]\S*)?)\s*[.,;]?",
    re.IGNORECASE,
)
_DOI_ADDRESS = re.compile(r"(?:https?://)?(?:www\.|dx\.)?doi\.org/", re.IGNORECASE)
_DOI_NAME = re.compile(r"(?:info:|urn:)?doi(?:\s*:\s*|/|\s+)", re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", ">": "<", "”": "“", "’": "‘"}


def _bare_doi(value: str) -> str:
    """Return what remains of a DOI as it was pasted; a second time changes nothing."""
    bare, before = value, ""
    while bare != before:
        before = bare
        bare = bare.lstrip("([<“‘'\"").strip(OUTER)
        bare = _DOI_NAME.sub("", bare, count=1) if _DOI_NAME.match(bare) else bare
        if _DOI_ADDRESS.match(bare):
            # In an address, what begins with these is no part of the DOI.
            bare = re.split("[?#]", _DOI_ADDRESS.sub("", bare, count=1))[0].rstrip("/")
        bare = _without_end(unquote(bare) if "%" in bare else bare)
    return bare


def _without_end(bare: str) -> str:
    """Return a DOI without the marks of the sentence around it; paired brackets are its own."""
    while bare:
        opening = _CLOSING.get(bare[-1])
        unpaired = opening and bare.count(bare[-1]) > bare.count(opening)
        if not unpaired and bare[-1] not in ".,;:'\"":
            break
        bare = bare[:-1].rstrip(OUTER)
    return bare


def _check_digit_10(digits: str) -> str:
    """The check digit of an ISBN-10's first nine digits."""
    rest = sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11
    return "0X987654321"[rest]


def _check_digit_13(digits: str) -> str:
    """The check digit of an ISBN's first twelve digits."""
    return str(-sum((1, 3)[place % 2] * int(digit) for place, digit in enumerate(digits)) % 10)


def _is_doi(value: str) -> bool:
    return bool(
        re.fullmatch(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[-._;()/:<>\[\]#+A-Za-z0-9]{1,200}", value)
    )


def _matching(value: str, is_right: Callable[[str], bool], wanted: str) -> str:
    bare = value.strip(OUTER)
    if bare and not is_right(bare):
        raise ValidationError(f"{shown(value)} is not {wanted}")
    return bare


def clean_day(value: str) -> str:
    """A day such as 2026-05-31; blank stays blank. Raises ValidationError."""
    bare = value.strip()
    try:
        return bare and date.fromisoformat(bare).isoformat()
    except ValueError as fault:
        raise ValidationError(
            f"{shown(value)} is no day. Write it as year, month and day, such as 2026-05-31."
        ) from fault

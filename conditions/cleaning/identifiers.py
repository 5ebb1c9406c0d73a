"""Identifiers and addresses: PMID, DOI, ICD-10-CM code, slug, key, web address."""

import re
import secrets
import string
import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError

from reviews.text.lines import shown

RESERVED_SLUGS = ("record", "search")
MOST_SLUG = 80
KEY_LENGTH = 8


def is_pmid(value: str) -> bool:
    """Tell whether the text is a PubMed identifier: 1 to 8 digits, not starting with 0."""
    return bool(re.fullmatch("[1-9][0-9]{0,7}", value))


def clean_pmid(value: str) -> str:
    """Return a PubMed identifier without outer space; blank stays blank. Raises ValidationError."""
    return _matching(
        value, is_pmid, "a PubMed ID. Write its digits only, 1 to 8 of them, such as 31112383."
    )


def clean_doi(value: str) -> str:
    """Return a DOI such as 10.1000/182 without "doi:" or resolver address; blank stays blank.

    Raises ValidationError. Form: Crossref, "DOIs and matching regular expressions".
    """
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", value.strip(), flags=re.I)
    return _matching(
        bare,
        _is_doi,
        "a DOI. Write it as 10., a number, a slash and the rest, such as 10.1000/182.",
    )


def clean_icd10(value: str) -> str:
    """Return an ICD-10-CM code such as F32.9 in capitals; raises ValidationError, even if blank."""
    code = value.strip().upper()
    if not re.fullmatch(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?", code):
        raise ValidationError(f"{shown(value)} is not an ICD-10-CM code. Write one such as F32.9.")
    return code


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


def _is_doi(value: str) -> bool:
    return bool(
        re.fullmatch(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[-._;()/:<>\[\]#+A-Za-z0-9]{1,200}", value)
    )


def _matching(value: str, is_right: Callable[[str], bool], wanted: str) -> str:
    bare = value.strip(" \t\r\n")
    if bare and not is_right(bare):
        raise ValidationError(f"{shown(value)} is not {wanted}")
    return bare

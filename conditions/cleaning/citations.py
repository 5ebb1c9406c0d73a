"""References as they are pasted: NBIB, RIS, BibTeX, an identifier, or a formatted reference.

Nothing is fetched from the network: of an identifier alone only itself is known.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from conditions.cleaning import identifiers

# So many authors are named before "et al" (AMA Manual of Style, 11th edition: up to six).
_MOST_AUTHORS, _NAMED_AUTHORS = 6, 3
_NBIB_FIELD = re.compile(r"^([A-Z]{2,4}) *- (.*(?:\n {6}.*)*)", re.MULTILINE)
_RIS_FIELD = re.compile(r"^([A-Z][A-Z0-9])  - ?(.*)$", re.MULTILINE)
_BIBTEX = re.compile(r"@\w+\s*\{[^,@]*,", re.IGNORECASE)
_BIBTEX_FIELD = re.compile(r"(\w+)\s*=\s*")
_NUMBERED = re.compile(r"^\s*(?:\[\d{1,3}\]|\d{1,3}[.)])\s+")
_FOUND = {
    "pmid": re.compile(r"\bPMID\s*:?\s*([1-9][0-9]{0,7})\b\.?", re.IGNORECASE),
    "pmcid": re.compile(r"\b(?:PMCID\s*:?\s*)?(PMC[1-9][0-9]{0,7})\b\.?", re.IGNORECASE),
    "doi": re.compile(
        r"(?:https?://(?:dx\.)?doi\.org/|\bdoi\s*:?\s*)(10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+)",
        re.IGNORECASE,
    ),
    "isbn": re.compile(r"\bISBN(?:-1[03])?\s*:?\s*([0-9][0-9 -]{8,15}[0-9Xx])\b\.?", re.IGNORECASE),
    "url": re.compile(r"(?:Available (?:from|at):?\s*)?(https?://\S+)", re.IGNORECASE),
}
_CLEAN = {
    "pmid": identifiers.clean_pmid,
    "pmcid": identifiers.clean_pmcid,
    "doi": identifiers.clean_doi,
    "isbn": identifiers.clean_isbn,
    "url": identifiers.clean_url,
}


@dataclass
class Pasted:
    """One reference: the columns that it fills, and what was not understood of it."""

    fields: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def read(text: str) -> list[Pasted]:
    """The references in what was pasted, in order; [] where there is no word."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n\ufeff ")
    if re.match(r"(?:PMID|OWN|STAT|FAU|AU|TI) *- ", text):
        return [_of_record(_nbib(one)) for one in re.split(r"\n\s*\n(?=PMID *- )", text)]
    if re.match(r"TY  - ", text):
        return [_of_record(_ris(one)) for one in re.split(r"(?m)^ER  -.*$", text) if one.strip()]
    if _BIBTEX.match(text):
        return [
            _of_record(_bibtex(one))
            for one in re.split(r"(?m)^(?=\s*@\w+\s*\{)", text)
            if one.strip()
        ]
    return [_of_line(one) for one in _lines(text)]


def _lines(text: str) -> Iterator[str]:
    """Formatted references: parted by blank lines, else by their numbers, else a line each."""
    lines = text.split("\n")
    if any(not line.strip() for line in lines):
        paragraphs = re.split(r"\n\s*\n", text)
    elif sum(bool(_NUMBERED.match(line)) for line in lines) > 1:
        paragraphs = re.split(r"\n(?=\s*(?:\[\d{1,3}\]|\d{1,3}[.)])\s)", text)
    else:
        paragraphs = lines
    for paragraph in paragraphs:
        if words := " ".join(_NUMBERED.sub("", paragraph).split()):
            yield words


def _of_line(line: str) -> Pasted:
    """An identifier alone, or a formatted reference: its identifiers go into their own fields."""
    for name in ("pmid", "pmcid", "doi", "isbn"):
        try:
            return Pasted({name: _CLEAN[name](line)})
        except ValidationError:
            continue
    made, rest = Pasted(), line
    for name, pattern in _FOUND.items():
        if (found := pattern.search(rest)) and _take(made, name, found[1].rstrip(".,;")):
            rest = f"{rest[: found.start()]} {rest[found.end() :]}"
    made.fields["citation"] = _tidy(rest)
    return made


def _take(made: Pasted, name: str, value: str) -> bool:
    """Put an identifier into its field if it is a good one; else it is told as left."""
    try:
        made.fields[name] = _CLEAN[name](value)
    except ValidationError as fault:
        made.left += fault.messages
        return False
    return True


def _tidy(text: str) -> str:
    # Only where something was taken out do two marks stand with a space between.
    text = re.sub(r"([.;,])(?:\s+[.;,])+(?=\s|$)", r"\1", " ".join(text.split()))
    return re.sub(r"\s+([.,;:])", r"\1", text).strip(" ;,")


def _nbib(record: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _NBIB_FIELD.findall(record):
        found.setdefault(name, []).append(" ".join(value.split()))
    ids = [*found.get("AID", []), *found.get("LID", [])]
    return {
        "authors": found.get("AU") or found.get("CN", []),
        "title": found.get("TI") or found.get("BTI", []),
        "journal": found.get("TA") or found.get("JT", []),
        "year": found.get("DP", []),
        "volume": found.get("VI", []),
        "issue": found.get("IP", []),
        "pages": found.get("PG", []),
        "pmid": found.get("PMID", []),
        "pmcid": found.get("PMC", []),
        "doi": [one.removesuffix(" [doi]") for one in ids if one.endswith("[doi]")],
        "isbn": found.get("ISBN", []),
    }


def _ris(record: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _RIS_FIELD.findall(record):
        if value.strip():
            found.setdefault(name, []).append(value.strip())
    first, last = found.get("SP", []), found.get("EP", [])
    pages = [f"{first[0]}-{last[0]}"] if first and last and first != last else first
    is_book = found.get("TY", [""])[0] in ("BOOK", "CHAP")
    return {
        "authors": [_initials(one) for one in found.get("AU") or found.get("A1", [])],
        "title": found.get("TI") or found.get("T1", []),
        "journal": found.get("J2") or found.get("JO") or found.get("T2") or found.get("JF", []),
        "year": found.get("PY") or found.get("Y1", []),
        "volume": found.get("VL", []),
        "issue": found.get("IS", []),
        "pages": pages,
        "pmid": found.get("AN", []) if "PubMed" in " ".join(found.get("DB", [])) else [],
        "doi": found.get("DO", []),
        "isbn": found.get("SN", []) if is_book else [],
        "url": found.get("UR", []),
    }


def _bibtex(record: str) -> dict[str, list[str]]:
    found: dict[str, str] = {}
    begins = _BIBTEX.search(record)
    at = begins.end() if begins else 0
    while name := _BIBTEX_FIELD.search(record, at):
        value, at = _braced(record, name.end())
        found[name[1].lower()] = " ".join(re.sub(r"[{}]", "", value).replace("--", "-").split())
    authors = re.split(r"\s+and\s+", found.get("author", "")) if found.get("author") else []
    named = {
        "title": "title",
        "journal": "journal" if "journal" in found else "booktitle",
        "year": "year",
        "volume": "volume",
        "issue": "number",
        **{name: name for name in ("pages", "pmid", "pmcid", "doi", "isbn", "url")},
    }
    values = {name: [found[key]] for name, key in named.items() if found.get(key)}
    return {"authors": [_initials(one) for one in authors], **values}


def _braced(text: str, at: int) -> tuple[str, int]:
    """A value of BibTeX and where it ends: in braces, in quotation marks, or bare."""
    if text[at : at + 1] not in ("{", '"'):
        end = re.compile(r"[,}\n]|$").search(text, at)
        stop = end.start() if end else len(text)
        return text[at:stop], stop
    quoted, depth = text[at] == '"', 0
    for place in range(at, len(text)):
        sign = text[place]
        depth += (sign == "{") - (sign == "}")
        if depth == 0 and (sign == '"' if quoted else sign == "}") and place > at:
            return text[at + 1 : place], place + 1
    return text[at + 1 :], len(text)


def _initials(name: str) -> str:
    """Smith, Jane Ann → Smith JA; a name without a comma stays."""
    last, comma, given = name.partition(",")
    letters = "".join(one[0] for one in re.split(r"[\s.-]+", given) if one)
    return f"{last.strip()} {letters.upper()}".strip() if comma else name.strip()


def _of_record(record: Mapping[str, list[str]]) -> Pasted:
    """A reference in the style of the AMA, and its identifiers."""

    def one(name: str) -> str:
        return (record.get(name) or [""])[0].strip()

    made = Pasted()
    for name in _CLEAN:
        if value := one(name):
            _take(made, name, value)
    authors = record.get("authors") or []
    if len(authors) > _MOST_AUTHORS:
        authors = [*authors[:_NAMED_AUTHORS], "et al"]
    year = re.search(r"\d{4}", one("year"))
    issue = f"({one('issue')})" if one("issue") else ""
    volume = f";{one('volume')}{issue}" if one("volume") else ""
    pages = f":{one('pages')}" if one("pages") else ""
    where = f"{one('journal')}." if one("journal") else ""
    when = f"{year[0] if year else ''}{volume}{pages}"
    pieces = [", ".join(authors), one("title").rstrip("."), where.rstrip("."), when]
    citation = ". ".join(piece for piece in pieces if piece)
    if citation:
        made.fields["citation"] = re.sub(r"([?!])\. ", r"\1 ", citation) + "."
    return made

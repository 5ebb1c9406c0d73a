"""What patients and programs read, by the real test client, held against the oracle.

Each word of a draft, note or reason stands nowhere else, so that every word of an answer can be
traced: to a signed edition in force, to a past one, or to where it should not have come from.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from reviews.text import days
from tests.histories.oracle import Edition, Off, Page, Signed, Words
from tests.histories.trust import local
from tests.histories.walk import LETTERS, Finding, Walk
from tests.histories.writing import columns, markup

_OTHER, _EVERY = (f"[{letters}]" for letters in reversed(LETTERS))
WORD, INSIDE, BORN = (
    re.compile(rf"\b{first}{_EVERY}(?:{_OTHER}{_EVERY}){{2}}\b") for first in "qzx"
)
DAY = re.compile(
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" \d{1,2}, \d{4}"
)
NO_LONGER = re.compile(
    r"no longer (?:stands behind this page|reviews pages here) since \w+ \d{1,2}, \d{4}\."
)
LINK = re.compile(r'href="/conditions/([a-z]+)/"')
FLAGGED = "We are checking part of this page."
NOTICES = {
    "being_corrected": "We found something on this page that needs to be corrected.",
    "out_of_date": "This page no longer reflects current medical knowledge",
    "safety": "We took this page off because following it could be unsafe.",
    "no_longer_offered": "The clinic no longer publishes information on this subject.",
}


def words_of(words: Words) -> set[str]:
    """The traceable words of an edition."""
    return {*WORD.findall(" ".join([words.name, *words.texts]))}


def get(walk: Walk, path: str, **asked: str) -> tuple[HttpResponse, str]:
    """What the public gets, and its text with the headers; nothing from inside stands there."""
    response: Any = walk.client.get(path, asked)
    text = response.content.decode() + str(dict(response.headers))
    if INSIDE.search(text):
        raise Finding(f"{path} tells what was written inside.")
    return response, text


def held_to(path: str, found: Any, expected: Any) -> None:
    """They are the same, or the step is a finding."""
    if found != expected:
        raise Finding(f"{path}: {found} instead of {expected}")


def _at(walk: Walk, slug: str) -> tuple[Page | None, datetime]:
    """The page that was ever public at an address, and the instant of its readers."""
    page = walk.clinic.owner(slug)
    at = page.present(walk.clinic.clock) if page else walk.clinic.clock
    return (page if page and page.was_at(slug, at) else None), at


def check_page(walk: Walk, slug: str) -> None:
    path = f"/conditions/{slug}/"
    page, at = _at(walk, slug)
    response, text = get(walk, path)
    if page is None:
        held_to(path, (response.status_code, WORD.findall(text)), (404, []))
        return
    signed, related = page.public(at), _related(walk, page, at)
    names = {word for one in related for word in WORD.findall(one.edition.words.name)}
    if signed is None:
        held_to(path, response.status_code, 410)
        held_to(path, {*WORD.findall(text)}, names)
        off = _off(page, at)
        if page.in_force(at) is None and NOTICES[off.notice] not in text:
            raise Finding(f"{path}: its notice is missing.")
        if page.in_force(at) is None:
            held_to(path, {*DAY.findall(text)}, {days.day(local(off.at))})
        return
    words = signed.edition.words
    if words.slug != slug:
        held_to(path, (response.status_code, WORD.findall(text)), (301, []))
        held_to(path, response["Location"], f"/conditions/{words.slug}/")
        return
    held_to(path, response.status_code, 200)
    held_to(path, {*WORD.findall(text)} - names, words_of(words) - names)
    for one in words.texts:
        if one not in text:
            raise Finding(f"{path}: signed words are missing.")
    _check_dates(walk, path, page, signed, text)
    live = (
        [words.target]
        if words.target and words.target != slug and _live(walk, words.target, at)
        else []
    )
    links = {*live, *(one.edition.words.slug for one in related)}
    held_to(f"{path} links", {*LINK.findall(text)} - {slug}, links - {slug})


def _off(page: Page, at: datetime) -> Off:
    return max(
        (one for one in page.off if one.at <= at),
        key=lambda one: one.n,
        default=Off(0, at, "safety", ""),
    )


def _check_dates(walk: Walk, path: str, page: Page, signed: Signed, text: str) -> None:
    """I2: every date under the page is one of its signatures, or due by them."""
    review, today = signed.review, local(walk.clinic.clock)
    at = page.present(walk.clinic.clock)
    due, ended = page.due(signed, at), page.ended(signed, at)
    expected = {local(review.at), due, *([local(signed.at)] if signed.full else [])}
    expected |= {one.on for one in ended}
    expected |= {signed.urgent_on} if signed.urgent_on else set()
    held_to(path, {*DAY.findall(text)}, {days.day(one) for one in expected if one})
    overdue = "has not been done yet" in text
    held_to(f"{path} overdue", overdue, due < today)
    held_to(f"{path} flagged", FLAGGED in text, page.laid_at(at) is not None)
    sentences = _no_longer(page, signed, at)
    held_to(f"{path} no longer", {*NO_LONGER.findall(text)}, {*map(_tail, sentences)})
    for sentence in sentences:
        if sentence not in text:
            raise Finding(f"{path} does not say: {sentence}")
    same = signed.disclosed or review.disclosed
    held_to(f"{path} disclosed", "by the same physician" in text, same)
    for one in (signed, review):
        if f"{one.printed[0]}, {one.printed[1]}" not in text.replace("</a>", ""):
            raise Finding(f"{path}: {one.printed[0]} is not named.")


def _no_longer(page: Page, signed: Signed, at: datetime) -> list[str]:
    """What the page says of physicians who stand behind it no longer."""
    found = []
    for end in page.ended(signed, at):
        name = (signed.review if signed.review.signer == end.who else signed).printed[0]
        what = "stands behind this page" if end.kind == "own" else "reviews pages here"
        found.append(f"{name} no longer {what} since {days.day(end.on)}.")
    return found


def _tail(sentence: str) -> str:
    return sentence[sentence.index("no longer") :]


def _live(walk: Walk, slug: str, at: datetime) -> bool:
    page = walk.clinic.owner(slug)
    return page is not None and page.was_at(slug, at) and page.public(at) is not None


def _related(walk: Walk, page: Page, at: datetime) -> list[Signed]:
    """The public pages that this one names, or that name one of its addresses."""
    top = page.in_force(at) or _last(page, at)
    found = []
    for other in walk.clinic.pages.values():
        signed = other.public(at)
        if other is page or signed is None:
            continue
        named = top is not None and top.edition.words.target
        names = bool(named) and other.was_at(str(named), at)
        if names or page.was_at(signed.edition.words.target, at):
            found.append(signed)
    return found


def _last(page: Page, at: datetime) -> Signed | None:
    """What a withdrawn page showed last: the highest effective and not cancelled."""
    counting = [
        one
        for one in page.shown(at)
        if one.effective <= at and not (one.cancelled and one.cancelled <= at)
    ]
    return max(counting, key=lambda one: one.n, default=None)


def check_json(walk: Walk, slug: str) -> None:
    path = f"/conditions/{slug}.json"
    page, at = _at(walk, slug)
    response, text = get(walk, path)
    if page is None:
        held_to(path, response.status_code, 404)
        return
    signed = page.public(at)
    if signed is None:
        status = "being_checked" if page.in_force(at) else "withdrawn"
        said = json.loads(response.content)
        held_to(path, (response.status_code, said["status"]), (410, status))
        held_to(path, WORD.findall(text), [])
        return
    words = signed.edition.words
    if words.slug != slug:
        held_to(path, (response.status_code, WORD.findall(text)), (301, []))
        return
    said = json.loads(response.content)
    signer, review = said["sign_off"], said["sign_off"]["full_review"]
    body = response.content.decode().partition('"document":')[2].removesuffix("}")
    held_to(f"{path} digest", hashlib.sha256(body.encode()).hexdigest(), said["digest"])
    document = said["document"]
    found = {name: document[name] for name in columns(words)}
    held_to(path, found, columns(words))
    held_to(path, document["warnings"][0]["text"], markup(words.warning))
    held_to(path, document["differentials"][0]["condition"], words.target)
    held_to(
        f"{path} says",
        {
            "number": signer["number"],
            "by": (signer["signed_by"], signer["credentials"], signer["licensed_in"]),
            "scope": signer["scope"],
            "on": (signer["signed_on"], review["signed_on"]),
            "due": said["next_review_due"],
            "overdue": said["overdue"],
            "urgent": said["changed_urgently_on"],
            "same": signer["same_physician"],
            "note": signer["public_note"],
            "flagged": bool(said["notice"]),
            "no longer": sorted(one["sentence"] for one in said["no_longer_relied_on"]),
            "suggested": "I suggested some of its words" in signer["attestation"],
        },
        {
            "number": walk.sign_offs[signed].pk,
            "by": signed.printed[:3],
            "scope": signed.scope,
            "on": (str(local(signed.at)), str(local(signed.review.at))),
            "due": str(page.due(signed, at)),
            "overdue": page.due(signed, at) < local(walk.clinic.clock),
            "urgent": signed.urgent_on and str(signed.urgent_on),
            "same": signed.disclosed or signed.review.disclosed,
            "note": signed.edition.note,
            "flagged": page.laid_at(at) is not None,
            "no longer": sorted(_no_longer(page, signed, at)),
            "suggested": signed.suggested,
        },
    )


# --- The record


def _history(page: Page, at: datetime) -> list[Signed | None]:
    """What a page showed, one after another; None where nothing was in force."""
    found: list[Signed | None] = []
    for instant in page.instants():
        one = page.in_force(instant)
        if instant <= at and (one or found) and (not found or found[-1] is not one):
            found.append(one)
    return found


def _hidden(page: Page, edition: Edition, at: datetime) -> bool:
    """Taken out, or held while it is in force."""
    signed = page.in_force(at)
    held = page.held(at) and signed is not None and signed.edition.words == edition.words
    return bool(edition.redacted) or held


def check_record(walk: Walk, page: Page) -> None:
    at = page.present(walk.clinic.clock)
    history = _history(page, at)
    shown = [one for one in history if one]
    if not shown:
        return
    slug = shown[-1].edition.words.slug
    path = f"/conditions/{slug}/record/"
    response, text = get(walk, path)
    held_to(path, response.status_code, 200)
    allowed: set[str] = set()
    for one in shown:
        if not one.edition.redacted:
            allowed |= {*WORD.findall(one.edition.words.name)}
        if not _hidden(page, one.edition, at):
            allowed |= words_of(one.edition.words) | {*WORD.findall(one.edition.note)}
    held_to(path, {*WORD.findall(text)} - allowed, set())
    if "Pages of this record" not in text:
        numbers = re.findall(r'<span class="edition">Edition (\d+)</span></h2>', text)
        held_to(path, [int(one) for one in numbers], [one.edition.number for one in shown[::-1]])
        withdrawn = sum(one is None for one in history)
        if withdrawn and "<h2>Withdrawn</h2>" not in text:
            raise Finding(f"{path} does not tell of a withdrawal.")
    edition = walk.random.choice(page.editions)
    _check_past(walk, page, edition, f"{path}{edition.number}/", at)


def _check_past(walk: Walk, page: Page, edition: Edition, path: str, at: datetime) -> None:
    response, text = get(walk, path)
    history, signed = _history(page, at), page.in_force(at)
    expected = 200
    if edition not in [one.edition for one in history if one]:
        expected = 404
    elif edition.redacted:
        expected = 410
    elif _hidden(page, edition, at) or (signed is not None and signed.edition is edition):
        expected = 302
    held_to(path, response.status_code, expected)
    words = words_of(edition.words) if expected == 200 else set()
    if expected == 410:  # its crumbs name the page by what it is called now
        return
    held_to(path, {*WORD.findall(text)}, words)
    if expected == 200 and "No longer current" not in text:
        raise Finding(f"{path} is not shown as past.")


# --- Lists


def public_pages(walk: Walk) -> dict[str, tuple[Page, Signed]]:
    found = {}
    for page in walk.clinic.pages.values():
        signed = page.public(walk.clinic.present())
        if signed:
            found[signed.edition.words.slug] = (page, signed)
    return found


def check_lists(walk: Walk) -> None:
    public = public_pages(walk)
    names = {word for _, one in public.values() for word in WORD.findall(one.edition.words.name)}
    for path in ("/", "/conditions/"):
        _, text = get(walk, path)
        held_to(path, {*LINK.findall(text)}, {*public})
        held_to(path, {*WORD.findall(text)}, names)
    _, text = get(walk, "/sitemap.xml")
    found = re.findall(r"/conditions/([a-z]+)/</loc><lastmod>([^<]+)<", text)
    since = {}
    for slug, (page, _) in public.items():
        at = walk.clinic.present()
        begun = [
            from_at
            for _, from_at, until in page.spans()
            if from_at <= at and (not until or until > at)
        ]
        since[slug] = begun[-1].isoformat(timespec="seconds")
    held_to("/sitemap.xml", dict(found), since)


def check_feed(walk: Walk) -> None:
    """No word of what is not signed, was taken out, or is held; the newest of each page is true."""
    _, text = get(walk, "/feed.xml")
    allowed: set[str] = set()
    at = walk.clinic.present()
    for page in walk.clinic.pages.values():
        for one in page.shown(at):
            if not one.edition.redacted:
                allowed |= {*WORD.findall(one.edition.words.name)}
            if not _hidden(page, one.edition, at):
                allowed |= {*WORD.findall(one.edition.note)}
    held_to("/feed.xml", {*WORD.findall(text)} - allowed, set())


def check_search(walk: Walk) -> None:
    """A word of what is public finds its pages; another one finds nothing, and shows nothing."""
    public = public_pages(walk)
    readable = {word for _, one in public.values() for word in words_of(one.edition.words)}
    everything = [words for _, save in walk.clinic.saves() for words in [save.words]]
    asked = []
    if everything:
        words = walk.random.choice(everything)
        asked.append(walk.random.choice(sorted(words_of(words))))
    if public:
        asked.append(walk.random.choice(sorted(readable)))
    for word in asked:
        _, text = get(walk, "/search/", q=word)
        expected = {
            slug for slug, (_, one) in public.items() if word in words_of(one.edition.words)
        }
        held_to("search", {*WORD.findall(text)} - readable - {word}, set())
        if expected:
            held_to(f"search for {word}", {*LINK.findall(text)}, expected)
        elif re.search(r"<h2>\d+ pages? found</h2>", text):
            raise Finding(f"Search for {word} found what is not public.")


def check_reviewers(walk: Walk) -> None:
    """No word of a profile that its physician did not confirm."""
    for who in walk.random.sample(sorted(walk.reviewers), 1):
        profile = walk.clinic.people[who].profile
        assert profile is not None
        _, text = get(walk, f"/reviewers/{who}/")
        confirmed = {*BORN.findall(" ".join(profile.confirmed or ()))}
        held_to(f"reviewer {who}", {*BORN.findall(text)} - confirmed, set())
        gone = "No longer reviews pages here." in text
        if confirmed or gone:
            held_to(f"reviewer {who} gone", gone, not profile.active)

"""Pages signed under schema 1 survive whatever code comes: a database as that code left it."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from difflib import unified_diff
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from conditions import exchange
from conditions.models import Condition
from reviews.models import Contribution, Edition, Reviewer, Submission
from tests import cast
from tests.older.schema_1.answers import Answer, answer
from tests.traces import refused

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
KEPT: dict[str, Any] = json.loads(gzip.decompress((HERE / "answers.json.gz").read_bytes()))
NOW = datetime.fromisoformat("2026-11-20T10:00:00-05:00")

# Signed, and the draft was not touched since.
UNTOUCHED = (
    *("untouched-draft", "ejemplosis", "empty-disorder", "disclosed-disorder"),
    *("returned-disorder", "complex-ptsd", "borderline-personality-disorder"),
)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """A day after everything that happened there, when one signed edition still waits."""
    with time_machine.travel(NOW, tick=False):
        yield


def person(username: str) -> User:
    return User.objects.get(username=username)


def log_in(username: str) -> Client:
    client = Client()
    client.force_login(person(username))
    return client


def draft(slug: str) -> Condition:
    return Condition.objects.get(slug=slug)


def public_text(slug: str) -> str:
    """The words of a signed document as its address gives them, to the last byte."""
    body = Client().get(f"/conditions/{slug}.json").content.decode()
    return body.partition(',"document":')[2][:-1]


def texts(value: Any) -> Counter[str]:
    """Every text inside a document, wherever it stands, save the headings: those are the site's."""
    if isinstance(value, dict):
        value = [part for key, part in value.items() if key != "labels"]
    if isinstance(value, list):
        return sum(map(texts, value), Counter())
    return Counter([value] if isinstance(value, str) and value else [])


# --- What was public stays as it was


def test_the_record_holds_up_to_the_head_that_was_kept_outside() -> None:
    said = StringIO()

    call_command("verify_record", head=KEPT["head"], stdout=said)

    assert "The record holds" in said.getvalue()


@pytest.mark.parametrize("instant", KEPT["instants"])
def test_every_public_address_answers_in_the_same_words(instant: str) -> None:
    with time_machine.travel(datetime.fromisoformat(instant), tick=False):
        faults = {
            path: differs
            for path, was in KEPT["instants"][instant].items()
            if (differs := difference(was, answer(path)))
        }

    shown = "\n".join(f"{path}\n{differs}" for path, differs in list(faults.items())[:4])
    assert not faults, f"{len(faults)} addresses answer otherwise: {', '.join(faults)}\n{shown}"


def difference(was: Answer, now: Answer) -> str:
    """What an address no longer answers, in lines that can be read; "" where nothing differs."""
    lines = list(unified_diff(exact(was), exact(now), "before", "now", lineterm="", n=1))
    lines += list(unified_diff(changes(was), changes(now), "changes", "now", lineterm="", n=1))
    lines += [f"lost: {line}" for line in was["kept"] if line not in now["kept"]]
    lines += [f"lost of the review: {fact}" for fact in sorted(reviewed(was) - reviewed(now))]
    return "\n".join(lines)


# Sentences of the site's own, no signed words, as they read then and as they read today.
REWORDED = [
    ("Emergency or thoughts of suicide?", "You can talk with someone now"),
    ("Times are those of the time zone America/New York.", "Times are in Eastern time, New York."),
]
# Lines of the site's own that came or went.
_OURS = (
    "Disclosure",
    "In an emergency, call 911. For thoughts of suicide, call or text 988 at any hour.",
    "<strong>El original cambió el 6 de julio de 2026; esta traducción no se ha revisado.</strong>",
)
# A sentence about who vouches for a page, in the wording of then or of now.
_REVIEW = re.compile("reviewed|changed on|checked by|full review was due|by the same", re.I)


# The record of a withdrawn page led to a page that is not there.
_GONE = re.compile("- <a /conditions/specimen-disorder/>.*</a>")


def exact(one: Answer) -> list[str]:
    """The lines that must stand as they are, save those of the review line."""
    kept = [line for line in one["exact"] if not _REVIEW.search(line) and line not in _OURS]
    for then, today in REWORDED:
        kept = [line.replace(then, today) for line in kept]
    if "# Search" in kept:
        kept.sort()  # as `answers` does
    # When an entry of the feed counts as touched is the feed's own affair.
    kept = [re.sub("<updated>.*?</updated>", "", line) for line in kept]
    return [line for line in kept if not _GONE.fullmatch(line)]


def reviewed(one: Answer) -> set[str]:
    """Of the review line, which days and which reviewers it names."""
    said = "\n".join(line for line in one["exact"] if _REVIEW.search(line))
    facts = {*re.findall(r"[A-Z][a-z]+ [0-9]{1,2}, [0-9]{4}", said)}
    facts |= {*re.findall(r"/reviewers/[a-z-]+/", said)}
    return facts | {*re.findall("by the same physician", said)}


def changes(one: Answer) -> list[str]:
    """What comparisons name and mark. Of changed codes, that there are some and which they are.

    Under schema 1 all codes are one part with a line for each, later each may be a row.
    """
    said: list[str] = []
    about_codes = False
    for line in one["changes"]:
        if line.startswith("#"):
            about_codes = re.match(r"### (?:ICD-10-CM|Codes)\b", line) is not None
            line = "### ICD-10-CM" if about_codes else line
        said += re.findall(r"[A-Z][0-9][0-9A-Z]\.[0-9A-Z]+", line) if about_codes else []
        said += [line] if not about_codes or line.startswith("#") else []
    return said


def test_a_changed_word_or_a_lost_place_would_be_noticed() -> None:
    was = {"exact": ["status 200", "12.5 mg"], "kept": ["place #safety"], "changes": []}

    assert difference(was, was) == ""
    assert "-12.5 mg\n+125 mg" in difference(was, {**was, "exact": ["status 200", "125 mg"]})
    assert "lost: place #safety" in difference(was, {**was, "kept": ["place #risks"]})
    assert "+### Name changed" in difference(was, {**was, "changes": ["### Name changed"]})


def test_every_stored_edition_still_has_its_bytes_and_its_digest() -> None:
    editions = list(Edition.objects.all())

    assert len(editions) == 36
    for edition in editions:
        assert hashlib.sha256(edition.text.encode()).hexdigest() == edition.digest
        assert json.loads(edition.text)["schema"] == 1


# --- The desk and the studio


def test_the_desk_shows_what_was_submitted_then_and_how_it_ended() -> None:
    desk = log_in("iris")
    slugs = ("examplosis", "ejemplosis", "literal-reference", "open-disorder", "specimen-disorder")
    submissions = Submission.objects.filter(edition__slug__in=slugs)
    assert {*submissions.values_list("status", flat=True)} == set(Submission.Status)

    for submission in submissions.select_related("edition", "subject"):
        document = json.loads(submission.edition.text)
        preview = reverse("admin:reviews_submission_preview", args=[submission.pk])
        for url in (submission.get_absolute_url(), submission.subject.get_absolute_url(), preview):
            response = desk.get(url)
            assert response.status_code == 200, url
        body = response.content.decode()
        rows = [row for part in document.values() if isinstance(part, list) for row in part]
        assert document["summary"] in body
        assert escape(document["headline"]) in body
        assert all(code in body for code in document["icd10"])
        assert all(row["text"] in body for row in rows if "text" in row)
        assert all(escape(row["citation"]) in body for row in rows if "citation" in row)


def test_the_form_of_a_draft_of_then_holds_all_of_its_words() -> None:
    studio = log_in("mara")

    for slug in ("full-draft", "ejemplosis", "literal-reference", "empty-disorder"):
        url = reverse("admin:conditions_condition_change", args=[draft(slug).pk])
        body = studio.get(url).content.decode()
        words = draft(slug).document()
        for key in ("clinic", "treatment"):
            words.pop(key)
        keys = {
            row["key"]
            for part in words.values()
            if isinstance(part, list)
            for row in part
            if isinstance(row, dict)
        }
        lost = [text for text in texts(words) if text not in keys and escape(text) not in body]
        assert not lost, slug


# --- What was under way goes on


def test_a_submission_of_then_can_still_be_signed() -> None:
    for slug, signer in (
        ("open-disorder", "jonas"),
        ("treatment-resistant-depression", "iris"),
        ("never-signed", "iris"),
    ):
        submission = Submission.objects.get(status="open", edition__slug=slug)
        assert public_text(slug) != submission.edition.text

        cast.sign(submission, by=person(signer))

        assert public_text(slug) == submission.edition.text
        name = str(Reviewer.objects.get(user=person(signer)))
        page = Client().get(f"/conditions/{slug}/").content.decode()
        assert f"Last reviewed by {name} on November 20, 2026" in page
        assert json.loads(submission.edition.text)["summary"] in page
    call_command("verify_record", stdout=StringIO())


def test_an_edition_of_then_can_be_reaffirmed_corrected_against_and_cancelled() -> None:
    """The rest of the verbs on what stands: they read documents of schema 1."""
    subject = draft("untouched-draft").subject
    signed = cast.reaffirm(
        subject,
        by=person("jonas"),
        proof=cast.proof(),
        digest=Edition.objects.get(subject=subject).digest,
    )
    page = Client().get("/conditions/untouched-draft/").content.decode()
    assert "Jonas Petrasample (fictional), DO on November 20, 2026" in page

    cast.workflow.cancel(signed, by=person("dana"), reason="To see what stands before it.")
    page = Client().get("/conditions/untouched-draft/").content.decode()
    assert "Iris Callosample (fictional), MD on September 14, 2026" in page

    cast.workflow.withdraw(subject, by=person("dana"), reason="To end it.", notice="out_of_date")
    assert Client().get("/conditions/untouched-draft/").status_code == 410
    call_command("verify_record", stdout=StringIO())


def test_a_draft_that_nobody_edited_since_keeps_its_authors() -> None:
    """DESIGN §5: what only the schema changed makes nobody an author."""
    for slug, submitter, authors in (
        ("emotional-dysregulation", "editor", {"editor"}),
        ("bipolar-2-depression", "editor", {"editor"}),
        ("full-draft", "mara", {"mara", "theo"}),
        ("edited-draft", "theo", {"theo"}),
        ("sent-back-draft", "mara", {"mara"}),
        ("never-signed", "theo", {"theo"}),
        ("open-disorder", "theo", {"mara", "theo", "gone"}),
    ):
        saved = saves(slug)

        submission = cast.submit(draft(slug), by=person(submitter), unchanged_because="Agreed.")

        named = submission.edition.author_rows.values_list("user__username", flat=True)
        assert set(named) == authors, slug
        assert saves(slug) == saved, slug
        cast.sign(submission, by=person("iris"))
        assert public_text(slug) == submission.edition.text
    call_command("verify_record", stdout=StringIO())


def saves(slug: str) -> Counter[str]:
    """How often each person saved a draft."""
    saved = Contribution.objects.filter(subject=draft(slug).subject, by__isnull=False)
    return Counter(saved.values_list("by__username", flat=True))


def test_words_in_force_under_schema_1_are_not_submitted_again() -> None:
    for slug in UNTOUCHED:
        by = "editor" if slug in ("complex-ptsd", "borderline-personality-disorder") else "mara"
        with refused("in force already"):
            cast.submit(draft(slug), by=person(by))


def test_a_draft_changed_past_its_form_is_not_blessed_by_migrating() -> None:
    with refused("outside its form"):
        cast.submit(draft("altered-draft"), by=person("mara"))


def test_a_later_edition_differs_from_one_of_then_in_its_own_words_only() -> None:
    for slug in UNTOUCHED:
        path = f"/conditions/{slug}/record/"
        before = answer(path)["changes"]
        words = draft(slug).document()
        words["summary"] += "<p>Drink water.</p>"
        exchange.load(words, by=person("theo"))
        submission = cast.submit(draft(slug), by=person("theo"))
        overdue = slug in ("empty-disorder", "complex-ptsd")
        # A correction is refused where a part that needs a full review seems to have changed.
        cast.sign(submission, by=person("iris"), scope="full" if overdue else "correction")

        after = answer(path)["changes"]

        new = ["### Summary changed", "<ins>added: Drink water.</ins>"]
        assert after == [*new, *before], slug


# --- In and out of files


def test_a_draft_of_then_is_exported_whole_and_comes_back_the_same() -> None:
    for slug in (*UNTOUCHED, "never-signed", "sent-back-draft", "literal-reference"):
        edition = Edition.objects.filter(slug=slug).latest("number")

        first = exported(slug)
        _, cleaned = exchange.load(json.loads(first), by=person("mara"))

        assert not cleaned, slug
        assert exported(slug) == first, slug
        assert not texts(json.loads(edition.text)) - texts(json.loads(first)), slug


def exported(slug: str) -> str:
    said = StringIO()
    call_command("export_condition", slug, stdout=said)
    return said.getvalue()


def test_a_file_of_schema_1_is_read_without_the_loss_of_a_word() -> None:
    """`document.json` has every part and every kind of row; its canonical text was signed."""
    file = json.loads((HERE / "document.json").read_text(encoding="utf-8"))
    canonical = (HERE / "document.canonical.txt").read_text(encoding="utf-8")
    digest = (HERE / "document.sha256").read_text(encoding="utf-8").strip()

    _, cleaned = exchange.load(file, by=person("mara"))

    assert {change.path for change in cleaned} <= {"labels"}
    assert not texts(file) - texts(json.loads(exported("examplosis")))
    assert json.loads(canonical) == file
    assert hashlib.sha256(canonical.encode()).hexdigest() == digest
    assert Edition.objects.get(slug="examplosis", number=1).text == canonical

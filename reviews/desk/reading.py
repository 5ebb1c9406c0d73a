"""What a reader of a submission is shown: its header, what changed, the page, and the checks."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User

from reviews import clock, workflow
from reviews.desk.standing import due_words
from reviews.desk.verb_pages import name_of
from reviews.diff import comparison
from reviews.diff.comparison import Diff
from reviews.diff.numbers import changed_numbers
from reviews.diff.rows import Row
from reviews.diff.wholes import plain
from reviews.evidence.states import last_shown
from reviews.models import Comment, Edition, SignOff, Submission, odd_names
from reviews.reviewable import Part, Place, Reviewable, model_of
from reviews.text import readability
from reviews.text.days import age
from reviews.text.lookalikes import look_alikes
from reviews.text.sentences import long_sentences
from reviews.workflow import Reading, Setback, Thread, row_of


@dataclass(frozen=True)
class Base:
    """An edition that another one is compared with: its name in the address, and in words."""

    name: str
    label: str
    edition: Edition | None


@dataclass(frozen=True)
class Talked:
    """A thread with what one reader may do about it; `gone` where its quoted words are no more.

    `diff` is what a suggestion changes in its part.
    """

    thread: Thread
    gone: bool
    diff: Diff | None
    where: str
    why_not_resolve: str
    why_not_take_over: str

    @property
    def comment(self) -> Comment:
        """What the thread began with."""
        return self.thread.comment


@dataclass(frozen=True)
class Opened:
    """A submission as one reader opened it at an instant, with what several of its views show."""

    submission: Submission
    user: User
    at: datetime
    signed: SignOff | None
    in_force: SignOff | None
    against: SignOff | None
    setbacks: list[Setback]
    reading: Reading
    threads: list[Talked]

    @property
    def edition(self) -> Edition:
        """What was put forward."""
        return self.submission.edition

    @property
    def model(self) -> type[Reviewable]:
        """What kind of page it is."""
        return model_of(self.edition.subject.kind)

    @property
    def parts(self) -> list[Part]:
        """The edition's parts."""
        return self.model.parts(self.edition.document)


def opened(submission: Submission, user: User, at: datetime) -> Opened:
    """A submission as somebody opens it. Belongs inside `workflow.asking`."""
    signed = signed_as(submission) if submission.status == Submission.Status.SIGNED else None
    in_force = signed.against if signed else workflow.in_force(submission.subject, at)
    return Opened(
        submission,
        user,
        at,
        signed,
        in_force,
        in_force or (None if signed else last_shown(submission.subject)),
        workflow.setbacks(submission.subject) if submission.is_open else [],
        workflow.reading_of(submission.edition, by=user, against=in_force),
        talked(submission, user),
    )


def signed_as(submission: Submission) -> SignOff | None:
    """The sign-off of a submission, if it was signed."""
    related = ("edition", "reviewer", "signer", "rests_on__reviewer", "against__edition__subject")
    return SignOff.objects.select_related(*related).filter(submission=submission).first()


def header(page: Opened) -> dict[str, Any]:
    """What stays in sight: what is asked of whom, for how long, until when, and who does it."""
    submission, in_force = page.submission, page.in_force
    assigned = workflow.assignment_of(submission) if submission.is_open else None
    today = clock.local_date(page.at)
    if in_force is None:
        asked = "First edition" if page.edition.number == 1 else "New edition"
    else:
        asked = f"Change to edition {in_force.edition.number}"
    return {
        "asked": asked,
        "of": str(submission.reviewer) if submission.reviewer else "any physician",
        "age": age(clock.local_date(page.edition.frozen_at), today),
        "due": due_words(in_force.due, today) if in_force and submission.is_open else "",
        "overdue": bool(in_force and in_force.is_overdue(today)),
        "taken_on": assigned.person if assigned else None,
        "mine": bool(assigned and assigned.person == page.user),
    }


def what_changed(page: Opened, wanted: str) -> dict[str, Any]:
    """The comparison that a reader asked for, and those that they may ask for instead."""
    known = [page.against.edition] if page.against else []
    known += [setback.edition for setback in page.setbacks]
    look = workflow.last_look(page.edition, by=page.user, known=known)
    bases = _bases(page, look)
    base = next((one for one in bases if one.name == wanted), None) or _usual(page, look, bases)
    before = page.model.parts(base.edition.document) if base.edition else []
    diff = comparison.compare(before, page.parts)
    stretches = [
        (stretch.summary, [_Change(page, row) for row in stretch.items])
        for stretch in diff.stretches
    ]
    beside = {one.key for summary, found in stretches if not summary for one in found}
    keys = {row_of(part) for part in page.parts}
    elsewhere = keys - beside
    return {
        "base": base,
        "bases": bases,
        "diff": diff,
        "stretches": stretches,
        "elsewhere": [one for one in page.threads if _row_of_key(one.comment.part) in elsewhere],
    }


class _Change:
    """A row of a comparison, with what was said about it; `options` are parts to comment on."""

    def __init__(self, page: Opened, row: Row) -> None:
        self.row, self.key = row, row_of(row.pieces[0].part)
        self.threads = [one for one in page.threads if _row_of_key(one.comment.part) == self.key]
        parts = [piece.after for piece in row.pieces if piece.after]
        full = [part for part in parts if part.content] or parts
        self.options = [(part.key, part.label) for part in full]

    @property
    def is_new(self) -> bool:
        """Whether it is one of the changes, as against a trace of where something stood."""
        return not self.row.left and self.row.op != "same"


def on_the_whole(page: Opened) -> list[Talked]:
    """What was said about the whole page, or about a part that this edition has no more."""
    keys = {part.key for part in page.parts}
    return [one for one in page.threads if one.comment.part not in keys]


def _row_of_key(part: str) -> str:
    pieces = part.split(".")
    return ".".join(pieces[:2]) if len(pieces) == 3 else part


def _bases(page: Opened, look: Edition | None) -> list[Base]:
    found = []
    if page.against is not None:
        edition = page.against.edition
        when = "in force" if page.in_force else "public last"
        found.append(Base("in-force", f"edition {edition.number}, {when}", edition))
    else:
        found.append(Base("in-force", "nothing: every word is new", None))
    for setback in page.setbacks:
        edition = setback.edition
        if edition.number < page.edition.number and edition not in [one.edition for one in found]:
            name = f"edition-{edition.number}"
            found.append(Base(name, f"edition {edition.number}, {setback.what}", edition))
    if look is not None and look not in [one.edition for one in found]:
        found.append(Base("your-last-look", f"edition {look.number}, your last look", look))
    return found


def _usual(page: Opened, look: Edition | None, bases: list[Base]) -> Base:
    """What a reader sees first: what changed since their own last look in this round, if any."""
    signed = page.against.edition.number if page.against else 0
    if look is None or look.number <= signed:
        return bases[0]
    return next(base for base in bases if base.edition == look)


def the_page(page: Opened) -> dict[str, Any]:
    """The places of the page in order, each with what was said there and whether it was shown."""
    listed = []
    for place in page.reading.places:
        rows = {row_of(part) for part in place.parts}
        listed.append(
            {
                "place": place,
                "rows": sorted(rows),
                "shown": not rows & page.reading.missing,
                "changed": bool(page.in_force and rows & page.reading.changed),
                "threads": [one for one in page.threads if _row_of_key(one.comment.part) in rows],
                "options": list(_options(place)),
            }
        )
    return {"places": listed}


def _options(place: Place) -> list[tuple[str, str]]:
    """The parts of a place by key, with a name that tells them apart."""
    found = []
    for _, group in groupby(place.parts, key=row_of):
        parts = list(group)
        name = _opening_words(parts)
        found += [(part.key, f"{part.label}: {name}" if part.row else part.label) for part in parts]
    return found


def _opening_words(parts: list[Part]) -> str:
    words = plain(parts[0]).split()
    return " ".join(words[:6]) + ("…" if len(words) > 6 else "")


def checks(page: Opened) -> dict[str, Any]:
    """What to look at twice: links, look-alikes, references, long sentences, changed numbers."""
    document, model = page.edition.document, page.model
    before = model.parts(page.against.edition.document) if page.against else []
    english = str(document.get("lang", "en")).partition("-")[0] == "en"
    return {
        "hosts": model.hosts(document),
        "doubts": model.doubts(document),
        "unidentified": model.unidentified(document),
        "english": english,
        "grade": readability.grade(plain(part) for part in page.parts if part.html)
        if english
        else None,
        "long_sentences": [
            {"place": place.name, "words": len(sentence.split()), "sentence": sentence}
            for place in page.reading.places
            for part in place.parts
            if english
            for sentence in long_sentences(plain(part))
        ],
        "numbers": changed_numbers(comparison.compare(before, page.parts)) if before else [],
    }


def talked(submission: Submission, user: User) -> list[Talked]:
    """The threads on a page as somebody reads them beside an edition."""
    threads = workflow.threads(submission.subject)
    if not threads:
        return []
    model = model_of(submission.edition.subject.kind)
    parts = {part.key: part for part in model.parts(submission.edition.document)}
    return [_talked(thread, parts, user) for thread in threads]


def _talked(thread: Thread, parts: dict[str, Part], user: User) -> Talked:
    comment = thread.comment
    part = parts.get(comment.part)
    offered = comment.suggestion.text if comment.suggestion else ""
    return Talked(
        thread,
        _is_gone(comment, part),
        _offer(part, offered) if part and offered else None,
        (part.group or part.label) if part else "",
        workflow.why_not(workflow.may_resolve, comment, by=user),
        workflow.why_not(workflow.may_ask_to_take_over, comment, by=user) if offered else "",
    )


def _is_gone(comment: Comment, part: Part | None) -> bool:
    """Whether the words in question stand no more where they stood."""
    if not comment.part:
        return False
    quoted = comment.quote.text if comment.quote else ""
    return part is None or " ".join(quoted.split()) not in " ".join(plain(part).split())


def _offer(part: Part, words: str) -> Diff:
    """What a suggestion changes in its part."""
    before, after = (Part(part.key, part.label, one, part.html) for one in (part.content, words))
    return comparison.compare([before], [after])


def odd_names_of(page: Opened) -> list[str]:
    """What passes for other letters in the names that are printed, or are to be."""
    if page.signed is not None:
        printed = f"{page.signed.printed_name}, {page.signed.credentials}"
        return list(dict.fromkeys([*look_alikes(printed), *odd_names(page.signed.signer)]))
    found: list[str] = []
    mine, asked = workflow.reviewer_of(page.user), page.submission.reviewer
    if mine is not None:
        found += odd_names(page.user, mine, workflow.valid_licenses(mine, page.at))
    if asked is not None and asked != mine:
        found += odd_names(asked.user, asked, ())
    return list(dict.fromkeys(found))


def authors_of(edition: Edition) -> list[str]:
    """Who wrote words of an edition, by name."""
    return [name_of(user) for user in workflow.writers(edition)]

"""Steps at the desk: who does a submission, what is said about it, what is taken out of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reviews import workflow
from reviews.models import Comment
from tests.histories.house import most_counted
from tests.histories.oracle import Comment as Said
from tests.histories.oracle import Edition, Page
from tests.histories.submitting import put_forward
from tests.histories.trust import local
from tests.histories.walk import PARAGRAPHS, Finding, Walk
from tests.histories.writing import keep, markup, one_word_changed, restore_in

STAFF = ("edie", "edgar", "doris", "dan", "robin", "mara")


def _edition(walk: Walk) -> Edition | None:
    """Mostly one in review, or the newest of a page; now and then an old one."""
    pages = [page for page in walk.clinic.pages.values() if page.editions]
    if not pages:
        return None
    opened = [page for page in pages if page.open]
    if not opened and walk.wrong(0.6):
        put_forward(walk, walk.random.choice(pages))
        opened = [page for page in pages if page.open]
    page = walk.random.choice(opened if opened and not walk.wrong(0.3) else pages)
    return walk.random.choice(page.editions) if walk.wrong(0.15) else page.editions[-1]


# --- Who does it


def take_on(walk: Walk) -> None:
    """A physician says that they do this one."""
    edition = _edition(walk)
    if edition is None:
        return
    by = walk.able(walk.clinic.physicians(walk.clinic.clock))
    why_not = walk.clinic.why_not_take_on(edition, by)

    def act() -> Any:
        return workflow.take_on(walk.submissions[edition], by=walk.user(by))

    if walk.attempt("take on", why_not, act):
        edition.taken_on = by
        _check_taken_on(walk, edition)


def pass_on(walk: Walk) -> None:
    """Whoever does a submission hands it over, or lets it go; or somebody else tries."""
    every = [one for page in walk.clinic.pages.values() for one in page.editions]
    if not any(one.taken_on and one.status == "open" for one in every):
        take_on(walk)
    taken = [one for one in every if one.taken_on]
    edition = walk.random.choice(taken) if taken and not walk.wrong(0.1) else _edition(walk)
    if edition is None:
        return
    opened = [one for one in taken if one.status == "open"]
    if opened and not walk.wrong(0.2):
        edition = walk.random.choice(opened)
    by, to = walk.able([edition.taken_on] if edition.taken_on else []), ""
    submission, hands = walk.submissions[edition], walk.random.random() < 0.5
    if hands:
        to = walk.able(walk.clinic.physicians(walk.clinic.clock))
        why_not = walk.clinic.why_not_hand_over(edition, by, to)
    else:
        why_not = walk.clinic.why_not_let_go(edition, by)

    def act() -> Any:
        if hands:
            return workflow.hand_over(submission, by=walk.user(by), to=walk.user(to))
        return workflow.let_go(submission, by=walk.user(by))

    if walk.attempt("hand over" if hands else "let go", why_not, act):
        edition.taken_on = to
        _check_taken_on(walk, edition)


def _check_taken_on(walk: Walk, edition: Edition) -> None:
    assigned = workflow.assignment_of(walk.submissions[edition])
    found = assigned.person.username if assigned and assigned.person else ""
    if found != edition.taken_on:
        raise Finding(f"Taken on by {found}, not {edition.taken_on}.")


# --- What is said


def comment(walk: Walk) -> None:
    """Somebody says something about a part, or answers; a physician marks it to be settled."""
    edition = _edition(walk)
    if edition is None:
        return
    page, by = walk.clinic.page_of(edition), walk.someone(*STAFF)
    first = walk.random.random() < 0.25
    if first:
        by = walk.able(walk.clinic.physicians(walk.clinic.clock))
    answers = walk.random.choice(page.said) if page.said and walk.wrong(0.3) else None
    if answers and walk.wrong(0.1):
        answers = walk.random.choice([one for other in _pages(walk) for one in other.said])
    part, text = walk.random.choice(["", "summary", "safety"]), f"{walk.inside()} @{by} @dan"
    why_not = walk.clinic.why_not_say(edition, by, first=first)
    if answers:
        strange = answers not in page.said or first
        why_not = why_not or ("answers no such comment" if strange else "")
    if walk.wrong():
        part = "nonsense"
        why_not = why_not or ("" if answers else "no such part")
    if walk.wrong():
        text, why_not = " ", why_not or "nothing said"

    def act() -> Comment:
        return workflow.comment(
            walk.submissions[edition],
            by=walk.user(by),
            text=text,
            part=part,
            quote=walk.inside() if walk.wrong(0.3) else "",
            answers=_row(walk, answers) if answers else None,
            settle_first=first,
        )

    made = walk.attempt("answer" if answers else "comment", why_not, act)
    if made is not None:
        thread = (answers.answers or answers) if answers else None
        _said(walk, page, Said(walk.clinic.next(), by, edition, part, first, answers=thread), made)


def suggest(walk: Walk) -> None:
    """Somebody offers exact words for a part."""
    edition = _edition(walk)
    if edition is None:
        return
    page, at = walk.clinic.page_of(edition), walk.clinic.clock
    by = walk.able(walk.clinic.physicians(at)) if walk.random.random() < 0.7 else walk.someone()
    first = walk.wrong(0.15)
    part, words = _offered(walk, edition)
    why_not = walk.clinic.why_not_suggest(edition, by, part, words, first=first)
    typed = words[0] if part == "name" else markup(*words)
    if walk.wrong(0.03):
        typed, why_not = "" if part == "name" else walk.random.choice(["", "<p> </p>"]), "no words"
    if walk.wrong(0.03):
        part, why_not = walk.random.choice(["", "nonsense", "labels.safety"]), "no such part"

    def act() -> Comment:
        return workflow.suggest(
            walk.submissions[edition],
            by=walk.user(by),
            part=part,
            words=typed,
            text=walk.inside() if walk.wrong(0.5) else "",
            settle_first=first,
        )

    made = walk.attempt("suggest", why_not, act)
    if made is not None:
        said = Said(walk.clinic.next(), by, edition, part, first, words)
        _said(walk, page, said, made)


def _offered(walk: Walk, edition: Edition) -> tuple[str, tuple[str, ...]]:
    """A word or two put right, a paragraph, or the words that stand there."""
    kind, summary = walk.random.random(), edition.words.summary
    if kind < 0.6:
        return "summary", one_word_changed(walk, summary)
    if kind < 0.75:
        at = walk.random.randrange(PARAGRAPHS)
        return "summary", (*summary[:at], walk.paragraph(), *summary[at + 1 :])
    if kind < 0.85:
        return "safety", (walk.paragraph(),)
    if kind < 0.95:
        return "name", (f"Page {walk.word()}",)
    return "summary", summary


def settle(walk: Walk) -> None:
    """Somebody closes a thread; mostly one that is open, and whoever may."""
    said = _thread(walk, opened=True)
    if said is None:
        return
    by = walk.able([said.by]) if said.first else walk.someone(*STAFF)
    why_not = walk.clinic.why_not_resolve(said, by)
    if walk.attempt(
        "resolve", why_not, lambda: workflow.resolve(_row(walk, said), by=walk.user(by))
    ):
        said.state = "resolved"
        _check_open(walk, said)


def reopen(walk: Walk) -> None:
    """Somebody opens a closed thread again."""
    said = _thread(walk, opened=False)
    if said is None:
        return
    by = walk.someone(*STAFF)
    why_not = walk.clinic.why_not_reopen(said, by)
    if walk.attempt("reopen", why_not, lambda: workflow.reopen(_row(walk, said), by=walk.user(by))):
        said.state = "reopened"
        _check_open(walk, said)


def take_over(walk: Walk) -> None:
    """An editor puts suggested words into the draft: their save, and whose words they are."""
    found = [
        (page, said)
        for page in _pages(walk)
        for said in page.said
        if not walk.clinic.why_not_take_over(page, said, "edie")
    ]
    every = [(page, said) for page in _pages(walk) for said in page.said]
    if not every:
        return
    page, said = walk.random.choice(found if found and not walk.wrong(0.15) else every)
    editors = [who for who in walk.clinic.people if walk.clinic.edits(who, walk.clinic.clock)]
    by = walk.able(editors)
    why_not = walk.clinic.why_not_take_over(page, said, by)

    def act() -> Any:
        return workflow.take_over(_row(walk, said), by=walk.user(by))

    step = walk.attempt("take over", why_not, act)
    if step is None:
        return
    before = page.draft.part(said.part) if page.draft else ()
    taken = walk.clinic.take_over(page, said, by)
    if not taken.words <= step.words <= most_counted(before, said.words or ()):
        raise Finding(f"{step.words} words were taken over instead of {taken.words}.")
    taken.words = step.words
    keep(walk, page, by)
    _check_open(walk, said)
    if walk.random.random() < 0.2:
        restore_in(walk, page)
    if walk.random.random() < 0.6:
        put_forward(walk, page)


def export(walk: Walk) -> None:
    """Somebody takes the record out; each time is an event."""
    by, at = walk.able(["mara", "miles"]), walk.clinic.instant()
    first = local(walk.clinic.clock) - timedelta(days=walk.random.choice([0, 30]))
    last = local(walk.clinic.clock) - timedelta(days=walk.random.choice([0, 0, 10]))
    why_not = "clock" if at is None else "" if walk.clinic.manages(by, at) else "no manager"
    why_not = why_not or ("days in the wrong order" if first > last else "")
    what = walk.random.choice([*workflow.Export])

    def act() -> Any:
        return workflow.export(
            what, by=walk.user(by), first=first, last=last, texts=walk.random.random() < 0.5
        )

    walk.attempt("export", why_not, act)


def _pages(walk: Walk) -> list[Page]:
    return [*walk.clinic.pages.values()]


def _thread(walk: Walk, *, opened: bool) -> Said | None:
    """Mostly a thread that is open, or closed."""
    every = [said for page in _pages(walk) for said in page.said]
    likely = [said for said in every if said.open == opened and not said.answers]
    chosen = likely if likely and not walk.wrong(0.15) else every
    return walk.random.choice(chosen) if chosen else None


def _row(walk: Walk, said: Said) -> Comment:
    """As somebody's form held it: loaded now, or long ago."""
    return Comment.objects.get(pk=walk.comments[said])


def _said(walk: Walk, page: Page, said: Said, made: Comment) -> None:
    page.said.append(said)
    walk.comments[said] = made.pk
    _check_open(walk, said)


def _check_open(walk: Walk, said: Said) -> None:
    """What is open of a page, and what of it must be settled first, is what the oracle says."""
    page = walk.clinic.page_of(said.edition)
    threads = [one for one in page.said if not one.answers]
    rows = Comment.objects.open().filter(subject=walk.subjects[page])
    found = {row.pk for row in rows}, {row.pk for row in workflow.unsettled(walk.subjects[page])}
    expected = {one for one in threads if one.open}, {*page.unsettled()}
    if found != tuple({walk.comments[one] for one in some} for some in expected):
        raise Finding(f"Open are {found}, not {expected}.")

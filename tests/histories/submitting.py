"""Steps that put drafts forward, and that end a submission without a signature."""

from __future__ import annotations

from reviews import workflow
from reviews.models import Submission
from tests.histories.oracle import Edition, Page, Words
from tests.histories.walk import Finding, Walk
from tests.histories.writing import changed, one_word_changed, save


def submit(walk: Walk) -> None:
    """Somebody puts a draft forward, mostly a changed one."""
    page = walk.page()
    if page.draft and walk.random.random() < 0.75:
        by = walk.someone("edie", "edgar", "robin")
        save(walk, page, _next_words(walk, page, page.draft), by)
    put_forward(walk, page)


def put_forward(walk: Walk, page: Page) -> None:
    """Somebody puts a draft forward as it stands."""
    editors = [who for who in walk.clinic.people if walk.clinic.edits(who, walk.clinic.clock)]
    by = walk.able(editors)
    at = walk.clinic.instant() or walk.clinic.clock
    urgent = (page.waiting(at) is not None and walk.random.random() < 0.6) or walk.wrong(0.1)
    because = walk.inside() if walk.wrong(0.3) else ""
    note = f"New is {walk.word()}." if walk.wrong(0.6) else ""
    why_not = walk.clinic.why_not_submit(page, by, urgent=urgent, because=bool(because))

    def act() -> Submission:
        return workflow.submit(
            walk.subjects[page],
            by=walk.user(by),
            note=walk.inside() if walk.wrong(0.5) else "",
            public_note=note,
            urgent=urgent,
            unchanged_because=because,
        )

    made = walk.attempt("submit", why_not, act)
    if made is None:
        return
    edition = walk.clinic.submit(page, by, note)
    walk.submissions[edition] = made
    found = set(made.edition.authors.values_list("username", flat=True))
    if found != edition.authors:
        raise Finding(f"Authors {sorted(found)} instead of {sorted(edition.authors)}.")


def _next_words(walk: Walk, page: Page, draft: Words) -> Words:
    """Those of the draft, changed; or those in force with a word put right."""
    signed = page.in_force(walk.clinic.clock)
    if signed is None or walk.random.random() < 0.5 or signed.edition.words.keys != draft.keys:
        return changed(walk, draft)
    words = signed.edition.words._replace(slug=draft.slug)
    return words._replace(summary=one_word_changed(walk, words.summary))


def _latest(walk: Walk) -> Edition | None:
    """Mostly one that is in review."""
    opened = [page.open for page in walk.clinic.pages.values() if page.open]
    if opened and walk.random.random() < 0.8:
        return walk.random.choice(opened)
    editions = [one for page in walk.clinic.pages.values() for one in page.editions]
    return walk.random.choice(editions) if editions else None


def request_changes(walk: Walk) -> None:
    """A physician sends a submission back."""
    edition = _latest(walk)
    if edition is None:
        return
    by, reason = walk.able(walk.clinic.physicians(walk.clinic.clock)), walk.inside()
    why_not = walk.clinic.why_not_send_back(edition, by)

    def act() -> bool:
        workflow.request_changes(walk.submissions[edition], by=walk.user(by), reason=reason)
        return True

    if walk.attempt("request changes", why_not, act):
        walk.clinic.end(edition, "changes_requested", reason)


def take_back(walk: Walk) -> None:
    """An author takes a submission back."""
    edition = _latest(walk)
    if edition is None:
        return
    by = walk.able(edition.authors)
    why_not = walk.clinic.why_not_take_back(edition, by)

    def act() -> bool:
        workflow.take_back(walk.submissions[edition], by=walk.user(by))
        return True

    if walk.attempt("take back", why_not, act):
        walk.clinic.end(edition, "taken_back")

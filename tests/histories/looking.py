"""What is looked at after each step: the rows inside, and what the public and staff read."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

from conditions.models import Condition
from reviews.evidence import listing
from reviews.models import SignOff, Submission
from tests.histories.patients import (
    INSIDE,
    check_feed,
    check_json,
    check_lists,
    check_page,
    check_record,
    check_reviewers,
    check_search,
    held_to,
)
from tests.histories.staffing import check_powers
from tests.histories.walk import SLUGS, Finding, Walk
from tests.histories.writing import columns

MOMENT = timedelta(microseconds=1)


def look(walk: Walk) -> None:
    """After a step: the drafts, the rows, and what patients read.

    Where something became of a page, both servers are asked for it, at each of its addresses and at
    one other; what costs more is asked of one of them, in turns. Where nothing did, all of it is
    asked for in turns: whatever came out by itself is found a few steps later.
    """
    _check_drafts(walk)
    turn, changed = walk.steps % 6, bool(walk.changed)
    _check_rows(walk)
    behinds = [walk.behind, walk.apart - walk.behind] if changed else [walk.behind]
    pages = [*walk.clinic.pages.values()]
    for number, behind in enumerate(behinds):
        walk.behind = behind
        walk.move()
        for slug in {walk.random.choice(SLUGS)}.union(*(page.slugs for page in walk.changed)):
            check_page(walk, slug)
        page = next(iter(walk.changed), pages[walk.steps % len(pages)])
        if page.slugs and (changed or turn in (2, 5)):
            check_json(walk, walk.random.choice(sorted(page.slugs)))
        checks = (check_lists, check_feed, check_search, partial(check_record, page=page))
        for at, check in enumerate(checks):
            if turn == at or (changed and (walk.steps + at) % 2 == number):
                check(walk)
    if turn == 4:
        check_reviewers(walk)
    if turn == 5 or (changed and turn > 2):
        _check_told(walk)
    walk.remember()
    if walk.steps % 20 == 0:
        check_powers(walk)


# --- Inside


def _check_drafts(walk: Walk) -> None:
    """I7: each draft holds what was typed into it, and nothing else."""
    rows = {row.subject_id: row for row in Condition.objects.all()}
    for page, subject in walk.subjects.items():
        row = rows.get(subject.pk)
        held_to("drafts", row is not None, page.draft is not None)
        if row is not None and page.draft is not None:
            found = {name: getattr(row, name) for name in columns(page.draft)}
            held_to(f"draft of page {page.id}", found, columns(page.draft))


def _check_rows(walk: Walk) -> None:
    """Submissions stand where they should; what is listed is what is in force, now and then."""
    known = {one.pk: edition for edition, one in walk.submissions.items()}
    found = dict(Submission.objects.values_list("pk", "status"))
    held_to("submissions", found, {pk: edition.status for pk, edition in known.items()})
    for page in walk.changed:
        subject = walk.subjects[page]
        spans = [(walk.sign_offs[one].pk, at, until) for one, at, until in page.spans()]
        recorded = [
            (one.sign_off_id, one.from_at, one.until_at) for one in listing.recorded(subject)
        ]
        held_to(f"listing of page {page.id}", recorded, spans)
        instants = {*page.instants()[-2:], *(one.at for one in page.ends[-1:])}
        for at in {one + MOMENT * shift for one in instants for shift in (-1, 0, 1)}:
            signed = page.in_force(at)
            rows = SignOff.objects.in_force(at).relied_on(at).filter(subject=subject)
            expected = [(walk.sign_offs[signed].pk, page.due(signed, at))] if signed else []
            held_to(f"in force on {at}", [(one.pk, one.due) for one in rows], expected)


def _check_told(walk: Walk) -> None:
    """I9: who would submit reads what was withdrawn, cancelled or sent back since, and why."""
    page = next(iter(walk.changed), None) or walk.page()
    if page.draft is None or not walk.clinic.edits("edie", walk.clinic.clock):
        return
    row = Condition.objects.get(subject=walk.subjects[page])
    html = (
        walk.logged_in("edie").get(f"/admin/conditions/condition/{row.pk}/submit/").content.decode()
    )
    expected = [
        (f"Edition {edition.number} was {what}", INSIDE.findall(reason))
        for what, edition, reason in page.setbacks()
    ]
    for told, reason in expected:
        if told not in html or any(one not in html for one in reason):
            raise Finding(f"Nobody is told: {told}, {reason}")
    held_to("setbacks", len(re.findall(r"Edition \d+ was (?!taken)", html)), len(expected))

"""Steps beside the pages: concerns from outside, and drafts that are put away."""

from __future__ import annotations

from reviews import workflow
from reviews.models import Archiving, Concern
from tests.histories.oracle import Concern as Told
from tests.histories.oracle import Page
from tests.histories.walk import Finding, Walk


def log_concern(walk: Walk) -> None:
    """Staff write down what somebody outside found wrong, and who is to answer."""
    page, by = walk.random.choice(_pages(walk)), walk.someone("edie", "mara")
    to = walk.someone("doris", "edgar") if walk.random.random() < 0.5 else ""
    text = "" if walk.wrong() else walk.inside()
    part = "no-such-part" if walk.wrong() else ""
    why_not = walk.clinic.why_not_log(page, by, to)
    if not text or (part and not why_not):
        why_not = why_not or "no text or no such part"

    def act() -> Concern:
        return workflow.log_concern(
            walk.subjects[page],
            by=walk.user(by),
            part=part,
            text=text,
            to=walk.user(to) if to else None,
        )

    made = walk.attempt("log concern", why_not, act)
    if made:
        page.concerns.append(Told(made.pk, to))


def settle(walk: Walk) -> None:
    """Somebody says how a concern was settled; now and then once more."""
    every = [(page, one) for page in _pages(walk) for one in page.concerns]
    if not every:
        log_concern(walk)
        return
    opened = [one for one in every if not one[1].settled]
    page, told = walk.random.choice(opened if opened and not walk.wrong(0.2) else every)
    by = walk.someone(told.to or "doris", "mara")
    why_not = walk.clinic.why_not_settle(told, by)

    def act() -> object:
        concern = Concern.objects.get(pk=told.pk)
        return workflow.settle(concern, by=walk.user(by), how=walk.inside())

    if walk.attempt("settle concern", why_not, act):
        told.settled = True
    found = Concern.objects.filter(subject=walk.subjects[page], settlement=None).count()
    if found != sum(not one.settled for one in page.concerns):
        raise Finding(f"{found} concerns are open: {page.concerns}")


def archive(walk: Walk) -> None:
    """A draft of which nothing is public is put away, or taken back."""
    pages = _pages(walk)
    away = [page for page in pages if page.archived]
    back = bool(away) and walk.random.random() < 0.6
    page = walk.random.choice(away if back and not walk.wrong(0.1) else pages)
    by, subject = walk.someone("edie", "mara"), walk.subjects[page]
    if back:
        why_not = walk.clinic.why_not_unarchive(page, by)
    else:
        why_not = walk.clinic.why_not_archive(page, by)
    verb = workflow.unarchive if back else workflow.archive

    if walk.attempt(
        "unarchive" if back else "archive", why_not, lambda: verb(subject, by=walk.user(by))
    ):
        page.archived = not back
    if Archiving.objects.current().filter(subject=subject).exists() != page.archived:
        raise Finding(f"In the archive: not {page.archived}")


def _pages(walk: Walk) -> list[Page]:
    return [*walk.clinic.pages.values()]

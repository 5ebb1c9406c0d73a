"""How much a correction may change: a tenth of the words, an urgent one a third (DESIGN §2)."""

from functools import lru_cache

from reviews.diff import comparison
from reviews.diff.counting import Count, count
from reviews.models import Edition, SignOff
from reviews.reviewable import model_of
from reviews.text.canonical import document_of
from reviews.workflow.refusals import Refusals

# A correction changes one word in so many at most, and may always change so many words.
SHARES = {SignOff.Scope.CORRECTION: 10, SignOff.Scope.URGENT: 3}
FEWEST = 5


def is_small(before: Edition, after: Edition, scope: SignOff.Scope) -> Refusals:
    """Whether what changed from an edition in force to the next one may be signed by itself."""
    urgent = scope == SignOff.Scope.URGENT
    yield from _weighty(before, after, urgent=urgent)
    counted = counted_changes(before, after)
    name = "an urgent correction" if urgent else "a correction"
    if counted.uncounted:
        where = ", ".join(f"“{name}”" for name in counted.uncounted)
        yield f"What changed in {where} cannot be counted: it needs a review of the whole page."
    most = most_changed(scope, counted.total)
    if counted.changed > most:
        yield (
            f"It changes {counted.changed} words of {counted.total}; {name} changes {most} at "
            f"most. It needs a review of the whole page."
        )


def _weighty(before: Edition, after: Edition, *, urgent: bool) -> Refusals:
    """What changed that only a review of the whole page may change."""
    model = model_of(after.subject.kind)
    weighty = [
        {
            part.key: (part.label, part.content)
            for part in model.parts(document)
            if part.needs_full_review and not (urgent and part.may_change_urgently)
        }
        for document in (before.document, after.document)
    ]
    for key in weighty[0].keys() | weighty[1].keys():
        if weighty[0].get(key) != weighty[1].get(key):
            label = (weighty[1].get(key) or weighty[0][key])[0]
            yield f"“{label}” changed, which needs a review of the whole page."


def counted_changes(before: Edition, after: Edition) -> Count:
    """How many words changed from one edition to another, as a correction counts them."""
    return _counted(after.subject.kind, before.text, after.text)


@lru_cache(maxsize=16)
def _counted(kind: str, before: str, after: str) -> Count:
    model = model_of(kind)
    old, new = (model.parts(model.upgraded(document_of(text))) for text in (before, after))
    return count(comparison.compare(old, new))


def most_changed(scope: SignOff.Scope, total: int) -> int:
    """How many words a correction may change, of how many: five at least."""
    return max(FEWEST, total // SHARES[scope])

"""One save of a whole document into a draft: what restoring and merging end with."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from conditions import document, exchange
from conditions.models import Condition
from conditions.studio.forms import digest_of_draft
from reviews import workflow
from reviews.models import Contribution


class NotSaved(Exception):
    """A document is not saved; `faults` are sentences, each with its place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class Stale(Exception):
    """The draft was saved by somebody else meanwhile."""


@transaction.atomic
def save(
    condition: Condition,
    words: Mapping[str, Any],
    *,
    by: User,
    opened: str,
    restored_from: Contribution | None = None,
    how: str = "",
) -> Contribution:
    """Put a document into a draft of the digest `opened`, cleaned and checked, in one save.

    Raises NotSaved, Stale, and NotAllowed as `workflow.record_draft`.
    """
    locked = Condition.objects.select_for_update().get(pk=condition.pk)
    if digest_of_draft(locked) != opened:
        raise Stale
    checked = document.check(dict(words))
    faults = [f"{fault.path}: {fault.message}" for fault in checked.faults]
    faults += [
        f"{change.path}: {said}"
        for change in checked.changes
        for said in change.said
        if said.startswith("left out: ")
    ]
    slug = checked.document.get("slug")
    if not slug or not checked.document.get("name"):
        faults.append("A page needs a name and an address.")
    elif Condition.objects.filter(slug=slug).exclude(pk=condition.pk).exists():
        faults.append(f"Another draft has the address “{slug}” now.")
    if faults:
        raise NotSaved(faults)
    exchange.write(locked, checked.document)
    return workflow.record_draft(locked.subject, by=by, restored_from=restored_from, how=how)

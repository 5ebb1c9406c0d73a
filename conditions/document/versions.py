"""The saved states of a draft, as django-reversion keeps them, and how they are erased."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from reversion.models import Revision
from reversion.models import Version as Stored

from conditions.document import stored
from conditions.outline import GIVEN, ROWS
from reviews.reviewable import Version
from reviews.text.canonical import digest_of

if TYPE_CHECKING:
    from conditions.models import Condition

# The admin logs a save in the same request.
_A_MINUTE = timedelta(minutes=1)


def versions(condition: "Condition") -> list[Version]:
    """The saved states of a draft, the newest first; two queries."""
    revisions = _revisions(condition).select_related("user").prefetch_related("version_set")
    return [_version(condition, revision) for revision in revisions.order_by("-pk")]


def erase_version(condition: "Condition", number: int) -> None:
    """Erase one saved state with what the admin logged of that save."""
    with transaction.atomic():
        revision = _revisions(condition).get(pk=number)
        saved = revision.date_created
        logged = _logged(condition).filter(
            user=revision.user_id, action_time__range=(saved - _A_MINUTE, saved + _A_MINUTE)
        )
        logged.delete()
        _forget(condition, [revision])


def erase(condition: "Condition") -> None:
    """Erase a draft with all its saved states and all that the admin logged of it."""
    with transaction.atomic():
        _logged(condition).delete()
        _forget(condition, list(_revisions(condition)))
        condition.delete()


def _revisions(condition: "Condition") -> Any:
    own = Stored.objects.get_for_object(condition).order_by()
    return Revision.objects.filter(pk__in=own.values("revision"))


def _logged(condition: "Condition") -> Any:
    kind = ContentType.objects.get_for_model(condition)
    return LogEntry.objects.filter(content_type=kind, object_id=str(condition.pk))


def _forget(condition: "Condition", revisions: Iterable[Revision]) -> None:
    for revision in revisions:
        rows = [row.pk for row in _rows(condition, revision)]
        Stored.objects.filter(pk__in=rows).delete()
        # A revision may hold another draft that was saved with this one.
        if not revision.version_set.exists():
            revision.delete()
        else:
            Revision.objects.filter(pk=revision.pk).update(comment="")


def _rows(condition: "Condition", revision: Revision) -> list[Stored]:
    """What a saved state holds of one draft: its own row and the keyed rows of its parts."""
    models = [condition._meta.get_field(name).related_model for name in ROWS]
    kinds = ContentType.objects.get_for_models(type(condition), *models)
    own = kinds.pop(type(condition)).pk
    parts = {kind.pk for kind in kinds.values()}
    return [
        row
        for row in sorted(revision.version_set.all(), key=lambda row: int(row.pk))
        if (row.content_type_id == own and row.object_id == str(condition.pk))
        or (row.content_type_id in parts and _fields(row).get("condition") == condition.pk)
    ]


def _words(row: Stored) -> list[tuple[str, str]]:
    """The texts of a stored row by the names of their fields; of a whole document of all parts."""
    if row.format == stored.FORMAT:
        document = stored.read(row.serialized_data).document
        said = [
            one
            for key, value in document.items()
            if key not in GIVEN
            for one in (value if isinstance(value, list) else [value])
            for one in (one.items() if isinstance(one, dict) else [(key, one)])
        ]
    else:
        said = list(_fields(row).items())
    return [
        (name, value)
        for name, value in said
        if isinstance(value, str) and value and name != "subject"
    ]


def _fields(row: Stored) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(row.serialized_data)[0]["fields"]
    return fields


def _version(condition: "Condition", revision: Revision) -> Version:
    rows = _rows(condition, revision)
    words = [pair for row in rows for pair in _words(row)]
    user = revision.user
    return Version(
        number=revision.pk,
        at=revision.date_created,
        by=(user.get_full_name() or user.get_username()) if user else "",
        comment=revision.comment,
        words=words,
        digest=digest_of("\n".join(row.serialized_data for row in rows)),
    )

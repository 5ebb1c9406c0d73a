"""Whether every row can be read at all, and what it refers to stands."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef

from reviews.evidence.checks import name_of

# What Python holds for a column of each kind; the first that fits.
_TYPES: list[tuple[type, type]] = [
    (models.BooleanField, bool),
    (models.IntegerField, int),
    (models.DateTimeField, datetime),
    (models.DateField, date),
    (models.UUIDField, UUID),
    (models.CharField, str),
    (models.TextField, str),
]


def faults() -> Iterator[str]:
    """Every row of this app's tables that cannot be read, or refers to a row that is missing."""
    for model in apps.get_app_config("reviews").get_models(include_auto_created=True):
        yield from _unreadable(model)
    for model in apps.get_app_config("reviews").get_models(include_auto_created=True):
        yield from _dangling(model)


def _unreadable(model: type[models.Model]) -> Iterator[str]:
    rows = model._base_manager.order_by("pk")
    try:
        for row in rows.iterator(500):
            yield from _wrong_types(row)
    except Exception:
        yield from _unreadable_one_by_one(model)


def _unreadable_one_by_one(model: type[models.Model]) -> Iterator[str]:
    """After a whole table could not be read: which of its rows cannot."""
    rows = model._base_manager.order_by("pk")
    try:
        keys = list(rows.values_list("pk", flat=True))
    except Exception:
        yield f"{model.__name__}: a key of this table cannot be read"
        return
    for key in keys:
        try:
            row = rows.get(pk=key)
        except Exception:
            name = f"event {key}" if model.__name__ == "Event" else f"{model.__name__} {key}"
            yield f"{name}: it cannot be read"
        else:
            yield from _wrong_types(row)


def _wrong_types(row: models.Model) -> Iterator[str]:
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if not (isinstance(value, _type_of(field)) or (value is None and field.null)):
            yield f"{name_of(row)}: {field.attname} cannot be read"


def _type_of(field: Any) -> type:
    while field.remote_field:
        field = field.target_field
    return next(held for known, held in _TYPES if isinstance(field, known))


def _dangling(model: type[models.Model]) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        standing = field.related_model._base_manager.filter(pk=OuterRef(field.attname))
        lost = model._base_manager.filter(~Exists(standing), **{f"{field.name}__isnull": False})
        for row in lost.order_by("pk").iterator(500):
            yield f"{name_of(row)}: its {field.name.replace('_', ' ')} is missing"

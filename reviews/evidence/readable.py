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
    """Every row of this app's tables that cannot be read; if all can, every one that refers to a
    row that is missing."""
    found = apps.get_app_config("reviews").get_models()
    tables = [model for model in found if not model._meta.proxy]
    unreadable = [fault for model in tables for fault in _unreadable(model)]
    yield from unreadable
    if not unreadable:
        for model in tables:
            yield from _dangling(model)


def _unreadable(model: type[models.Model]) -> Iterator[str]:
    rows = model._base_manager.order_by("pk")
    try:
        for row in rows.iterator(500):
            yield from _wrong_types(row)
        for field in model._meta.concrete_fields:
            for row in _read_as_another(model, field):
                yield f"{name_of(row)}: {field.attname} cannot be read"
    except Exception:
        yield from _unreadable_one_by_one(model)


def _read_as_another(model: type[models.Model], field: Any) -> Iterator[models.Model]:
    """Rows of which a value that means nothing is read without complaint: on SQLite any word is
    read as false, or as no day at all."""
    rows = model._base_manager.order_by("pk")
    if isinstance(field, models.BooleanField):
        yield from rows.exclude(**{f"{field.name}__in": (True, False)})
    elif isinstance(field, models.DateField) and field.null:
        for row in rows.filter(**{f"{field.name}__isnull": False}).iterator(500):
            if getattr(row, field.attname) is None:
                yield row


def _unreadable_one_by_one(model: type[models.Model]) -> Iterator[str]:
    """After a whole table could not be read: which of its rows cannot."""
    rows = model._base_manager.order_by("pk")
    try:
        keys = list(rows.values_list("pk", flat=True))
    except Exception:
        yield f"{model.__name__} rows: a key cannot be read"
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

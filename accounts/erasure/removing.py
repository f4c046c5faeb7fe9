"""Deleting rows in batches, whatever points at them.

Django's own way reads everything that would go with a row, and follows a conversation
from message to message; of ten thousand messages that neither is short nor ends well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import router, transaction
from django.db.models import DO_NOTHING, SET_NULL, ForeignKey, Model, QuerySet

BATCH = 500  # rows; other writers wait 30 ms for as many messages


def remove_some(rows: QuerySet[Any], at_most: int = BATCH) -> int:
    """Delete a batch, in one transaction; how many there were."""
    with transaction.atomic(using=router.db_for_write(rows.model)):
        keys = list(rows.order_by().values_list("pk", flat=True)[:at_most])
        _delete(rows.model, keys)
    return len(keys)


def _delete(model: type[Model], keys: Sequence[Any]) -> None:
    if not keys:
        return
    for pointer in _pointers_at(model):
        pointing: QuerySet[Any] = pointer.model._base_manager.filter(
            **{f"{pointer.name}__in": keys}
        )
        if pointer.model is model:  # a tree: those go with another batch
            pointing.exclude(pk__in=keys).update(**{pointer.name: None})
        elif pointer.remote_field.on_delete is SET_NULL:
            pointing.update(**{pointer.name: None})
        else:
            _delete_all(pointing)
    gone: QuerySet[Any] = model._base_manager.filter(pk__in=keys)
    gone._raw_delete(gone.db)


def _delete_all(rows: QuerySet[Any]) -> None:
    while keys := list(rows.order_by().values_list("pk", flat=True)[:BATCH]):
        _delete(rows.model, keys)


def _pointers_at(model: type[Model]) -> Iterator[ForeignKey[Any, Any]]:
    """The foreign keys whose constraint a deleted row would break."""
    for each in model._meta.get_fields(include_hidden=True):
        if not each.auto_created or each.concrete:
            continue
        field: Any = getattr(each, "field", None)
        if isinstance(field, ForeignKey) and field.remote_field.on_delete != DO_NOTHING:
            yield field

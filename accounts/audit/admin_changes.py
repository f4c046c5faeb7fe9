"""What administrators change, recorded wherever an admin page lets them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.audit.recording import Subject, record
from chatsite.lib.console import Lists


class Audited(Lists):
    """Which row, and the names of the fields; never what stood or stands in them."""

    # the stock admin keeps a log of its own, with names of people that outlive them
    def log_addition(self, *args: Any, **kwargs: Any) -> None:
        pass

    log_change = log_deletions = log_addition

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Called after ``save_model``, in its transaction, whatever that one does."""
        super().save_related(request, form, formsets, change)
        _record(
            "accounts.admin_changed" if change else "accounts.admin_added",
            request,
            form.instance,
            fields=form.changed_data,
        )

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        gone = _known_as(obj)  # as long as it has its key
        super().delete_model(request, obj)
        _record("accounts.admin_deleted", request, gone)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        gone = [_known_as(obj) for obj in queryset]
        super().delete_queryset(request, queryset)
        for each in gone:
            _record("accounts.admin_deleted", request, each)


def _known_as(row: Model) -> Subject:
    return str(row._meta.label_lower), str(row.pk)


def _record(
    action: str, request: HttpRequest, subject: Subject, **details: Any
) -> None:
    record(action, actor=request.user, subject=subject, request=request, **details)

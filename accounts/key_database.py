"""Which database a model lives in: data keys apart from everything else."""

from __future__ import annotations

from typing import Any

KEYS = "keys"
APART = ("accounts.DataKey", "accounts.ErasedPerson")


class KeyDatabaseRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return KEYS if model._meta.label in APART else None

    db_for_write = db_for_read

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        apart = [label.lower() for label in APART]
        if f"{app_label}.{model_name}" in apart:
            return db == KEYS
        return db != KEYS

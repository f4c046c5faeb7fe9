"""Which database a model lives in: data keys apart from everything else."""

from __future__ import annotations

from typing import Any

KEYS = "keys"


class KeyDatabaseRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return KEYS if model._meta.label == "accounts.DataKey" else None

    db_for_write = db_for_read

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        if app_label == "accounts" and model_name == "datakey":
            return db == KEYS
        return db != KEYS

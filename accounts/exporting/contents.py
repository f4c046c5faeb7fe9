"""What is in an export besides the data: what it is, where things are, whether it is
whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from accounts.audit.recording import pseudonym
from accounts.documents import plain
from accounts.models import User
from accounts.personal_data import Document, Kind, kinds

FORMAT = 1  # of the whole zip; docs/export-format.md tells it


@dataclass(frozen=True, slots=True)
class Written:
    """A document that lies in the zip. ``kind`` is "" for what is no data."""

    document: Document
    kind: str
    size: int
    sha256: str

    @property
    def rows(self) -> int:
        return self.document.rows

    @property
    def path(self) -> str:
        return self.document.path


def style() -> Document:
    return Document("style.css", [_rendered("export/style.css", {})])


def index(person: User, moment: datetime, written: Sequence[Written]) -> Document:
    titled = [each for each in written if each.document.title]
    by_name = {kind.name: kind for kind in kinds()}
    context = {
        "person": person,
        "moment": moment,
        "site_name": settings.SITE_NAME,
        "pages": [(each.path, each.document.title) for each in titled],
        "tables": [
            (each, by_name[each.kind])
            for each in written
            if each.path.startswith("data/")
        ],
        "left_out": [kind for kind in kinds() if kind.why_not],
    }
    return Document("index.html", [_rendered("export/index.html", context)])


def manifest(
    person: User,
    moment: datetime,
    counts: dict[str, int],
    written: Sequence[Written],
) -> Document:
    told = {
        "format": FORMAT,
        "site": settings.SITE_NAME,
        "made": plain(moment),
        "person": {
            "id": str(person.pk),
            "email": person.email,
            "pseudonym": str(pseudonym(person.pk)),
        },
        "kinds": [_kind(kind, counts[kind.name]) for kind in reversed(kinds())],
        "documents": [_document(each) for each in written],
    }
    return Document("manifest.json", [json.dumps(told, indent=1).encode()])


def _kind(kind: Kind, rows: int) -> dict[str, Any]:
    told: dict[str, Any] = {"name": kind.name, "purpose": kind.purpose, "rows": rows}
    if kind.why_not:
        told["why_not"] = kind.why_not
    elif kind.inside:
        told["inside"] = kind.inside
    return told


def _document(each: Written) -> dict[str, Any]:
    return {
        "path": each.path,
        "kind": each.kind,
        "rows": each.rows,
        "bytes": each.size,
        "sha256": each.sha256,
    }


def _rendered(template: str, context: dict[str, Any]) -> bytes:
    return render_to_string(template, context).encode(errors="replace")

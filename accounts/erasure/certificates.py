"""The signed statement that a person was erased, and whether to believe one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from accounts.audit import keys
from accounts.models import AuditEvent, DataRequest

KIND = "erasure"
FORM = 1  # of the statement


def make(request: DataRequest, event: AuditEvent, **told: Any) -> dict[str, Any]:
    """Of an erasure that is done and stands in the audit log as ``event``."""
    statement = {
        "form": FORM,
        "site": settings.SITE_NAME,
        "request": str(request.id),
        "pseudonym": str(request.pseudonym),
        "audit": {"seq": event.seq, "head": event.hash},
        "signed_by": keys.fingerprint(),
        **told,
    }
    return statement | {"signature": keys.sign(KIND, statement)}


@dataclass(slots=True)
class Verdict:
    """``wrong``: sentences about what must worry; ``notes`` about what need not."""

    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(certificate: Mapping[str, Any]) -> Verdict:
    """Whether this site signed it, nothing was changed since, and its log says so."""
    verdict = Verdict()
    statement = {**certificate}
    signature = statement.pop("signature", "")
    if not isinstance(signature, str) or not keys.is_signed(KIND, statement, signature):
        verdict.wrong.append(_why_not_signed(statement))
        return verdict
    if statement["remains"]:
        places = ", ".join(sorted(statement["remains"]))
        verdict.wrong.append(f"It says itself that something remained: {places}.")
    _compare_with_log(statement, verdict)
    return verdict


def page(certificate: Mapping[str, Any]) -> str:
    """A certificate to be read and printed; without addresses or scripts of its own."""
    after = certificate["rows"]["after"]
    rows = [
        {"label": _label(name), "before": before, "after": after.get(name, 0)}
        for name, before in certificate["rows"]["before"].items()
        if before or after.get(name)
    ]
    kept = [{"label": _label(k), "why": why} for k, why in certificate["kept"].items()]
    context = {"certificate": certificate, "rows": rows, "kept": kept}
    return render_to_string("accounts/certificate.html", context)


def name_of(request_id: UUID) -> str:
    """Of its file."""
    return f"erasure-{request_id}.json"


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _why_not_signed(statement: Mapping[str, Any]) -> str:
    if statement.get("signed_by") not in (None, keys.fingerprint()):
        return "It was signed with another AUDIT_KEY than this site's."
    return "It is no certificate of this site, or was changed after it was signed."


def _compare_with_log(statement: Mapping[str, Any], verdict: Verdict) -> None:
    seq, head = statement["audit"]["seq"], statement["audit"]["head"]
    event = AuditEvent.objects.filter(seq=seq).first()
    if event is None:
        verdict.notes.append(f"Event {seq:,} is not in the audit log any more.")
    elif event.hash != head or event.subject_id != statement["pseudonym"]:
        verdict.wrong.append(f"Event {seq:,} of the audit log is another one.")
    else:
        verdict.notes.append(f"Event {seq:,} of the audit log says the same.")

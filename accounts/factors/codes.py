"""Codes that are typed: of an app (RFC 6238), and recovery codes. Each works once."""

from __future__ import annotations

import logging
from collections.abc import Callable

from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.app_settings import RECOVERY_CODE_COUNT
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts.audit import record
from accounts.factors.sealing import secrets_of
from accounts.models import User
from chatsite.lib.crypto import CannotOpen

log = logging.getLogger(__name__)
STEP = "step"  # of the last code that was taken; those up to it are over


def matching_step(secret: str, code: str) -> int | None:
    """The half minute whose code this is: now, or the one before or after."""
    for step in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, step))
        if compare_user_code(actual=code, expected=expected):
            return step
    return None


def accept(person: User, code: str) -> Authenticator | None:
    """The factor whose code this was, which it is no more; None: it is nobody's.

    The row remembers what was taken, so a code works once in all processes.
    """
    with transaction.atomic(), secrets_of(person):
        rows = Authenticator.objects.select_for_update().filter(
            user=person, type__in=TAKES
        )
        for row in rows.order_by("-type"):  # the app first
            try:
                if TAKES[row.type](row, code):
                    row.user = person
                    return row
            except CannotOpen:
                log.error("Second factor %s cannot be opened", row.pk)
    return None


def burn(person: User, step: int) -> None:
    """The code of this half minute, and those before it, were used."""
    row = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    _remember(row, step)


def recovery_codes_left(person: User) -> int | None:
    """None: there are no recovery codes."""
    row = Authenticator.objects.filter(
        user=person, type=Authenticator.Type.RECOVERY_CODES
    ).first()
    return RECOVERY_CODE_COUNT - _used(row) if row else None


# --- helpers
def _take_app_code(row: Authenticator, code: str) -> bool:
    step = matching_step(decrypt(row.data["secret"]), code)
    if step is None or step <= row.data.get(STEP, 0):
        return False
    _remember(row, step)
    return True


def _take_recovery_code(row: Authenticator, code: str) -> bool:
    wrapped = row.wrap()
    if not wrapped.validate_code(code):
        return False
    left = len(wrapped.get_unused_codes())
    record(
        "accounts.recovery_code_used",
        actor=row.user_id,
        request=context.request,
        left=left,
    )
    return True


def _remember(row: Authenticator, step: int) -> None:
    row.data[STEP] = step
    row.save(update_fields=["data"])


def _used(row: Authenticator) -> int:
    return int(row.data["used_mask"]).bit_count()


TAKES: dict[str, Callable[[Authenticator, str], bool]] = {
    Authenticator.Type.TOTP: _take_app_code,
    Authenticator.Type.RECOVERY_CODES: _take_recovery_code,
}

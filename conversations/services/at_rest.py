"""Where redaction meets what is stored: all sealed fields, on their way in and out."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import Private, Unreadable, redact_with
from conversations.core.redaction import mask, to_placeholders
from conversations.services.originals import PersonsVault
from conversations.services.redacting import (
    OFF,
    VAULT,
    Shown,
    form_now,
    masked_now,
    over,
    placed,
)


class AtRest:
    """The ``Redactor`` of all sealed fields."""

    def taken_in(self, text: str) -> str:
        if isinstance(text, Shown | Unreadable):
            return text
        return masked_now(text)

    def stored(self, owner: UUID, text: str, private: Private) -> tuple[str, bool]:
        form = form_now()
        if form == OFF or not text:
            return text, False
        if form == VAULT:
            return over(
                private, text, partial(_kept, PersonsVault(owner), private)
            ), True
        if private == "piece" or isinstance(text, Shown):
            return text, False
        return over(private, text, lambda part: mask(part).text), False

    def restored(self, owner: UUID, text: str, private: Private) -> str:
        try:
            return over(private, text, PersonsVault(owner).restored)
        except CannotOpen:
            return text


def begin() -> None:
    """From now on all private fields are redacted: once, as the process starts."""
    redact_with(AtRest())


# --- helpers
def _kept(vault: PersonsVault, private: Private, text: str) -> str:
    if private == "piece":  # what was found in it so far is known
        return to_placeholders(text, vault, known=vault.known, look=lambda text: [])
    return placed(vault, text)

"""What facts and core memory have in common: words that can be seen, one change at a
time.
"""

from __future__ import annotations

import unicodedata
from uuid import UUID

from accounts.models import User

_JOINERS = "\u200c\u200d"  # Persian and emoji need them


def seen(line: str) -> str:
    """What can be seen of a line, every space a plain one."""
    spaced = (" " if ch.isspace() else ch for ch in line)
    return "".join(
        ch for ch in spaced if ch in _JOINERS or unicodedata.category(ch)[0] != "C"
    )


def lock(owner_id: UUID) -> None:
    """Others who change what is remembered of the person wait for this transaction."""
    # no_key: rows that only refer to the person need not wait for this
    list(User.objects.select_for_update(no_key=True).filter(id=owner_id).values("id"))

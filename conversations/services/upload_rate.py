"""How fast a person may upload: counted where all processes see it, if they share a
cache, and before anything of the upload is looked at.
"""

from __future__ import annotations

import time
from uuid import UUID

from django.core.cache import cache

from conversations import conf

WINDOW = 60  # seconds


def take(by: UUID) -> int:
    """Count one upload: 0 when it may be, else the seconds until the next may."""
    if not conf.rate_limits():
        return 0
    window, passed = divmod(int(time.time()), WINDOW)
    key = f"uploads:{by}:{window}"
    if cache.add(key, 1, 2 * WINDOW):
        return 0
    try:
        within = cache.incr(key) <= conf.file_limits().per_minute
    except ValueError:  # it ran out between the two lines
        return 0
    return 0 if within else WINDOW - passed

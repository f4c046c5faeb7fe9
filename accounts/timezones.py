"""Time zones by name, as browsers and ``zoneinfo`` know them."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """All names; looking for them walks a directory, so it happens once."""
    return frozenset(zoneinfo.available_timezones())


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone to show times in; None, the site's own, when there is no such zone."""
    return zoneinfo.ZoneInfo(name) if name in known() else None

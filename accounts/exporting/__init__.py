"""Everything about a person as one zip: made in pieces, sealed, downloaded once."""

from accounts.exporting.archive import Archive
from accounts.exporting.downloading import (
    Download,
    NoSuchExport,
    download,
    name,
    purge,
    ready,
)
from accounts.exporting.making import advance

__all__ = [
    "Archive",
    "Download",
    "NoSuchExport",
    "advance",
    "download",
    "name",
    "purge",
    "ready",
]

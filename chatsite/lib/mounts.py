"""What kind of file system a path lies on, where the system tells (Linux)."""

from __future__ import annotations

from pathlib import Path

MOUNTS = Path("/proc/mounts")
NETWORK = frozenset(
    ["afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs"]
    + ["lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"]
)


def network_file_system(path: Path) -> str:
    """Its kind when other machines may write there too, else ""."""
    kind = _kind(path.resolve())
    return kind if kind in NETWORK else ""


def _kind(path: Path) -> str:
    """That of the longest mount point above the path; the last mounted covers."""
    best, found = -1, ""
    for line in MOUNTS.read_text().splitlines() if MOUNTS.exists() else []:
        _, point, kind, *_ = line.split(" ")
        mounted = Path(point.encode().decode("unicode_escape"))  # \040 is a space
        if path.is_relative_to(mounted) and len(mounted.parts) >= best:
            best, found = len(mounted.parts), kind
    return found

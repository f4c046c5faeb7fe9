"""Knowing a network file system."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatsite.lib import mounts

TABLE = r"""
/dev/vda / ext4 rw 0 0
server:/export /srv nfs4 rw 0 0
/dev/vdb /srv/local ext4 rw 0 0
//server/share /mnt/my\040files cifs rw 0 0
tmpfs /srvx tmpfs rw 0 0
""".lstrip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/chat.sqlite3", ""),
        ("/srv/chat.sqlite3", "nfs4"),
        ("/srv/local/chat.sqlite3", ""),
        ("/srvx/chat.sqlite3", ""),
        ("/mnt/my files/chat.sqlite3", "cifs"),
    ],
)
def test_the_nearest_mount_counts(
    path: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mounts").write_text(TABLE)
    monkeypatch.setattr(mounts, "MOUNTS", tmp_path / "mounts")

    assert mounts.network_file_system(Path(path)) == kind


def test_systems_without_the_table_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "MOUNTS", tmp_path / "none")

    assert mounts.network_file_system(Path("/srv")) == ""

"""``.env``, read by the real settings in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

READ = """
import sys
from pathlib import Path
from chatsite.lib.env import read_environment
env = read_environment(Path(sys.argv[1]))
print(env.str("FROM_FILE", default="-"), env.str("FROM_BOTH", default="-"))
"""


def read(base: Path, **given: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(base)],
        env=os.environ | given,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# words\nFROM_FILE=file\nFROM_BOTH=file\n")

    assert read(tmp_path, FROM_BOTH="environment") == "file environment"


def test_no_file_is_needed(tmp_path: Path) -> None:
    assert read(tmp_path) == "- -"

"""Where backups are made of, and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def var_dir(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    return settings.VAR_DIR


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "monday"

"""Finds a browser for the tests, or gets one: ``python -m tests.browser_setup``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NONE = """\
No browser was found and none could be installed. The tests need Chromium:
  Debian, Ubuntu   apt install chromium
  Fedora           dnf install chromium
  elsewhere        .venv/bin/python -m playwright install --with-deps chromium
"""


def system_browser() -> str | None:
    """The path of a Chromium that the machine brings."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def browser() -> str | None:
    """The machine's Chromium, or the one Playwright downloaded."""
    if path := system_browser():
        return path
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow to import

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"],
            **quiet,
        )
    if not system_browser():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


def main() -> int:
    if browser():
        return 0
    print("Looking for a browser to install ...", flush=True)
    install()
    if browser():
        return 0
    print(NONE, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""Reading the environment: one place that knows ``.env``, files and defaults."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import environ
from environ.fileaware_mapping import FileAwareMapping


class _Values(FileAwareMapping):
    """The environment, with ``NAME_FILE`` standing in for ``NAME``."""

    def __getitem__(self, key: str) -> str:
        # files end with the newline of the editor that wrote them
        value = super().__getitem__(key).strip()
        # to environ a leading "$" names another variable; a secret may begin with it
        return "\\" + value if value.startswith("$") else value


class Environment(environ.FileAwareEnv):
    ENVIRON = _Values()

    def __init__(self) -> None:
        super().__init__()
        self.escape_proxy = True

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as problem:
            raise environ.ImproperlyConfigured(f"{var}: {problem}") from problem

    def list(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """Comma-separated; spaces around a part do not count."""
        parts = super().list(var, *args, **kwargs)
        return [part.strip() for part in parts if part.strip()]


def read_environment(base: Path) -> Environment:
    """The process's environment over ``.env``. ``NAME_FILE`` stands in for ``NAME``."""
    env = Environment()
    if (base / ".env").exists():
        env.read_env(base / ".env", overwrite=False)
    return env


def is_loopback(host: str) -> bool:
    """Whether a server bound to ``host`` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

"""The product inside this process, in a throwaway place.

Modules that import models are imported here, by name, after Django is ready.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import django

from benchmarks import product


def ready(var_dir: Path, **settings: str) -> None:
    """Set Django up on ``var_dir``: databases migrated, static files collected."""
    os.environ.update(product.environment(var_dir, **settings))
    django.setup()
    import_module("chatsite.preparation").prepare(lambda line: None)


@contextmanager
def measuring(module: str, **settings: str) -> Iterator[ModuleType]:
    """``benchmarks.<module>``, with empty databases of its own."""
    with product.throwaway() as var_dir:
        ready(var_dir, **settings)
        try:
            yield import_module(f"benchmarks.{module}")
        finally:
            import_module("django.db").connections.close_all()

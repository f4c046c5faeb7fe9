"""A product with an administrator, for tests of what only she is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.chat import PASSWORD
from tests.product import Product

ADA = "ada@example.org"


@contextmanager
def administered(product: Product) -> Iterator[str]:
    """Its address, while it runs."""
    asked = ("createuser", "--email", ADA, "--admin", "--password-stdin")
    made = product.manage(*asked, given=PASSWORD)
    assert made.returncode == 0, made.stderr
    product.start()
    try:
        yield product.address
    finally:
        product.stop()

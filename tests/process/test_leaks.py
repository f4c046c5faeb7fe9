"""What a thief of the disk would find: every file the product writes is read."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.process.looking import contents
from tests.process.visitor import Visitor
from tests.product import Product

pytestmark = pytest.mark.process
SAID = "The plesiosaur sleeps in Lake Tinnsjå."
FACT = "My gyrfalcon is called Quillfeather"


@pytest.fixture
def product(new_product: Callable[..., Product]) -> Iterator[Product]:
    product = new_product()
    yield product
    product.stop(signal.SIGKILL)


def readable(product: Product, *words: str) -> list[tuple[str, str]]:
    """Words that lie open in a file, by its name."""
    found = []
    for path, data in contents(product.var_dir):
        if "static" not in path.parts:
            stored = data.lower()
            forms = [(w, f) for w in words for f in (w.encode(), w.encode("utf-16-le"))]
            found += [(path.name, word) for word, form in forms if form in stored]
    return found


async def test_no_word_its_beginning_or_its_stem_is_readable_in_any_file(product):
    product.start()
    maya = Visitor(product.address).sign_up("maya@example.org")
    async with maya.tab() as tab:
        ack, _ = await tab.ask(SAID)
        await tab.ask(FACT, conversation=ack["conversation"])
        await tab.ask("What sleeps in the lake, the plesiosaur?")
    found = await asyncio.to_thread(maya.get, "/c/?q=plesiosaur+gyrfalcon")
    assert "plesiosaur" in found.lower()
    words = ("plesiosaur", "plesio", "tinnsj", "gyrfalcon", "gyrfa", "quillf")
    assert readable(product, *words) == []
    assert product.stop(signal.SIGTERM) == 0
    assert readable(product, *words) == []

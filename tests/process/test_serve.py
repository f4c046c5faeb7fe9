"""The product as it is run: started, killed, started again."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import urllib.error
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.process.looking import PATIENCE, contents, eventually, rows
from tests.process.visitor import Tab, Visitor
from tests.product import Product

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def kept(new_product: Callable[..., Product]) -> Iterator[Product]:
    product = new_product()
    yield product
    product.stop(signal.SIGKILL)


@pytest.fixture
def product(kept: Product) -> Product:
    """It runs, and others were there before."""
    if kept.process is None or kept.process.poll() is not None:
        kept.start()
    return kept


@pytest.fixture
def maya(product: Product) -> Visitor:
    return new_person(product)


@pytest.fixture
def brand_new(tmp_path: Path) -> Iterator[Product]:
    """Never started before."""
    product = Product(tmp_path)
    yield product
    product.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def model_server(new_product: Callable[..., Product]) -> Iterator[str]:
    with new_product().demo_model() as address:
        yield address


def new_person(product: Product) -> Visitor:
    return Visitor(product.address).sign_up(f"{uuid.uuid4().hex}@example.org")


def exported(visitor: Visitor, conversation: str) -> list[dict]:
    return json.loads(visitor.get(f"/c/{conversation}/export.json"))["messages"]


def stored(product: Product, ack: dict, beyond: int = 0) -> bool:
    """A checkpoint has the running reply up to there: the next one begins behind it."""
    turn = uuid.UUID(ack["turn"]).hex
    ((offset,),) = rows(
        product,
        f"SELECT max(offset) FROM conversations_turnchunk WHERE turn_id = '{turn}'",
    )
    return offset is not None and offset >= beyond


async def test_what_was_said_is_known_after_a_restart_and_to_nobody_else(product):
    email = f"{uuid.uuid4().hex}@example.org"
    maya = Visitor(product.address).sign_up(email)
    async with maya.tab() as tab:
        ack, _ = await tab.ask("My name is Maya.")
        here = {"conversation": ack["conversation"]}
        assert "Maya" in (await tab.ask("What is my name?", **here))[1]
    assert await asyncio.to_thread(product.stop) == 0
    await asyncio.to_thread(product.start)
    again = Visitor(product.address).sign_in(email)
    async with again.tab() as tab:
        assert "Maya" in (await tab.ask("What is my name?", **here))[1]
        assert "Maya" in (await tab.ask("What is my name?"))[1]  # and elsewhere
        unknown = await tab.ask("What is my name?", temporary=True)
        assert "Maya" not in unknown[1]
    async with new_person(product).tab() as tab:
        assert "Maya" not in (await tab.ask("What is my name?"))[1]
    assert len(exported(again, ack["conversation"])) == 6


async def test_nothing_said_is_readable_in_any_file(product, maya):
    async with maya.tab() as tab:
        ack, _ = await tab.ask("The word is Quetzalcoatlus, keep it.")
        await tab.until("conversation")
        about = "Write a long story about a Zeuglodon."
        asked = await tab.say(about, model="demo-slow-30")
        await asyncio.to_thread(eventually, lambda: stored(product, asked, 1))
        files = list(contents(product.var_dir))
        assert stored(product, asked)  # it is still being written
        await tab.send("stop", turn=asked["turn"])
        await tab.until("end", turn=asked["turn"])
    assert len(files) > 4
    for path, data in files:
        assert b"quetzalcoatlus" not in data.lower(), path
        assert b"zeuglodon" not in data.lower(), path
    assert "Quetzalcoatlus" in maya.get(f"/c/{ack['conversation']}/")


async def watched_to_its_end(visitor: Visitor, ack: dict) -> tuple[str, str]:
    """The first snapshot of a turn, and its text when it is over."""
    async with visitor.tab() as tab, asyncio.timeout(PATIENCE):
        watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
        await tab.send("watch", **watch, format="text")
        first = (await tab.until("snapshot", turn=ack["turn"]))["text"]
        await tab.until("end", turn=ack["turn"])
        await tab.send("watch", **watch, format="text")
        return first, (await tab.until("snapshot", turn=ack["turn"]))["text"]


async def test_a_killed_server_loses_no_acknowledged_word_and_goes_on(product, maya):
    async with maya.tab() as tab:
        _, whole = await tab.ask("Write a long story.")
        ack = await tab.say("Write a long story.", model="demo-slow-40")
        seen = ""
        while len(seen) < 150:
            seen += (await tab.until("delta", turn=ack["turn"]))["text"]
        await asyncio.to_thread(eventually, lambda: stored(product, ack, len(seen)))
        product.stop(signal.SIGKILL)
    await asyncio.to_thread(product.start)
    first, text = await watched_to_its_end(maya, ack)
    assert first.startswith(seen)
    assert text == whole
    said, reply = exported(maya, ack["conversation"])
    assert said["content"] == "Write a long story."
    assert (reply["status"], reply["content"]) == ("complete", whole)


async def test_ending_it_leaves_the_reply_for_the_next_start(product, maya):
    told = len(product.said())
    async with maya.tab() as tab:
        _, whole = await tab.ask("Write a long story.")
        ack = await tab.say("Write a long story.", model="demo-slow-20")
        await tab.until("delta", turn=ack["turn"])
        ending = asyncio.create_task(asyncio.to_thread(product.stop, signal.SIGINT))
        while (answer := await one_more(tab))["type"] == "ack":
            await asyncio.sleep(0.1)  # it has not heard of its end
        assert answer["code"] == "busy"
    assert await ending == 0
    assert "Traceback" not in product.said()[told:]
    assert stored(product, ack)  # and is not over
    await asyncio.to_thread(product.start)
    _, text = await watched_to_its_end(maya, ack)
    assert text == whole


async def one_more(tab: Tab) -> dict:
    """The answer to a message."""
    sent = str(uuid.uuid4())
    await tab.send("send", id=sent, text="one more")
    return await tab.until_one_of(("ack", "error"), id=sent)


def test_the_first_start_makes_secrets_for_its_owner_only_and_a_link(brand_new):
    brand_new.var_dir.chmod(0o755)  # as a volume that is mounted there may be
    product = brand_new.start()
    made = [path for path in product.var_dir.iterdir() if path != product.log]
    assert {path.name: path.stat().st_mode & 0o077 for path in made} == {
        path.name: 0 for path in made
    }
    secrets = sorted((product.var_dir / "keys").iterdir())
    assert [path.name for path in secrets] == ["audit_key", "master_key", "secret_key"]
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    address = re.search(r"http://\S+/setup/\S+", product.said())[0]
    visitor = Visitor(product.address)
    path = address.removeprefix(product.address)
    visitor.post(path, email="ada@example.org", password1="a tall oak in may")
    assert "Administration · Understory" in visitor.get("/admin/")
    with pytest.raises(urllib.error.HTTPError) as used:
        Visitor(product.address).get(path)
    assert used.value.code == 404
    used.value.close()
    product.stop()
    before = product.said()
    product.start()
    assert "/setup/" not in product.said().removeprefix(before)


def test_a_port_that_is_taken_is_one_clear_sentence(product):
    second = product.manage("serve", "--port", str(product.port))
    assert second.returncode == 1
    assert "Cannot listen on 127.0.0.1" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_placeholder_key_stops_the_start(tmp_path):
    product = Product(tmp_path, SECRET_KEY="change-me")
    refused = product.manage("serve", "--port", str(product.port))
    assert refused.returncode == 1
    assert "chatsite.E001" in refused.stderr


@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_any_openai_compatible_server_answers(new_product, model_server, api):
    product = new_product(OPENAI_BASE_URL=model_server, OPENAI_API=api)
    try:
        await asyncio.to_thread(product.start)
        assert "demo model" not in product.said()
        async with new_person(product).tab() as tab:
            ack, _ = await tab.ask("My name is Maya.")
            here = {"conversation": ack["conversation"]}
            assert "Maya" in (await tab.ask("What is my name?", **here))[1]
        assert await asyncio.to_thread(product.stop) == 0
    finally:
        product.stop(signal.SIGKILL)

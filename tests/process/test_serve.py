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

from tests.process.visitor import Visitor
from tests.product import Product

pytestmark = pytest.mark.process


@pytest.fixture
def product(new_product: Callable[..., Product]) -> Iterator[Product]:
    product = new_product()
    yield product
    product.stop(signal.SIGKILL)


@pytest.fixture
def brand_new(tmp_path: Path) -> Iterator[Product]:
    """Never started before."""
    product = Product(tmp_path)
    yield product
    product.stop(signal.SIGKILL)


def exported(visitor: Visitor, conversation: str) -> list[dict]:
    return json.loads(visitor.get(f"/c/{conversation}/export.json"))["messages"]


async def test_what_was_said_is_known_after_a_restart_and_to_nobody_else(product):
    product.start()
    maya = Visitor(product.address).sign_up("maya@example.org")
    async with maya.tab() as tab:
        ack, _ = await tab.ask("My name is Maya.")
        here = {"conversation": ack["conversation"]}
        assert "Maya" in (await tab.ask("What is my name?", **here))[1]
    assert await asyncio.to_thread(product.stop) == 0
    await asyncio.to_thread(product.start)
    again = Visitor(product.address).sign_in("maya@example.org")
    async with again.tab() as tab:
        assert "Maya" in (await tab.ask("What is my name?", **here))[1]
        assert "Maya" in (await tab.ask("What is my name?"))[1]  # and elsewhere
        unknown = await tab.ask("What is my name?", temporary=True)
        assert "Maya" not in unknown[1]
    bob = Visitor(product.address).sign_up("bob@example.org")
    async with bob.tab() as tab:
        assert "Maya" not in (await tab.ask("What is my name?"))[1]
    assert len(exported(again, ack["conversation"])) == 6


async def test_nothing_said_is_readable_in_any_file(product):
    product.start()
    maya = Visitor(product.address).sign_up("maya@example.org")
    async with maya.tab() as tab:
        ack, _ = await tab.ask("The word is Quetzalcoatlus, keep it.")
        await tab.until("conversation")
        asked = await tab.say("Zeuglodon too", model="demo-slow-30")
        await tab.until("delta", turn=asked["turn"])
        await asyncio.sleep(1)  # two checkpoints while it is written
    files = [path for path in product.var_dir.rglob("*") if path.is_file()]
    assert len(files) > 4
    for path in files:
        stored = path.read_bytes().lower()
        assert b"quetzalcoatlus" not in stored, path
        assert b"zeuglodon" not in stored, path
    assert "Quetzalcoatlus" in maya.get(f"/c/{ack['conversation']}/")


async def watched_to_its_end(visitor: Visitor, ack: dict) -> tuple[str, str]:
    """The first snapshot of a turn, and its text when it is over."""
    async with visitor.tab() as tab, asyncio.timeout(30):
        watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
        await tab.send("watch", **watch, format="text")
        first = (await tab.until("snapshot", turn=ack["turn"]))["text"]
        await tab.until("end", turn=ack["turn"])
        await tab.send("watch", **watch, format="text")
        return first, (await tab.until("snapshot", turn=ack["turn"]))["text"]


async def test_a_killed_server_loses_no_acknowledged_word_and_goes_on(product):
    product.start()
    maya = Visitor(product.address).sign_up("maya@example.org")
    async with maya.tab() as tab:
        _, whole = await tab.ask("Write a long story.")
        ack = await tab.say("Write a long story.", model="demo-slow-60")
        seen = ""
        while len(seen) < 150:
            seen += (await tab.until("delta", turn=ack["turn"]))["text"]
        await asyncio.sleep(0.6)  # what was seen by now is in a checkpoint
        product.stop(signal.SIGKILL)
    await asyncio.to_thread(product.start)
    first, text = await watched_to_its_end(maya, ack)
    assert first.startswith(seen)
    assert text == whole
    said, reply = exported(maya, ack["conversation"])
    assert said["content"] == "Write a long story."
    assert (reply["status"], reply["content"]) == ("complete", whole)


async def test_ending_it_leaves_the_reply_for_the_next_start(product):
    product.start()
    maya = Visitor(product.address).sign_up("maya@example.org")
    async with maya.tab() as tab:
        _, whole = await tab.ask("Write a long story.")
        ack = await tab.say("Write a long story.", model="demo-slow-20")
        await tab.until("delta", turn=ack["turn"])
        ending = asyncio.create_task(asyncio.to_thread(product.stop, signal.SIGINT))
        await asyncio.sleep(0.5)
        refused = str(uuid.uuid4())
        await tab.send("send", id=refused, text="one more")
        assert (await tab.until("error", id=refused))["code"] == "busy"
    assert await ending == 0
    assert "Traceback" not in product.said()
    await asyncio.to_thread(product.start)
    _, text = await watched_to_its_end(maya, ack)
    assert text == whole


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
    product.start()
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
async def test_any_openai_compatible_server_answers(product, api):
    with product.demo_model() as address:
        product.environment |= {"OPENAI_BASE_URL": address, "OPENAI_API": api}
        await asyncio.to_thread(product.start)
        assert "demo model" not in product.said()
        visitor = Visitor(product.address).sign_up("maya@example.org")
        async with visitor.tab() as tab:
            ack, _ = await tab.ask("My name is Maya.")
            here = {"conversation": ack["conversation"]}
            assert "Maya" in (await tab.ask("What is my name?", **here))[1]
        assert await asyncio.to_thread(product.stop) == 0

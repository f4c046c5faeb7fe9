"""Every id in every frame: somebody else's is answered as nobody's is, and nothing
anywhere changes.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from typing import Any

import pytest
from django.apps import apps

from accounts.models import User
from conversations.core.requests import SHAPES, _uuid, _uuids
from conversations.upkeep import UPKEEP
from tests.attaching import upload
from tests.base import make_person
from tests.sockets.conftest import PATIENCE, quiet

pytestmark = pytest.mark.django_db(transaction=True)
# looked up again and again, or written by living itself
RESTLESS = {"accounts_device", "django_session", "accounts_auditevent"}

IDS = sorted(
    (type_, name)
    for type_, shape in SHAPES.items()
    for name, field in shape.items()
    if field.check in (_uuid, _uuids) and name != "id"
)
# what else a frame of the type needs
REST: dict[str, dict[str, Any]] = {
    "send": {"text": "What did she say?"},
    "edit": {"text": "What did she say?", "rerun": True},
    "stop": {"seen": 0},
}
ROLES = ("", "support", "auditor", "privacy", "administrator")


def everything() -> dict[str, str]:
    """A digest of each table's rows."""
    return {
        model._meta.db_table: _digest(model)
        for model in apps.get_models()
        if model._meta.db_table not in RESTLESS
    }


def _digest(model: Any) -> str:
    rows = sorted(repr(sorted(row.items())) for row in model.objects.values())
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def stranger(role: str) -> User:
    person = make_person("Mallory")
    person.role, person.is_staff = role, bool(role)
    person.save()
    return person


def test_every_id_is_tried_here() -> None:
    assert len(IDS) == 11, "a frame has a new id: say below what may be in it"


async def belongings(socket: Any, person: User) -> dict[str, str]:
    """Of what somebody has: an id for each field that takes one."""
    ack, _, end = await socket.ask("mine alone", model="demo-fast")
    file = await asyncio.to_thread(upload, person)
    return {
        "conversation": ack["conversation"],
        "turn": ack["turn"],
        "parent": end["message"],
        "message": end["message"],
        "attachments": str(file.id),
    }


async def still(runner: Any) -> None:
    """Nothing is written by itself: neither titles nor what a runner begins with."""
    await quiet(runner)
    async with asyncio.timeout(PATIENCE):
        while len(runner.upkeep.finished) < len(UPKEEP):
            await asyncio.sleep(0.02)


def frame(type_: str, name: str, own: dict[str, str], value: str) -> dict[str, Any]:
    """All of it one's own but that one id."""
    ids = {each: own[each] for t, each in IDS if t == type_ and each == "conversation"}
    ids |= {name: value}
    if "attachments" in ids:
        ids["attachments"] = [ids["attachments"]]
    frame = {"type_": type_, **REST.get(type_, {}), **ids}
    return frame | ({"id": str(uuid.uuid4())} if "id" in SHAPES[type_] else {})


@pytest.mark.parametrize("role", ROLES)
async def test_what_is_not_ones_own_is_not_there(tab, alice, runner, role):
    async with tab(alice) as hers:
        foreign = await belongings(hers, alice)
    mallory = await asyncio.to_thread(stranger, role)
    async with tab(mallory) as socket:
        own = await belongings(socket, mallory)
        await still(runner)
        before = await asyncio.to_thread(everything)
        for type_, name in IDS:
            told = []
            for value in (foreign[name], str(uuid.uuid4())):
                await socket.send(**frame(type_, name, own, value))
                await socket.send("ping", t=value)
                told.append(await answers(socket, value))
            assert told[0] == told[1], (type_, name)
            expected = [] if type_ == "unwatch" else ["error"]
            assert [kind for kind, *_ in told[0]] == expected, (type_, name)
        assert await asyncio.to_thread(everything) == before


async def answers(socket: Any, mark: str) -> list[tuple[Any, ...]]:
    """What came before the answer to that ping; rows of the sidebar apart."""
    told = []
    while (got := await socket.next()).get("t") != mark:
        if got["type"] != "conversation":
            told.append((got["type"], got.get("code"), got.get("message")))
    return told


async def test_a_message_of_another_conversation_is_no_parent_here(tab, alice, runner):
    async with tab(alice) as socket:
        one = await belongings(socket, alice)
        two = await belongings(socket, alice)
        await still(runner)
        before = await asyncio.to_thread(everything)
        await socket.send(
            "send",
            text="across",
            conversation=one["conversation"],
            parent=two["message"],
        )
        error = await socket.until("error")
        assert error["code"] in ("stale_parent", "not_found")
        await socket.send("watch", conversation=one["conversation"], turn=two["turn"])
        assert (await socket.until("error"))["code"] == "not_found"
        assert await asyncio.to_thread(everything) == before


async def test_an_acknowledgement_is_not_given_to_another_person(tab, alice, charlie):
    """The same request id, sent by somebody else, is another request."""
    request = str(uuid.uuid4())
    async with tab(alice) as hers:
        await hers.send("send", id=request, text="mine")
        ack = await hers.until("ack", id=request)
    async with tab(charlie) as his:
        await his.send("send", id=request, text="his")
        assert (await his.until("ack", id=request))["turn"] != ack["turn"]


@pytest.mark.parametrize("name", ["owner", "owner_id", "user_id", "role", "cost_usd"])
@pytest.mark.parametrize("type_", sorted(SHAPES))
async def test_fields_that_nobody_asked_for_are_refused(tab, alice, type_, name):
    async with tab(alice) as socket:
        await socket.send(type_, **{name: str(uuid.uuid4())})
        assert (await socket.until("error"))["code"] == "bad_request"

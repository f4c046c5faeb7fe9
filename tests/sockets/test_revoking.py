"""A session that ends closes all that is open with it, in every process, at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.internal.flows import password_change
from asgiref.sync import sync_to_async
from django.test import Client

from accounts import sessions
from accounts.models import Device, User
from conversations import revoking
from conversations.models import Conversation, Message, Turn
from conversations.runner import Runner
from tests.base import PASSWORD, client_of
from tests.sockets.conftest import PATIENCE, Socket, opened, session_of
from tests.sockets.scripted_model import hold
from tests.sockets.test_fallback import message, post, streaming

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "alice@example.org"


def browser_of(key: str) -> Client:
    browser = Client()
    browser.cookies["sessionid"] = key
    return browser


def sign_out(key: str) -> None:
    assert browser_of(key).post("/accounts/logout/").status_code == 302


def revoke(key: str) -> None:
    device = Device.objects.get()
    elsewhere = client_of(User.objects.get(email=ALICE))
    elsewhere.post("/accounts/sessions/", {"device": str(device.id)})


def deactivate(key: str) -> None:
    User.objects.filter(email=ALICE).update(is_active=False)


def change_password(key: str) -> None:
    person = User.objects.get(email=ALICE)
    person.set_password("another tide, another noon")
    person.save(update_fields=["password"])


def demote(key: str) -> None:
    person = User.objects.get(email=ALICE)
    person.role = User.Role.NONE
    person.save(update_fields=["role"])


def reset_factors(key: str) -> None:
    """As whoever resets them does: nobody keeps a session."""
    sessions.end_others(User.objects.get(email=ALICE), None)


def erase(key: str) -> None:
    person = User.objects.get(email=ALICE)
    Conversation.objects.filter(owner=person).delete()
    person.delete()


def expire(key: str) -> None:
    device = Device.objects.get()
    Device.objects.update(last_seen=device.last_seen - timedelta(days=8))


WAYS = [
    sign_out,
    revoke,
    deactivate,
    change_password,
    demote,
    reset_factors,
    erase,
    expire,
]


@pytest.fixture
async def staff(alice: User) -> User:
    alice.role = User.Role.SUPPORT
    await alice.asave(update_fields=["role"])
    return alice


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_whatever_ends_a_session_closes_its_socket_by_itself(
    runner: Runner, staff: User, way: Callable[[str], None]
) -> None:
    session = await asyncio.to_thread(session_of, staff)
    async with opened(session) as socket:
        await socket.until("ready")
        await asyncio.to_thread(way, session)
        assert await socket.closed() == 4401
    assert (runner.hub.sockets, runner.sessions._open) == (0, {})


async def _sees_nothing(known: Any) -> set[Any]:
    return set()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_the_next_message_is_refused_however_soon_it_comes(
    runner: Runner, staff: User, way: Callable[[str], None], monkeypatch: Any
) -> None:
    monkeypatch.setattr(runner.store, "sessions_over", _sees_nothing)
    session = await asyncio.to_thread(session_of, staff)
    async with opened(session) as socket:
        await socket.until("ready")
        await asyncio.to_thread(way, session)
        await socket.send("send", text="am I still here?")
        assert await socket.closed() == 4401
    assert await Message.objects.acount() == 0


async def test_the_loop_is_quick_enough() -> None:
    assert revoking.LOOK + revoking.AGAIN < 0.6


@pytest.mark.parametrize("way", [sign_out, reset_factors, deactivate])
async def test_sockets_of_another_process_are_closed_too(
    runner: Runner, other: Runner, tab_on: Any, alice: User, way: Any
) -> None:
    """Nobody tells it anything: it looks."""
    async with tab_on(other, alice) as there:
        other.sessions.stop_listening()
        key = await Device.objects.aget()
        if way is sign_out:
            await Device.objects.filter(id=key.id).adelete()
        else:
            await asyncio.to_thread(way, "")
        assert await there.closed() == 4401
    assert other.hub.sockets == 0


async def test_all_tabs_of_a_device_go_and_no_others(
    runner: Runner, tab: Any, alice: User, bob: User
) -> None:
    session = await asyncio.to_thread(session_of, alice)
    async with opened(session) as one, opened(session) as two, tab(bob) as his:
        async with tab(alice) as elsewhere:
            await one.until("ready")
            await two.until("ready")
            await asyncio.to_thread(sign_out, session)
            assert [await one.closed(), await two.closed()] == [4401, 4401]
            await elsewhere.ask("still here")
        await his.ask("and I")


async def talk(socket: Socket) -> dict[str, Any]:
    """Let a reply begin; its acknowledgement."""
    asked = await socket.send("send", text="Write a long story.", format="text")
    ack = await socket.until("ack", id=asked)
    await socket.until("delta", turn=ack["turn"])
    return ack


async def test_a_reply_stops_reaching_who_is_signed_out_and_goes_on(
    runner: Runner, tab: Any, alice: User
) -> None:
    session = await asyncio.to_thread(session_of, alice)
    go_on = hold(runner, 100)
    async with opened(session) as thief, tab(alice) as owner:
        await thief.until("ready")
        ack = await talk(thief)
        await owner.send("watch", conversation=ack["conversation"], format="text")
        await owner.until("snapshot", turn=ack["turn"])
        await asyncio.to_thread(sign_out, session)
        assert await thief.closed() == 4401
        seen = thief.text_of(ack["turn"])
        go_on.set()
        text, end = await owner.reply(ack["turn"])
        assert await thief.wire.receive_nothing()
    stored = await Message.objects.aget(id=end["message"])
    assert (end["status"], stored.body) == ("complete", text)
    assert stored.body.startswith(seen)
    assert len(seen) < len(text)
    turn = await Turn.objects.aget(id=ack["turn"])
    assert turn.status == Turn.Status.COMPLETE


async def test_what_is_on_its_way_in_is_answered_for_nobody(
    runner: Runner, alice: User, monkeypatch: Any
) -> None:
    """It was accepted while the session was good; the answer goes nowhere."""
    session = await asyncio.to_thread(session_of, alice)
    begun, go_on = asyncio.Event(), asyncio.Event()
    really_post = runner.store.post

    async def slow_post(**fields: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await really_post(**fields)

    monkeypatch.setattr(runner.store, "post", slow_post)
    async with opened(session) as socket:
        await socket.until("ready")
        await socket.send("send", text="Hello")
        await asyncio.wait_for(begun.wait(), PATIENCE)
        await asyncio.to_thread(sign_out, session)
        assert await socket.closed() == 4401
        go_on.set()
        async with asyncio.timeout(PATIENCE):
            while not await Message.objects.filter(role="user").aexists():
                await asyncio.sleep(0.01)
        assert await socket.wire.receive_nothing()
    assert runner.hub._watching == {}


async def test_an_event_stream_is_closed_and_takes_nothing(
    runner: Runner, alice: User
) -> None:
    session = await asyncio.to_thread(session_of, alice)
    async with streaming(session) as stream:
        await stream.until("ready")
        await asyncio.to_thread(sign_out, session)
        while (event := await stream.event())[0] != "close":
            pass
        assert event == ("close", {"code": 4401})
        assert await post(session, message()) == 409
    assert (runner.streams, await Message.objects.acount()) == ({}, 0)


async def test_proving_oneself_again_closes_no_tab(runner: Runner, alice: User) -> None:
    session = await asyncio.to_thread(session_of, alice)
    async with opened(session) as socket:
        await socket.until("ready")
        browser = browser_of(session)
        prove = sync_to_async(browser.post, thread_sensitive=False)
        await prove("/accounts/reauthenticate/", {"password": PASSWORD})
        assert browser.cookies["sessionid"].value != session
        await runner.sessions.look()
        await socket.ask("Hello")
    async with opened(session) as socket:
        assert await socket.closed() == 4401, "the old key opens nothing"


async def change_password_on_the_page(session: str) -> None:
    new = "another tide, another noon"
    given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    ask = sync_to_async(browser_of(session).post, thread_sensitive=False)
    await ask("/accounts/reauthenticate/", {"password": PASSWORD})
    assert (await ask("/accounts/password/change/", given)).status_code == 302


async def test_changing_ones_password_closes_the_others_and_not_ones_own(
    runner: Runner, tab: Any, alice: User
) -> None:
    session = await asyncio.to_thread(session_of, alice)
    async with opened(session) as mine, tab(alice) as theirs:
        await mine.until("ready")
        await change_password_on_the_page(session)
        assert await theirs.closed() == 4401
        await mine.ask("Hello")


async def test_who_looks_while_a_password_is_changed_closes_no_tab_of_its_own(
    runner: Runner, alice: User, monkeypatch: Any
) -> None:
    """However long it takes from storing the one to keeping the other."""
    session = await asyncio.to_thread(session_of, alice)
    loop, looked = asyncio.get_running_loop(), []
    really_finish = password_change.finalize_password_change

    def finish(*args: Any) -> Any:
        look = asyncio.run_coroutine_threadsafe(runner.sessions.look(), loop)
        looked.append(look.result(PATIENCE))
        return really_finish(*args)

    monkeypatch.setattr(password_change, "finalize_password_change", finish)
    async with opened(session) as mine:
        await mine.until("ready")
        await change_password_on_the_page(session)
        await mine.ask("Hello")
    assert len(looked) == 1

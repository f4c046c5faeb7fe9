"""With whose session a socket speaks, from where, and what counts as use of it."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.models import AuditEvent, Device, User
from chatsite.asgi import application
from conversations.models import Message
from conversations.runner import Runner
from tests.sockets.conftest import (
    HOST,
    ORIGIN,
    PATIENCE,
    Socket,
    opened,
    session_of,
)
from tests.sockets.test_fallback import message, post, streaming
from tests.sockets.test_revoking import browser_of, sign_out

pytestmark = pytest.mark.django_db(transaction=True)


async def test_anothers_session_is_not_in_the_address(
    runner: Runner, alice: User
) -> None:
    """Only the cookie counts."""
    session = await asyncio.to_thread(session_of, alice)
    headers = [(b"host", HOST), (b"origin", ORIGIN)]
    path = f"/ws/?session={session}&sessionid={session}&token={session}"
    wire = WebsocketCommunicator(application, path, headers=headers)
    await wire.connect(PATIENCE)
    assert await Socket(wire).closed() == 4401
    await wire.disconnect(timeout=PATIENCE)


async def test_a_session_that_ended_in_between_cannot_reconnect(
    runner: Runner, alice: User, charlie: User
) -> None:
    session = await asyncio.to_thread(session_of, alice)
    theirs = await asyncio.to_thread(session_of, charlie)
    await asyncio.to_thread(sign_out, session)
    async with opened(session) as socket:
        assert await socket.closed() == 4401
    async with opened(theirs) as socket:
        assert (await socket.until("ready"))["user"] == str(charlie.id)


# --- bound to a network
async def test_a_bound_session_opens_no_socket_elsewhere(
    runner: Runner, alice: User, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.SESSION_BINDING = 1, "ip+agent"
    session = await asyncio.to_thread(session_of, alice)
    home = {"HTTP_X_FORWARDED_FOR": "203.0.113.5", "HTTP_USER_AGENT": "Firefox/140.0"}
    browser = browser_of(session)
    get = sync_to_async(browser.get, thread_sensitive=False)
    assert (await get("/settings/", **home)).status_code == 200
    headers = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9")]
    headers.append((b"user-agent", b"Firefox/140.0"))
    async with opened(session, more=headers) as socket:
        await socket.until("ready")
        away = [(b"x-forwarded-for", b"198.51.100.9"), headers[1]]
        async with opened(session, more=away) as thief:
            assert await thief.closed() == 4401
        assert await socket.closed() == 4401, "nobody has the session any more"
    event = await AuditEvent.objects.aget(action="accounts.session_refused")
    assert event.actor is None
    assert (await get("/settings/", **home)).status_code == 302


async def test_nor_does_it_post_into_an_event_stream_from_elsewhere(
    runner: Runner, alice: User, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.SESSION_BINDING = 1, "ip"
    session = await asyncio.to_thread(session_of, alice)
    await Device.objects.aupdate(network="203.0.113.0/24")
    home = [(b"x-forwarded-for", b"203.0.113.5")]
    away = [(b"x-forwarded-for", b"198.51.100.9")]
    async with streaming(session, more=home) as stream:
        await stream.until("ready")
        assert await post(session, message(), more=home) == 204
        assert await post(session, message(), more=away) == 409
        while (event := await stream.event())[0] != "close":
            pass
        assert event == ("close", {"code": 4401})
    assert await Message.objects.filter(role="user").acount() == 1


# --- what counts as use
async def test_what_a_person_does_counts_as_use_and_what_their_page_does_not(
    runner: Runner, alice: User, settings: Any
) -> None:
    session = await asyncio.to_thread(session_of, alice)
    began = (await Device.objects.aget()).last_seen - timedelta(hours=1)
    await Device.objects.aupdate(last_seen=began)
    async with opened(session) as socket:
        await socket.until("ready")
        await socket.send("ping")
        await socket.until("pong")
        await socket.send("watch", conversation=str(uuid.uuid4()))
        await socket.until("error")
        assert (await Device.objects.aget()).last_seen == began
        await socket.ask("Hello")
        used = (await Device.objects.aget()).last_seen
        assert used > began
        await socket.ask("Hello again")
        assert (await Device.objects.aget()).last_seen == used

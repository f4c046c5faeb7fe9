"""One tab's connection, over whichever transport: parse, authorise, delegate, answer.

A switchboard and nothing else. A transport gives it frames, sends what comes out, and
closes with the code it is told.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.sessions import Client, SignedIn, is_due
from conversations import conf
from conversations.core import frames
from conversations.core.commands import command_in, message_in
from conversations.core.crowd import BURST
from conversations.core.hub import HTML
from conversations.core.outbox import Outbox
from conversations.core.rate_limit import TokenBucket
from conversations.core.requests import (
    MAX_FRAME_BYTES,
    TOO_LARGE,
    BadRequest,
    Request,
    parse,
)
from conversations.following import follow, show_growing
from conversations.refusals import Draining, explain
from conversations.runner import Runner
from conversations.services.acknowledging import Posted

log = logging.getLogger(__name__)

SESSION_ENDED, FOREIGN_ORIGIN, READER_TOO_SLOW = 4401, 4403, 4408
FRAME_TOO_LARGE, FLOOD, TOO_MANY_SOCKETS = 4413, 4429, 4430
SERVER_FAULT = 1011

REFUSED_PER_SECOND, REFUSED_BURST = 2, 200  # beyond that it is a flood
WATCHED_PER_SOCKET = 20
RECHECK = 1.0  # seconds a session is believed when a page asks by itself
BY_ITSELF = frozenset({"ping", "watch", "unwatch"})
NOBODY = Client()


Send = Callable[[str], Awaitable[None]]
Close = Callable[[int], Awaitable[None]]


class Connection:
    def __init__(
        self,
        runner: Runner,
        session_key: str,
        send: Send,
        close: Close,
        client: Client = NOBODY,
    ) -> None:
        self.runner = runner
        self.session_key, self.client = session_key, client
        self.person: UUID | None = None  # None again when nothing more may go in or out
        self._signed_in: SignedIn | None = None
        self._checked = 0.0
        self.outbox = Outbox(send, lambda: self._end(READER_TOO_SLOW))
        self._close = close
        self._sending: asyncio.Task[None] | None = None
        self._watched: dict[UUID, str] = {}
        self._has_entered = False
        pace = conf.frames_per_second()
        self._bucket = TokenBucket(pace, pace * BURST)
        self._patience = TokenBucket(REFUSED_PER_SECOND, REFUSED_BURST)

    async def open(self) -> bool:
        """Let the person in and say ``ready``; or close, and answer False."""
        if code := self._turned_away():
            await self._close(code)
            return False
        if not await self._sign_in():
            await self._close(SESSION_ENDED)
        elif self.runner.hub.join(self.person, self) > conf.sockets()[0]:
            await self._close(TOO_MANY_SOCKETS)
        else:
            if self._signed_in is not None:
                self.runner.sessions.join(self, self._signed_in)
            self._sending = asyncio.create_task(self._send_all())
            self._deliver(
                "ready", protocol=frames.PROTOCOL, user=self.person, features=[]
            )
            return True
        return False

    async def _sign_in(self) -> bool:
        self._signed_in = await self.runner.store.signed_in_with(
            self.session_key, self.client
        )
        if self._signed_in is None:
            return False
        self.person, self._used = self._signed_in.person, self._signed_in.seen
        self._checked = time.monotonic()
        return True

    def _turned_away(self) -> int:
        """The code to close with, before anybody looks who it is; 0: come in."""
        if not conf.rate_limits():
            return 0
        if self.runner.crowd.knock(self.client.network):
            return FLOOD
        self._has_entered = True
        here = self.runner.crowd.enter(self.client.network)
        return TOO_MANY_SOCKETS if here > conf.sockets()[1] else 0

    async def _send_all(self) -> None:
        try:
            await self.outbox.run()
        except Exception as problem:  # a connection that says nothing more must end
            log.warning("a connection could not be written to: %r", problem)
            self.outbox.close()
            await self._close(SERVER_FAULT)

    def closed(self) -> None:
        """The transport is gone: forget the listener. Turns go on."""
        self.outbox.close()
        self.runner.sessions.leave(self)
        if self._sending is not None:
            self._sending.cancel()
        if self._has_entered:
            self._has_entered = False
            self.runner.crowd.leave(self.client.network)
        if self.person is not None:
            self.runner.hub.leave(self.person, self)
            for conversation in self._watched:
                self.runner.hub.unwatch(conversation, self)

    def revoke(self) -> None:
        """The person is not signed in with this any more: not a word goes out or comes
        in from now on, whatever the transport still has to do.
        """
        self.closed()
        self.person = None
        self._ending = asyncio.create_task(self._close(SESSION_ENDED))

    # --- in
    async def receive(self, frame: str | None) -> None:
        """Act on a frame; None is one that is not text. Never raises."""
        if self.person is None or not await self._admit():
            return
        request_id = None
        try:
            if frame is None:
                raise BadRequest("A frame is text.")
            request = parse(frame)
            request_id = request.id
            if await self._is_signed_in(request.type in BY_ITSELF):
                await self._HANDLERS[request.type](self, request)
        except BadRequest as problem:
            self._error(problem.id, problem.code, str(problem))
            if frame and len(frame.encode(errors="replace")) > MAX_FRAME_BYTES:
                self._end(FRAME_TOO_LARGE)
        except Exception as problem:
            wait = getattr(problem, "retry_after", None)
            more = {} if wait is None else {"retry_after": wait}
            self._error(request_id, *explain(problem), **more)

    def refuse_large(self) -> None:
        """A frame larger than any that is read to its end."""
        self._error(None, "too_long", TOO_LARGE)
        self._end(FRAME_TOO_LARGE)

    async def _admit(self) -> bool:
        """Within the rate?"""
        if conf.rate_limits() and (wait := self._wait()):
            self._error(
                None, "rate_limited", "Too fast. Wait a moment.", retry_after=wait
            )
            if self._patience.take():
                self._end(FLOOD)
            return False
        return True

    async def _is_signed_in(self, by_itself: bool) -> bool:
        """Still? Looked up for whatever a person does. What their page sends by itself
        may wait for the next look, and does not count as use of the session.
        """
        store, signed_in = self.runner.store, self._signed_in
        if by_itself and time.monotonic() - self._checked < RECHECK:
            return True
        self._checked = time.monotonic()
        if not await store.is_signed_in(signed_in):
            self.revoke()
        elif not by_itself and is_due(self._used):
            self._used = timezone.now()
            await store.touch_session(signed_in.device)
        return self.person is not None

    async def may_use(self, client: Client) -> bool:
        """Whether it is open, and for who asks from there too: that is another request.
        A session that is bound elsewhere ends.
        """
        if self.person is None or client == self.client:
            return self.person is not None
        store = self.runner.store
        return await store.signed_in_with(self.session_key, client) is not None

    def _wait(self) -> float:
        crowd = self.runner.crowd
        return self._bucket.take() or crowd.take(self.person, self.client.network)

    async def _watch(self, request: Request) -> None:
        conversation = request.fields["conversation"]
        format = request.get("format", HTML)
        await follow(
            self.runner,
            self,
            lambda: self._follow(conversation, format),
            by=self.person,
            conversation=conversation,
            turn=request.get("turn"),
            offset=request.get("offset", 0),
            format=format,
        )

    async def _unwatch(self, request: Request) -> None:
        conversation = request.fields["conversation"]
        if self._watched.pop(conversation, None):
            self.runner.hub.unwatch(conversation, self)

    async def _send(self, request: Request) -> None:
        if self.runner.draining:
            raise Draining
        asked = {
            "by": self.person,
            "request_id": request.fields["id"],
            "conversation_id": request.get("conversation"),
        }
        text, attachments = request.fields["text"], request.get("attachments", [])
        if command := command_in(text):
            if attachments:
                raise BadRequest("A command takes no files.", id=request.id)
            posted = await self.runner.store.carry_out(**asked, command=command)
            return self._acknowledge(request, posted)
        posted = await self.runner.store.post(
            **asked,
            text=message_in(text),
            parent_id=request.get("parent"),
            model=request.get("model", ""),
            strategy=request.get("strategy", ""),
            temporary=request.get("temporary", False),
            attachments=attachments,
        )
        self._acknowledge(request, posted)
        if attachments:
            self.runner.upkeep.wake()  # what was read of them can be found from now on

    async def _edit(self, request: Request) -> None:
        await self._revise(request, self.runner.store.edit, "message", "text", "rerun")

    async def _regenerate(self, request: Request) -> None:
        store = self.runner.store
        await self._revise(request, store.regenerate, "message", "model", "strategy")

    async def _drop(self, request: Request) -> None:
        await self._revise(request, self.runner.store.drop, "message")

    async def _continue(self, request: Request) -> None:
        await self._revise(request, self.runner.store.resume, "turn")

    async def _revise(
        self, request: Request, work: Callable[..., Awaitable[Posted]], *names: str
    ) -> None:
        if self.runner.draining:
            raise Draining
        given = {name: request.fields[name] for name in names if name in request.fields}
        for name in ("message", "turn"):
            if name in given:
                given[f"{name}_id"] = given.pop(name)
        posted = await work(by=self.person, request_id=request.fields["id"], **given)
        self._acknowledge(request, posted)

    def _acknowledge(self, request: Request, posted: Posted) -> None:
        """Only after the commit. The tab watches the conversation from here on."""
        told = {} if posted.notice is None else {"notice": posted.notice}
        hidden = {"redacted": True} if posted.redacted else {}
        if posted.conversation is None:
            none = {"conversation": None, "message": None, "turn": None}
            return self._deliver("ack", id=request.id, **none, **told)
        format = request.get("format", HTML)
        watched_so = self._watched.get(posted.conversation) == format
        self._follow(posted.conversation, format)
        self._deliver(
            "ack",
            id=request.id,
            conversation=posted.conversation,
            message=posted.message,
            turn=posted.turn,
            **told,
            **hidden,
        )
        if not watched_so:
            show_growing(self.runner, self, posted.conversation, format)
        self.runner.posted(posted)

    async def _stop(self, request: Request) -> None:
        turn = request.fields["turn"]
        await self.runner.stop(self.person, turn, request.get("seen"))
        if request.id is not None:
            place = await self.runner.store.place_of(self.person, turn)
            self._deliver("ack", id=request.id, turn=turn, **place)

    async def _ping(self, request: Request) -> None:
        self._deliver("pong", t=request.get("t"))

    _HANDLERS = {
        "watch": _watch,
        "unwatch": _unwatch,
        "send": _send,
        "edit": _edit,
        "regenerate": _regenerate,
        "continue": _continue,
        "drop": _drop,
        "stop": _stop,
        "ping": _ping,
    }

    # --- out
    def deliver(self, frame: str) -> None:
        self.outbox.put(frame)

    def _deliver(self, type_: str, **fields: Any) -> None:
        self.deliver(frames.encode(type_, **fields))

    def _error(self, id: Any, code: str, message: str, **more: Any) -> None:
        self._deliver("error", id=id, code=code, message=message, **more)

    def _end(self, code: int) -> None:
        self._ending = asyncio.create_task(self.end(code))

    async def end(self, code: int) -> None:
        """Close after what is on its way: the reason for closing must arrive."""
        await asyncio.sleep(0)
        await self._close(code)

    # --- helpers
    def _follow(self, conversation: UUID, format: str) -> None:
        """Watch it; the conversation watched longest makes room."""
        if self.person is None:
            return
        self._watched.pop(conversation, None)
        self._watched[conversation] = format
        self.runner.hub.watch(conversation, self, format)
        if len(self._watched) > WATCHED_PER_SOCKET:
            oldest = next(iter(self._watched))
            del self._watched[oldest]
            self.runner.hub.unwatch(oldest, self)

"""Someone outside who knows only the contract: forms, cookies, the socket's frames."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
import uuid
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60  # seconds; a machine under load is slow, a lost frame is for ever
PASSWORD = "the tide is out at noon"


class Visitor:
    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar)
        ).open

    def get(self, path: str) -> str:
        with self._open(self.address + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))
        fields["csrfmiddlewaretoken"] = token[1]
        body = urllib.parse.urlencode(fields).encode()
        asked = urllib.request.Request(
            self.address + path, body, {"Origin": self.address}
        )
        with self._open(asked, timeout=PATIENCE) as answer:
            return answer.geturl()

    def sign_up(self, email: str) -> Visitor:
        self.post("/accounts/signup/", email=email, password1=PASSWORD)
        return self

    def sign_in(self, email: str) -> Visitor:
        self.post("/accounts/login/", email=email, password=PASSWORD)
        return self

    @asynccontextmanager
    async def tab(self):
        cookies = "; ".join(f"{each.name}={each.value}" for each in self.jar)
        async with connect(
            self.address.replace("http", "ws") + "/ws/",
            additional_headers={"Cookie": cookies},
            origin=self.address,
            open_timeout=PATIENCE,
            ping_interval=None,  # or a server that is merely slow is taken for dead
        ) as wire:
            tab = Tab(wire)
            await tab.until("ready")
            yield tab


class Tab:
    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire

    async def send(self, type_: str, **fields: Any) -> None:
        await self.wire.send(json.dumps({"type": type_, **fields}))

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return json.loads(await self.wire.recv())

    async def until(self, type_: str, **fields: Any) -> dict[str, Any]:
        return await self.until_one_of((type_,), **fields)

    async def until_one_of(
        self, types: tuple[str, ...], **fields: Any
    ) -> dict[str, Any]:
        while True:
            frame = await self._next()
            if frame["type"] in types and fields.items() <= frame.items():
                return frame

    async def say(self, text: str, **fields: Any) -> dict[str, Any]:
        """The acknowledgement of a message."""
        request = str(uuid.uuid4())
        await self.send("send", id=request, text=text, format="text", **fields)
        return await self.until("ack", id=request)

    async def ask(self, text: str, **fields: Any) -> tuple[dict[str, Any], str]:
        """The acknowledgement and the reply."""
        ack = await self.say(text, **fields)
        reply = ""
        while True:
            frame = await self._next()
            if frame.get("turn") != ack["turn"]:
                continue
            if frame["type"] == "delta":
                reply += frame["text"]
            if frame["type"] == "end":
                return ack, reply

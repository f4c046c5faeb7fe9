"""The socket: Channels' side of a connection."""

from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer

from conversations.connection import FOREIGN_ORIGIN, Connection
from conversations.doorway import client, is_ours, session_key
from conversations.runner import the_runner


class ChatConsumer(AsyncWebsocketConsumer):
    connection: Connection | None = None

    async def connect(self) -> None:
        await self.accept()
        if not is_ours(self.scope):
            return await self.close(FOREIGN_ORIGIN)
        self.connection = Connection(
            await the_runner(),
            session_key(self.scope),
            self._send_frame,
            self.close,
            client(self.scope),
        )
        await self.connection.open()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if self.connection is not None:
            await self.connection.receive(text_data)

    async def disconnect(self, code: int) -> None:
        if self.connection is not None:
            self.connection.closed()

    async def _send_frame(self, frame: str) -> None:
        await self.base_send({"type": "websocket.send", "text": frame})

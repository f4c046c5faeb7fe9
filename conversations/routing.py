"""Addresses of sockets."""

from __future__ import annotations

from typing import Any

from django.urls import path, re_path

from conversations.consumers import ChatConsumer


async def no_such_socket(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.close"})


websocket_urlpatterns = [
    path("ws/", ChatConsumer.as_asgi()),
    re_path("", no_such_socket),
]

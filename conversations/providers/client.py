"""The openai SDK's client as this product uses it: patient, but never for long."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import lru_cache

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultHttpxClient, OpenAI

from conversations.providers.failures import retry_after

# Longer waits are better told to the person than slept through in silence.
LONGEST_RETRY_WAIT_S = 5.0

# One connection carries one stream, so this bounds the live turns of a process.
MAX_CONNECTIONS = 1000

# HTTP_PROXY is for the world outside; the demo model and local servers are not.
_DIRECT = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}

_OPENAI_HOSTS = ("api.openai.com", ".openai.azure.com")


@dataclass(frozen=True, slots=True)
class ModelServer:
    """Where the model is and how long to wait for it.

    ``timeout_s`` is the longest silence: until the reply begins, and between two reads
    of it. ``base_url`` of None is OpenAI itself.
    """

    base_url: str | None = None
    api_key: str = field(default="", repr=False)
    timeout_s: float = 60.0
    max_retries: int = 2
    connect_timeout_s: float = 5.0

    @property
    def is_openai(self) -> bool:
        """Whether this is OpenAI's own service and not a server that imitates it."""
        if not self.base_url:
            return True
        return httpx2.URL(self.base_url).host.endswith(_OPENAI_HOSTS)


def open_client(server: ModelServer) -> AsyncOpenAI:
    """Make a client. It belongs to the event loop of its first request."""
    return AsyncOpenAI(
        # The SDK refuses an empty key; servers without keys ignore this one.
        api_key=server.api_key.strip() or "unused",
        base_url=server.base_url or None,
        max_retries=server.max_retries,
        timeout=_timeout(server),
        # Compression would hold small events back until a block is full.
        default_headers={"Accept-Encoding": "identity"},
        http_client=_http_client(server),
    )


def open_blocking_client(server: ModelServer) -> OpenAI:
    """Make a client for worker threads; any number of them may use it at once."""
    return OpenAI(
        api_key=server.api_key.strip() or "unused",
        base_url=server.base_url or None,
        max_retries=server.max_retries,
        timeout=_timeout(server),
        http_client=DefaultHttpxClient(
            verify=_certificates(),
            timeout=_timeout(server),
            follow_redirects=False,  # as below
            mounts=dict(_DIRECT),
            event_hooks={"response": [_forbid_long_wait]},
        ),
    )


def _timeout(server: ModelServer) -> httpx2.Timeout:
    return httpx2.Timeout(server.timeout_s, connect=server.connect_timeout_s)


def _http_client(server: ModelServer) -> httpx2.AsyncClient:
    return DefaultAioHttpClient(
        verify=_certificates(),
        timeout=_timeout(server),
        limits=httpx2.Limits(
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=30.0,
        ),
        # A redirect would carry the conversation to a server nobody configured.
        follow_redirects=False,
        mounts=dict(_DIRECT),
        event_hooks={"response": [_forbid_long_waits]},
    )


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    # Reading them takes 30 ms, and the client would do so for every proxy as well.
    return httpx2.create_ssl_context()


async def _forbid_long_waits(response: httpx2.Response) -> None:
    _forbid_long_wait(response)


def _forbid_long_wait(response: httpx2.Response) -> None:
    wait = retry_after(response.headers)
    if wait is not None and wait > LONGEST_RETRY_WAIT_S:
        response.headers["x-should-retry"] = "false"

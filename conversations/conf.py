"""Settings as values: the only place in this app that reads ``django.conf``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from conversations.core.context import STRATEGIES
from conversations.providers import ModelServer

DEMO = "demo"
LOCAL = "local"  # the embedding model that needs no server


@dataclass(frozen=True, slots=True)
class ChatDefaults:
    model: str
    strategy: str
    strategies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileLimits:
    """``megabytes`` of a file, ``all_megabytes`` of all files of a person; ``pages``
    that are read of a document.
    """

    megabytes: int
    all_megabytes: int
    pages: int

    @property
    def bytes(self) -> int:
        return self.megabytes * 1_000_000

    @property
    def all_bytes(self) -> int:
        return self.all_megabytes * 1_000_000


def uses_demo_model() -> bool:
    """No key and no server of one's own: the built-in demo model answers."""
    return settings.DEMO_MODEL


def model_server(demo_url: str = "") -> ModelServer:
    return ModelServer(
        base_url=demo_url or settings.OPENAI_BASE_URL or None,
        # servers on one's own machine want no key, but the SDK wants one
        api_key=settings.OPENAI_API_KEY or "none",
        timeout_s=settings.MODEL_TIMEOUT,
    )


def api() -> str:
    return settings.OPENAI_API


def chat_defaults() -> ChatDefaults:
    return ChatDefaults(
        _offered(settings.CHAT_MODEL), settings.CONTEXT_STRATEGY, tuple(STRATEGIES)
    )


def task_model() -> str:
    return _offered(settings.TASK_MODEL)


def site_name() -> str:
    """What the assistant goes by."""
    return settings.SITE_NAME


def embedding_model() -> str:
    """What makes vectors: "" is nothing, "local" this process, else the server."""
    model = settings.EMBEDDING_MODEL
    return model if model in ("", LOCAL) else _offered(model)


def vector_index() -> str:
    """Where vectors are kept and searched: "scan" or "pgvector"."""
    return settings.VECTOR_INDEX


def site_prompt() -> str:
    return settings.SYSTEM_PROMPT


def context_tokens() -> int:
    """The site's limit of what one turn may use, question and answer."""
    return settings.CONTEXT_TOKENS


def monthly_budget() -> Decimal | None:
    """USD a person may spend in a month unless theirs is another; None: no limit."""
    return settings.MONTHLY_BUDGET_USD or None


def file_limits() -> FileLimits:
    return FileLimits(
        settings.MAX_FILE_MB,
        settings.MAX_FILES_MB,
        settings.MAX_FILE_PAGES,
    )


def rate_limits() -> bool:
    return settings.RATE_LIMITS


def live_turns() -> int:
    """Conversations in which replies to one person are written at once; 0: any."""
    return settings.RATE_LIVE_TURNS if settings.RATE_LIMITS else 0


def frames_per_second() -> int:
    """Of one socket."""
    return settings.RATE_FRAMES


def sockets() -> tuple[int, int]:
    """How many one person may have open here, and how many one network."""
    return settings.RATE_SOCKETS, settings.RATE_NETWORK_SOCKETS


def metrics_token() -> str:
    """ "" is no token, and nobody has it."""
    return settings.METRICS_TOKEN


def behind_proxy() -> bool:
    return settings.TRUSTED_PROXIES > 0


def trusted_origins() -> list[str]:
    return settings.CSRF_TRUSTED_ORIGINS


def session_cookie() -> str:
    return settings.SESSION_COOKIE_NAME


def _offered(model: str) -> str:
    """The demo server has models of its own names only."""
    if uses_demo_model() and not model.startswith(DEMO):
        return DEMO
    return model

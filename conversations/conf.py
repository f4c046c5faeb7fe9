"""Settings as values: the only place in this app that reads ``django.conf``."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from conversations.core.context import STRATEGIES, Budget
from conversations.core.prices import price_of
from conversations.providers import ModelServer

REPLY_RESERVE = 4_096  # tokens kept free for the answer …
REPLY_SHARE = 4  # … but never more than this part of a small window
DEMO = "demo"


@dataclass(frozen=True, slots=True)
class ChatDefaults:
    model: str
    strategy: str
    strategies: tuple[str, ...]


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


def site_prompt() -> str:
    return settings.SYSTEM_PROMPT


def budget(model: str) -> Budget:
    """Tokens a turn may use: the site's limit, within the model's window."""
    window = min(settings.CONTEXT_TOKENS, price_of(model).window)
    return Budget(window, min(REPLY_RESERVE, window // REPLY_SHARE))


def rate_limits() -> bool:
    return settings.RATE_LIMITS


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

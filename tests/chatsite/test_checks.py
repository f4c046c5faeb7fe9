"""Settings that must not be are refused, with an id and a hint."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks

from accounts.limits import LIMITS
from chatsite import checks
from chatsite.lib import mounts

ROOT = Path(__file__).parents[2]
GOOD_KEY = "q7Wd-0ZrXK3vTn_u5Eb1mYh8sLcGfA2oPjR9iVxQ4kNtBzDy6JHeUwMaSgC-lFpI"
REACHABLE = {
    "HOST": "0.0.0.0",
    "ALLOWED_HOSTS": ["chat.example.org"],
    "SIGNUP_OPEN": False,
    "COOKIE_SECURE": True,
}
Check = Callable[..., list[str]]


@pytest.fixture
def check(settings: Any) -> Check:
    """The ids of our checks that fail with these settings; each has a hint."""

    def ids(**changed: Any) -> list[str]:
        for name, value in changed.items():
            setattr(settings, name, value)
        found = [message for message in run_checks() if "chatsite." in message.id]
        assert all(message.hint for message in found)
        return [message.id for message in found]

    return ids


def test_the_settings_of_these_tests_are_in_order(check: Check) -> None:
    assert check() == []


@pytest.mark.parametrize("key", ["short", "django-insecure-" + GOOD_KEY, "a" * 60])
def test_a_weak_secret_key(key: str, check: Check) -> None:
    assert check(SECRET_KEY=key) == ["chatsite.E001"]


@pytest.mark.parametrize("key", ["short", "change-me" + GOOD_KEY, "a" * 60])
def test_a_weak_audit_key(key: str, check: Check) -> None:
    assert check(AUDIT_KEY=key) == ["chatsite.E010"]


@pytest.mark.parametrize("binding", ["", "on", "IP", "agent", "ip + agent"])
def test_a_binding_of_sessions_that_there_is_not(binding: str, check: Check) -> None:
    assert check(SESSION_BINDING=binding) == ["chatsite.E011"]


@pytest.mark.parametrize("binding", ["off", "ip", "ip+agent"])
def test_the_bindings_of_sessions(binding: str, check: Check) -> None:
    assert check(SESSION_BINDING=binding) == []


@pytest.mark.parametrize("days", [-1, 36_501])
def test_no_such_number_of_days_to_keep_conversations(days: int, check: Check) -> None:
    assert check(CONVERSATION_TTL_DAYS=days) == ["chatsite.E015"]


@pytest.mark.parametrize("name", ["PII_POLICY", "CONTEXT_STRATEGY"])
@pytest.mark.parametrize("word", ["", "on", "masked", "Hybrid"])
def test_a_policy_or_strategy_that_there_is_not(
    name: str, word: str, check: Check
) -> None:
    assert check(**{name: word}) == ["chatsite.E016"]


@pytest.mark.parametrize("mode", ["", "Fixed", "rolling"])
def test_a_way_to_count_them_that_there_is_not(mode: str, check: Check) -> None:
    assert check(CONVERSATION_TTL_MODE=mode) == ["chatsite.E015"]


@pytest.mark.parametrize("mode", ["fixed", "sliding"])
def test_how_long_conversations_are_kept(mode: str, check: Check) -> None:
    settings = {"CONVERSATION_TTL_DAYS": 36_500, "CONVERSATION_TTL_MODE": mode}
    assert check(**settings) == []


@pytest.mark.parametrize(("idle", "days"), [(0, 30), (-1, 30), (7, 6), (7, 0), (0, 0)])
def test_sessions_that_end_before_they_begin(
    idle: int, days: int, check: Check
) -> None:
    assert check(SESSION_IDLE_DAYS=idle, SESSION_DAYS=days) == ["chatsite.E011"]
    assert check(SESSION_IDLE_DAYS=1, SESSION_DAYS=1) == []


def test_a_good_secret_key(check: Check) -> None:
    assert check(SECRET_KEY=GOOD_KEY) == []


@pytest.mark.parametrize("key", ["", "nonsense", "A" * 43 + "=", GOOD_KEY])
def test_a_master_key_that_is_none_or_weak(key: str, check: Check) -> None:
    good = Fernet.generate_key().decode()

    assert check(MASTER_KEYS=[good, key, good]) == ["chatsite.E002"]
    assert check(MASTER_KEYS=[good]) == []


@pytest.mark.parametrize("hosts", [[], ["localhost", "127.0.0.1", "[::1]"]])
def test_a_site_beyond_loopback_needs_a_name(hosts: list[str], check: Check) -> None:
    assert check(**REACHABLE | {"ALLOWED_HOSTS": hosts}) == ["chatsite.E003"]


def test_any_name_at_all_is_warned_of(check: Check) -> None:
    assert check(**REACHABLE | {"ALLOWED_HOSTS": ["*"]}) == ["chatsite.W004"]


def test_a_proper_site_beyond_loopback(check: Check) -> None:
    assert check(**REACHABLE) == []


def test_open_sign_up_beyond_loopback(check: Check) -> None:
    assert check(**REACHABLE | {"SIGNUP_OPEN": True}) == ["chatsite.W001"]


def test_plain_cookies_beyond_loopback(check: Check) -> None:
    assert check(**REACHABLE | {"COOKIE_SECURE": False}) == ["chatsite.W002"]


@pytest.mark.parametrize(
    ("issuer", "client"),
    [
        ("https://login.example.org", ""),
        ("", "understory"),
        ("http://login.example.org", "understory"),
        ("login.example.org", "understory"),
        ("https://", "understory"),
        ("https://[", "understory"),
        ("https://login.example.org/?realm=x", "understory"),
    ],
)
def test_a_provider_that_cannot_be_signed_in_with(
    issuer: str, client: str, check: Check
) -> None:
    assert check(OIDC_ISSUER=issuer, OIDC_CLIENT_ID=client) == ["chatsite.E014"]


@pytest.mark.parametrize(
    "issuer", ["https://login.example.org/realms/x", "http://127.0.0.1:9000"]
)
def test_a_provider_that_can(issuer: str, check: Check) -> None:
    assert check(OIDC_ISSUER=issuer, OIDC_CLIENT_ID="understory") == []


def test_a_provider_that_knows_everybody(check: Check) -> None:
    known = {"OIDC_ISSUER": "https://accounts.google.com", "OIDC_CLIENT_ID": "x"}

    assert check(**known) == ["chatsite.W005"]
    assert check(**known, OIDC_SIGNUP=False) == []


def test_an_unknown_api(check: Check) -> None:
    assert check(OPENAI_API="completions") == ["chatsite.E004"]
    assert check(OPENAI_API="chat") == []


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("CONTEXT_TOKENS", 999, 1000),
        ("MODEL_TIMEOUT", 0.0, 0.1),
        ("MODEL_TIMEOUT", -1.0, 60.0),
    ],
)
def test_numbers_that_cannot_work(
    name: str, wrong: float, right: float, check: Check
) -> None:
    assert check(**{name: wrong}) == ["chatsite.E005"]
    assert check(**{name: right}) == []


@pytest.mark.parametrize("name", ["MAX_FILE_MB", "MAX_FILES_MB", "MAX_FILE_PAGES"])
def test_limits_of_files_that_let_nothing_in(name: str, check: Check) -> None:
    assert check(**{name: 0}) == ["chatsite.E009"]
    assert check(**{name: 1}) == []


@pytest.mark.parametrize("name", [each.setting for each in LIMITS.values()])
def test_rates_that_are_none(name: str, check: Check) -> None:
    assert check(**{name: "often"}) == check(**{name: "0"}) == ["chatsite.E012"]
    assert check(**{name: "5/15minute"}) == check(**{name: "off"}) == []


@pytest.mark.parametrize(
    "name", ["RATE_LIVE_TURNS", "RATE_FRAMES", "RATE_SOCKETS", "RATE_NETWORK_SOCKETS"]
)
def test_numbers_at_once_that_let_nobody_in(name: str, check: Check) -> None:
    assert check(**{name: 0}) == ["chatsite.E012"]
    assert check(**{name: 1}) == []


def test_keys_that_others_can_read(check: Check, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "master_key"
    key.touch(mode=0o640)

    assert check(VAR_DIR=tmp_path) == ["chatsite.E006"]
    key.chmod(0o600)
    assert check(VAR_DIR=tmp_path) == []


def test_a_place_that_cannot_be_written_to(
    check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)

    assert check(VAR_DIR=tmp_path) == ["chatsite.E006"]


def test_sqlite_on_a_network_file_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mounts").write_text("server:/ / nfs4 rw 0 0\n")
    monkeypatch.setattr(mounts, "MOUNTS", tmp_path / "mounts")
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/chat.sqlite3"}
    postgres = {"ENGINE": "django.db.backends.postgresql", "NAME": "chat"}
    fake = SimpleNamespace(DATABASES={"default": sqlite, "keys": postgres})
    monkeypatch.setattr(checks, "settings", fake)

    assert [found.id for found in checks.database_files()] == ["chatsite.W003"]


@pytest.mark.parametrize(
    ("index", "engine", "ids"),
    [
        ("scan", "sqlite3", []),
        ("scan", "postgresql", []),
        ("pgvector", "postgresql", []),
        ("pgvector", "sqlite3", ["chatsite.E007"]),
        ("faiss", "postgresql", ["chatsite.E007"]),
    ],
)
def test_the_vector_index_is_one_the_database_has(
    index: str, engine: str, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = {"ENGINE": f"django.db.backends.{engine}"}
    fake = SimpleNamespace(
        DATABASES={"default": database}, VECTOR_INDEX=index, EMBEDDING_MODEL=""
    )
    monkeypatch.setattr(checks, "settings", fake)

    assert [found.id for found in checks.embeddings()] == ids


def test_local_embeddings_need_their_packages(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(EMBEDDING_MODEL="local") == []
    monkeypatch.setattr(checks, "LOCAL_EMBEDDINGS", ("tokenizers", "no_such_module"))
    assert check(EMBEDDING_MODEL="local") == ["chatsite.E008"]
    assert check(EMBEDDING_MODEL="text-embedding-3-small") == []


def manage(*words: str, var: Path, **given: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        env=kept | {"VAR_DIR": str(var)} | given,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_an_error_stops_commands(tmp_path: Path) -> None:
    done = manage(
        "createuser", "--email", "x@example.org", var=tmp_path, OPENAI_API="x"
    )

    assert done.returncode == 1
    assert "chatsite.E004" in done.stderr
    assert "HINT" in done.stderr


def test_a_production_like_site_passes_every_check(tmp_path: Path) -> None:
    done = manage(
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        var=tmp_path,
        HOST="0.0.0.0",
        ALLOWED_HOSTS="chat.example.org",
    )

    assert (done.returncode, done.stderr) == (0, "")

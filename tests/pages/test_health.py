"""Whether the server lives, and whether it can serve: for whoever asks, no detail."""

from __future__ import annotations

import pytest
from django.db import DatabaseError
from django.test import Client

from accounts import keyring
from accounts.models import DataKey, User
from conversations.views import health


def test_it_lives_without_a_database(client: Client) -> None:
    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_it_is_ready_before_there_is_anybody(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_it_is_ready_when_the_keys_open(alice: User, client: Client) -> None:
    assert client.get("/readyz").status_code == 200


def test_keys_that_do_not_open_are_named(alice: User, client: Client) -> None:
    DataKey.objects.update(wrapped=b"damaged")
    keyring.forget(alice.pk)

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"failing: keys")


@pytest.mark.parametrize("name", health.CHECKS)
def test_the_failing_check_is_named_and_nothing_else(
    name: str, db: None, client: Client, monkeypatch
) -> None:
    def fail() -> None:
        raise DatabaseError("password=hunter2 at 10.0.0.7")

    monkeypatch.setitem(health.CHECKS, name, fail)

    response = client.get("/readyz")

    assert (response.status_code, response.content.decode()) == (
        503,
        f"failing: {name}",
    )


def test_migrations_to_come_are_a_reason(db: None, client: Client, monkeypatch) -> None:
    health._is_migrated.cache_clear()
    plan = "django.db.migrations.executor.MigrationExecutor.migration_plan"
    monkeypatch.setattr(plan, lambda self, targets: ["to do"])
    assert client.get("/readyz").content == b"failing: migrations"

    monkeypatch.undo()
    assert client.get("/readyz").content == b"ok"


@pytest.mark.parametrize("there", ["/livez", "/readyz"])
def test_it_is_only_looked_at(there: str, db: None, client: Client) -> None:
    assert client.post(there).status_code == 405
    assert "no-store" in client.get(there)["Cache-Control"]

"""Fixtures for every test: the cast, and both databases."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from conversations.services import catalogue, preferences
from tests import base

# a machine that is busy with other tests is no reason to fail
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences"}


@pytest.hookimpl(tryfirst=True)  # before pytest-django sorts by these marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses one database gets both: a person's key lies in the other."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            options = {"databases": ["default", "keys"]} | (mark.kwargs if mark else {})
            item.add_marker(pytest.mark.django_db(**options), append=False)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Counters of one test (wrong passwords, say) do not count in the next."""
    cache.clear()
    catalogue.forget()
    preferences.forget()


@pytest.fixture
def alice(db: None) -> User:
    return base.make_person("Alice")


@pytest.fixture
def bob(db: None) -> User:
    return base.make_person("Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return base.make_person("Charlie")


@pytest.fixture
def admin_person(db: None) -> User:
    return base.make_person("Ada", admin=True)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    return base.client_of

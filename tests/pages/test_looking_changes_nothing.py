"""Whatever can be clicked that is a link: following it changes no row of any table."""

from __future__ import annotations

import hashlib
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.apps import apps
from django.db import connections, router
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from accounts import facts
from accounts.models import AuditEvent, User
from tests.base import client_of, proven_client_of
from tests.factories import create_conversation, create_reply
from tests.pages.markup import read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
# what somebody took away is recorded; nothing else is, for looking
TAKEN = {"conversations.exported"}
# when a session was last used, and what it holds: the promise is about everything else
SESSIONS = {"django_session", "accounts_device", "usersessions_usersession"}
MOST = 250  # pages


@pytest.fixture
def furnished(alice: User) -> User:
    """With something behind every kind of link."""
    talk = create_conversation(alice, title="Rye bread", messages=4)
    create_reply(talk, "Flour, water, salt.")
    create_conversation(alice, title="Put away", archived_at=talk.created)
    facts.remember(alice.pk, "diet", "Vegetarian")
    return alice


def follow(client: Client) -> set[str]:
    """Every address that pages link to, and those without parameters; all looked at."""
    waiting, seen = [*_plain_addresses()], set()
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code < 500, path
        waiting += [each for each in _links(path, answer) if each not in seen]
    return seen


def _links(path: str, answer: object) -> list[str]:
    if 300 <= answer.status_code < 400:
        found = [answer["Location"]]
    elif answer.get("Content-Type", "").startswith("text/html"):
        page = read(answer)
        found = [each.attrs["href"] for each in page.all("a", href=True)]
        found += [f.attrs.get("action", "") for f in page.all("form", method="get")]
    else:
        list(answer)  # what is sent in parts is made while it is read
        return []
    whole = [
        urlsplit(urldefrag(urljoin(f"http://testserver{path}", to))[0]) for to in found
    ]
    return [
        each.path + (f"?{each.query}" if each.query else "")
        for each in whole
        if each.netloc == "testserver" and not each.path.startswith("/static/")
    ]


def _plain_addresses() -> list[str]:
    found = []
    for name in _names(get_resolver()):
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return found


def _names(resolver: URLResolver, space: str = "") -> list[str]:
    names = []
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern) and each.name:
            names.append(space + each.name)
        elif isinstance(each, URLResolver):
            inner = f"{each.namespace}:" if each.namespace else ""
            names += _names(each, space + inner)
    return names


def state() -> dict[str, tuple[int, str]]:
    """Each table's rows, as they lie in the database."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in SESSIONS or not model._meta.managed:
            continue
        connection = connections[router.db_for_read(model) or "default"]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        found[table] = (len(rows), digest)
    return found


def changed(before: dict[str, tuple[int, str]]) -> dict[str, object]:
    after = state()
    return {t: (before[t], after[t]) for t in after if after[t] != before[t]}


def test_by_a_stranger(furnished: User, client: Client) -> None:
    before = state()

    assert {"/accounts/login/", "/"} <= follow(client)
    assert changed(before) == {}


def test_by_a_person(furnished: User) -> None:
    client = proven_client_of(furnished)
    before, events = state(), AuditEvent.objects.count()

    seen = follow(client)

    assert len(seen) > 40
    assert any("/export.json" in path for path in seen)
    assert any("/receipt/" in path for path in seen)
    assert set(changed(before)) <= {"accounts_auditevent"}
    recorded = set(AuditEvent.objects.values_list("action", flat=True)[events:])
    assert recorded <= TAKEN


def test_by_an_administrator(furnished: User, admin_person: User) -> None:
    client = client_of(admin_person)
    before = state()

    seen = follow(client)

    assert any(path.startswith("/admin/") and "/change/" in path for path in seen)
    assert changed(before) == {}


def test_a_change_would_be_seen(furnished: User) -> None:
    before = state()
    client_of(furnished).post("/settings/theme/", {"theme": "dark"})

    assert set(changed(before)) == {"accounts_user"}

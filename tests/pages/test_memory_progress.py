"""What is still being made of a person's memory, on the page about it."""

from __future__ import annotations

import pytest

from conversations.services import indexing
from conversations.services.memory_progress import making
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_an_older_version_left_is_shown_until_it_is_indexed(
    alice, bob, client, monkeypatch
):
    monkeypatch.setattr(indexing, "BATCH", 1)
    factories.create_conversation(alice, messages=3)
    client.force_login(alice)
    missing = indexing.Missing(alice.id)
    missing.index_some()
    text = client.get("/settings/facts/").content.decode()
    assert "Indexing what was said before: 1 of 4" in text
    assert '<progress id="making-1" max="100" value="25">25 %</progress>' in text
    while missing.index_some():
        pass
    assert "Indexing" not in client.get("/settings/facts/").content.decode()
    assert making(alice.id) == making(bob.id) == []

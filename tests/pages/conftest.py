"""What pages are tested with: browsers of the cast, and a talk of Alice's."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from tests.base import client_of, make_person
from tests.factories import create_conversation, create_message
from tests.pages.glass import MARKER


@pytest.fixture
def hers(alice: User) -> Client:
    """Alice's browser."""
    return client_of(alice)


@pytest.fixture
def talk(alice: User) -> Conversation:
    return create_conversation(alice, title="Rye bread", messages=2)


@pytest.fixture
def paula(db: None) -> User:
    """She looks after people's data."""
    person = make_person("Paula")
    person.role = User.Role.PRIVACY
    person.save(update_fields=["role"])
    return person


@pytest.fixture
def secret(alice: User) -> Conversation:
    talk = create_conversation(alice, title="A secret title", messages=2)
    create_message(talk, MARKER)
    return talk

"""What pages are tested with: browsers of the cast, and a talk of Alice's."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from tests.base import client_of
from tests.factories import create_conversation


@pytest.fixture
def hers(alice: User) -> Client:
    """Alice's browser."""
    return client_of(alice)


@pytest.fixture
def talk(alice: User) -> Conversation:
    return create_conversation(alice, title="Rye bread", messages=2)

"""The cast. Names say what someone may see:

Alice owns what a test is about. Bob is a colleague of hers, Charlie a stranger; neither
must get at it. Ada administers the site, and still must not read what Alice wrote.
"""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from accounts.services.people import create_person

PASSWORD = "the tide is out at noon"
TOO_SHORT = "This password is too short. It must contain at least 10 characters."


def make_person(name: str, *, admin: bool = False) -> User:
    return create_person(
        email=f"{name.lower()}@example.org", password=PASSWORD, name=name, admin=admin
    )


def client_of(person: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(person)
    return client


def proven_client_of(person: User) -> Client:
    """A browser in which this person has just typed their password again."""
    client = client_of(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client

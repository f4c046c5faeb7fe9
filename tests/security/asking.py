"""Requests of which nothing stays, and the names of all that a form may hold."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.apps import apps
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from accounts.models import User
from conversations.models import IndexEntry

ROOT = Path(__file__).parents[2]
PACKAGES = ("accounts", "chatsite", "conversations")
FORM = "application/x-www-form-urlencoded"
GIVEN = ("GET", "POST", "FILES", "posted", "data")


def browser(person: User | None, *, careful: bool = False) -> Client:
    """``careful``: a form must have come from our own page."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=careful)
    if person is not None:
        client.force_login(person)
    return client


@contextmanager
def undone(client: Client | None = None) -> Iterator[None]:
    """What happens in here has not happened afterwards; who was signed out is not."""
    kept = copy.deepcopy(client.cookies) if client else None
    with transaction.atomic(), transaction.atomic(using="keys"):
        yield
        if client:
            client.cookies = kept
        transaction.set_rollback(True)
        transaction.set_rollback(True, using="keys")


def read(response: HttpResponse) -> bytes:
    """The whole body, also of what is sent piece by piece."""
    if response.streaming:
        return b"".join(response.streaming_content)
    return response.content


def field_names() -> list[str]:
    """Of every form there is, and whatever else a view takes out of a request."""
    get_resolver().url_patterns  # noqa: B018 - this imports every form
    names = {name for form in _forms(forms.BaseForm) for name in form.base_fields}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            names |= set(_taken(ast.parse(path.read_text())))
    return sorted(names)


def _forms(above: type) -> Iterator[Any]:
    for form in above.__subclasses__():
        if hasattr(form, "base_fields"):
            yield form
        yield from _forms(form)


def _taken(tree: ast.AST) -> Iterator[str]:
    """Of ``POST["x"]``, ``GET.get("x")`` and ``"x" in POST`` of a request."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            source, name = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            source = node.func.value
            name = node.args[0] if node.args else None
        elif isinstance(node, ast.Compare):
            source, name = node.comparators[0], node.left
        else:
            continue
        given = isinstance(source, ast.Attribute) and source.attr in GIVEN
        if given and isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value


def rows_about(ids: Iterable[UUID]) -> list[str]:
    """Every row that one of the ids is in, whoever's it is. What people wrote does not
    count: it may say anything; neither does the index, which is written behind.
    """
    wanted = set(ids)
    return sorted(
        f"{model._meta.label} {sorted(row.items(), key=str)}"
        for model in apps.get_models()
        if model is not IndexEntry
        for row in model._default_manager.values()
        if any(isinstance(each, UUID) and each in wanted for each in row.values())
    )

"""Whatever leads to a person is in the registry; and it finds what is theirs."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Field, Model
from django.test.utils import CaptureQueriesContext

from accounts import personal_data
from accounts.models import User
from accounts.personal_data import Kind, kinds, register
from conversations.models import Conversation
from tests.personal import ABSENT, fill

pytestmark = [pytest.mark.database, pytest.mark.django_db]
IDS = ("owner_id", "user_id", "person_id", "person_id_was")
# columns that lead to a person who is not the one that the row is about
OTHERS = {"accounts.DataRequest.person"}  # the same as person_id_was, while they live


# a conversation and its last message point at each other
MUTUAL = ("conversations.Conversation", "conversations.Message")


def _to(model: type[Model]) -> set[type[Model]]:
    """The models that a model's own columns point at."""
    pointed = (field.related_model for field in model._meta.concrete_fields)
    return {each for each in pointed if each and each is not model}


def _personal() -> set[str]:
    """Every model with a way to a person, or with somebody's id."""
    models = set(apps.get_models(include_auto_created=True))
    found = {User} | {m for m in models if _columns(m) & set(IDS)}
    while more := {m for m in models - found if _to(m) & found}:
        found |= more
    return {model._meta.label for model in found}


def _columns(model: type[Model]) -> set[str]:
    return {field.attname for field in model._meta.concrete_fields}


def _links(model: type[Model]) -> set[str]:
    """Its own columns that name a person."""
    fields: list[Field] = list(model._meta.concrete_fields)
    return {f.attname for f in fields if f.related_model is User or f.attname in IDS}


REGISTERED = [(kind, rows) for kind in kinds() for rows in kind.rows]


def test_every_model_that_leads_to_a_person_is_in_the_registry() -> None:
    registered = {rows.model for _, rows in REGISTERED}

    # known by a pseudonym only, which is no column that points anywhere
    assert registered == _personal() | {"accounts.AuditEvent"}


@pytest.mark.parametrize("label", sorted(_personal()))
def test_each_of_its_columns_that_names_a_person_is_looked_at(label: str) -> None:
    model = apps.get_model(label)
    lookups = [
        rows.person
        for _, rows in REGISTERED
        if rows.model == label and isinstance(rows.person, str)
    ]
    links = {
        link
        for link in _links(model)
        if f"{label}.{link.removesuffix('_id')}" not in OTHERS
    }

    # through what it belongs to, or by the column itself; each way once
    assert len(lookups) == len(set(lookups))
    for link in links:
        through = any("__" in lookup for lookup in lookups)
        assert link in lookups or through or label == "admin.LogEntry", link


def test_a_kind_is_exported_or_told_inside_another_or_has_a_reason() -> None:
    by_name = {kind.name: kind for kind in kinds()}
    for kind in kinds():
        assert bool(kind.export) + bool(kind.inside) + bool(kind.why_not) == 1
        assert not kind.inside or by_name[kind.inside].export
        assert kind.purpose

    with pytest.raises(ValueError, match="^this is exported"):
        register(Kind("this", (), "Nothing"))


def test_what_points_at_other_rows_is_erased_before_them() -> None:
    order = [rows.model for kind, rows in REGISTERED if not kind.kept]

    for model in order:
        own = apps.get_model(model)
        for pointed in {each._meta.label for each in _to(own)} & set(order):
            if (model, pointed) == MUTUAL:
                continue
            assert order.index(model) < order.index(pointed), (model, pointed)


def test_rows_that_are_kept_say_which_column_still_points_at_the_person() -> None:
    for kind, rows in REGISTERED:
        if not kind.kept:
            continue
        pointing = {
            field.name
            for field in rows.model_class._meta.concrete_fields
            if field.related_model is User and field.attname != "owner_id"
        }
        assert {rows.unlink} - {""} == pointing, kind.name


def test_a_kind_finds_a_persons_rows_and_nobody_elses(alice: User, bob: User) -> None:
    fill(bob)
    before = personal_data.counts(bob.pk)
    fill(alice, reads=Conversation.objects.filter(owner=bob).first())

    for kind, rows in REGISTERED:
        his, hers = rows.of(bob.pk), rows.of(alice.pk)
        shared = set(his.values_list("pk")) & set(hers.values_list("pk"))
        assert not shared, kind.name
    hers = personal_data.counts(alice.pk)
    assert {name for name, rows in hers.items() if not rows} == ABSENT
    after = personal_data.counts(bob.pk)
    assert after == before | {"readings": before["readings"] + 1}


def test_the_way_through_a_conversation_finds_all_that_names_its_owner(
    alice: User, bob: User
) -> None:
    fill(alice)
    fill(bob)

    for _, rows in REGISTERED:
        if "owner_id" in _columns(rows.model_class) and rows.person != "reader_id":
            named = rows.model_class._default_manager.filter(owner_id=alice.pk)
            found = set(rows.of(alice.pk).values_list("pk", flat=True))
            assert found == set(named.values_list("pk", flat=True)), rows.model


def test_counting_asks_as_much_of_a_person_with_much(alice: User, bob: User) -> None:
    fill(alice)
    asked = []
    for person in (alice, bob):
        personal_data.counts(person.pk)  # content types are remembered
        with CaptureQueriesContext(connection) as queries:
            personal_data.counts(person.pk)
        asked.append(len(queries))

    assert 0 < asked[0] <= len(REGISTERED) + 1
    assert asked[1] <= asked[0]

"""A person's originals in the database: one number a value, for good."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts import keyring
from accounts.models import DataKey
from chatsite.lib.crypto import CannotOpen
from conversations.core.redaction import Type
from conversations.models import Placeholder
from conversations.services import originals
from conversations.services.originals import BLOCK, PersonsVault, saw

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MAIL = (Type.EMAIL, "ann@example.com")
OTHER = (Type.EMAIL, "bob@example.com")
PHONE = (Type.PHONE, "+49 151 23456789")


def put(person, *values):
    return PersonsVault(person.id).put_all(values)


def get(person, kind, number):
    return PersonsVault(person.id).get(kind, number)


def rows(person):
    found = Placeholder.objects.filter(owner_id=person.id).order_by("kind", "number")
    return [(row.kind, row.number, row.original) for row in found]


def test_values_are_numbered_by_kind_and_keep_their_numbers(alice):
    assert put(alice, MAIL, PHONE, OTHER, MAIL) == [1, 1, 2, 1]
    originals.forget()
    assert put(alice, OTHER, MAIL) == [2, 1]
    assert rows(alice) == [
        ("EMAIL", 1, MAIL[1]),
        ("EMAIL", 2, OTHER[1]),
        ("PHONE", 1, PHONE[1]),
    ]
    assert [get(alice, *name) for name in [(Type.EMAIL, 2), (Type.PHONE, 1)]] == [
        OTHER[1],
        PHONE[1],
    ]


def test_each_person_has_numbers_and_values_of_their_own(alice, bob):
    put(alice, MAIL, OTHER)
    assert put(bob, OTHER) == [1]
    assert get(bob, Type.EMAIL, 1) == OTHER[1]
    assert get(bob, Type.EMAIL, 2) is None
    hashes = Placeholder.objects.filter(number=1, kind="EMAIL")
    assert len({row.original_hash for row in hashes}) == 2
    put(bob, MAIL)
    same = set(Placeholder.objects.values_list("original_hash", flat=True))
    assert len(same) == 4  # nobody sees that two people know the same address


def test_what_is_stored_tells_nothing_without_the_key(alice):
    put(alice, MAIL)
    (row,) = Placeholder.objects.values_list("original", "original_hash", "kind")
    assert MAIL[1].encode() not in bytes(row[0])
    assert len(row[1]) == 64
    DataKey.objects.filter(user_id=alice.id).delete()
    keyring.forget(alice.id)
    originals.forget()
    assert get(alice, Type.EMAIL, 1) is None
    with pytest.raises(CannotOpen):
        put(alice, OTHER)


def test_masked_values_are_only_known_to_have_been_seen(alice):
    saw(alice.id, [MAIL, PHONE, MAIL])
    saw(alice.id, [MAIL])
    assert rows(alice) == [("EMAIL", None, ""), ("PHONE", None, "")]
    assert put(alice, OTHER, MAIL) == [1, 2]  # the policy changed
    assert rows(alice)[:2] == [("EMAIL", 1, OTHER[1]), ("EMAIL", 2, MAIL[1])]
    saw(alice.id, [MAIL])  # and changed back
    assert get(alice, Type.EMAIL, 2) == MAIL[1]


def test_a_number_that_is_rolled_back_is_forgotten(alice):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert put(alice, MAIL) == [1]
        raise ZeroDivisionError
    assert put(alice, OTHER, MAIL) == [1, 2]
    assert get(alice, Type.EMAIL, 1) == OTHER[1]


def test_thousands_of_values_cost_a_few_queries(alice):
    many = [(Type.EMAIL, f"person{n}@example.com") for n in range(3_000)]
    with CaptureQueriesContext(
        connection,
    ) as first:
        assert put(alice, *many) == list(range(1, 3_001))
    assert len(first) <= 60
    originals.forget()
    vault = PersonsVault(alice.id)
    with CaptureQueriesContext(connection) as again:
        vault.read([(Type.EMAIL, number) for number in (1, 2, BLOCK, BLOCK + 1)])
        assert vault.get(Type.EMAIL, BLOCK + 1) == f"person{BLOCK}@example.com"
        assert vault.get(Type.EMAIL, 7) == "person6@example.com"
    assert len(again) == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_read_once_costs_no_query_again(alice):
    put(alice, MAIL, PHONE)
    originals.forget()
    keyring.data_key(alice.id)
    with CaptureQueriesContext(connection) as read:
        assert PersonsVault(alice.id).restored("[EMAIL_1] [PHONE_1]").startswith("ann@")
    with CaptureQueriesContext(connection) as again:
        assert get(alice, Type.PHONE, 1) == PHONE[1]
        assert put(alice, PHONE, MAIL) == [1, 1]
        assert PersonsVault(alice.id).placed(f"to {MAIL[1]}") == "to [EMAIL_1]"
    assert (len(read), len(again)) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_two_that_put_at_once_agree(alice):
    """Also where each has its own transaction, and new values of its own."""
    keyring.data_key(alice.id)
    at_once, numbers, problems = threading.Barrier(4), {}, []

    def work(name):
        values = [MAIL, (Type.EMAIL, f"{name}@example.com"), OTHER, PHONE]
        try:
            at_once.wait()
            numbers[name] = put(alice, *values)
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(f"p{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    shared = {(found[0], found[2], found[3]) for found in numbers.values()}
    assert len(shared) == 1
    mails = Placeholder.objects.filter(owner_id=alice.id, kind="EMAIL")
    assert sorted(mails.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_restored_value_is_known_from_then_on(alice):
    put(alice, PHONE)
    originals.forget()
    vault = PersonsVault(alice.id)
    assert len(vault.known) == 0
    assert vault.restored("Call [PHONE_1]") == f"Call {PHONE[1]}"
    assert vault.placed(f"({PHONE[1]})") == "([PHONE_1])"


def test_forgetting_a_person_leaves_the_others(alice, bob):
    put(alice, MAIL)
    put(bob, PHONE)
    originals.forget(alice.id)
    assert len(PersonsVault(alice.id).known) == 0
    assert len(PersonsVault(bob.id).known) == 1


def test_only_so_many_people_are_kept_in_memory(alice, monkeypatch):
    monkeypatch.setattr(originals, "PEOPLE", 2)
    put(alice, MAIL)
    for _ in range(3):
        PersonsVault(uuid.uuid4())
    assert len(PersonsVault(alice.id).known) == 0

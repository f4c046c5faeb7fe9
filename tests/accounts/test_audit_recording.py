"""One way to write the audit log, and none to change it."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from accounts.audit import asked_by, record
from accounts.audit.actions import UnknownAction
from accounts.audit.details import NotADetail
from accounts.audit.verifying import verify
from accounts.models import AuditEvent, Pseudonym, User

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DONE = "conversations.exported"
TABLE = "accounts_auditevent"


def numbers() -> list[int]:
    return list(AuditEvent.objects.values_list("seq", flat=True))


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_event_has_a_number_a_time_and_what_it_is_about(alice: User) -> None:
    before = numbers()
    some = uuid.uuid4()

    record(DONE, actor=alice, subject=("conversations.conversation", str(some)), n=3)

    event = AuditEvent.objects.last()
    assert numbers() == [*before, len(before) + 1]
    assert event.action == DONE
    assert event.actor == Pseudonym.objects.get(user=alice).id != alice.id
    assert event.subject_kind == "conversations.conversation"
    assert (event.subject_id, event.details) == (str(some), {"n": 3})
    assert (event.ip, event.request_id) == ("", None)


def test_each_holds_the_hash_of_the_one_before() -> None:
    first, second = record(DONE), record(DONE)

    assert first.prev == "0" * 64
    assert second.prev == first.hash
    assert verify().findings == []


def test_a_person_is_told_by_their_pseudonym_alone(alice: User) -> None:
    record(DONE, actor=alice.id, subject=alice)

    event = AuditEvent.objects.last()
    assert event.subject_id == str(event.actor)
    assert str(alice.id) not in str(AuditEvent.objects.values_list())
    assert "alice" not in str(list(AuditEvent.objects.values())).lower()


def test_when_a_person_goes_their_events_stay_and_name_nobody(alice: User) -> None:
    record(DONE, actor=alice)
    known = AuditEvent.objects.last().actor

    alice.delete()

    assert AuditEvent.objects.last().actor == known
    assert not Pseudonym.objects.filter(id=known).exists()
    assert verify().findings == []


def test_nobody_has_no_pseudonym(rf: RequestFactory) -> None:
    assert record(DONE).actor is None


def test_a_name_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(UnknownAction):
        record("accounts.danced")
    assert numbers() == []


@pytest.mark.parametrize(
    "value",
    [
        "two words",
        "alice@example.org",
        "Größe",
        "x" * 65,
        1.5,
        {"a": 1},
        ["fine", "not fine"],
        [["a"]],
        list(range(51)),
        2**60,
        b"x",
    ],
)
def test_what_could_be_content_is_no_detail(value: Any) -> None:
    with pytest.raises(NotADetail) as refused:
        record(DONE, what=value)
    assert "fine" not in str(refused.value).replace("not fine", "")
    assert "alice" not in str(refused.value)
    assert numbers() == []


def test_ids_numbers_and_names_are_details() -> None:
    some = uuid.uuid4()
    record(DONE, id=some, n=-3, on=True, none=None, fields=["is_staff", "gpt-5.4"])

    assert AuditEvent.objects.get().details == {
        "id": str(some),
        "n": -3,
        "on": True,
        "none": None,
        "fields": ["is_staff", "gpt-5.4"],
    }


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_of_an_address_the_network_is_kept(
    address: str, kept: str, rf: RequestFactory
) -> None:
    request = rf.get("/", REMOTE_ADDR=address)

    with asked_by(request):
        first, second = record(DONE), record(DONE)

    assert first.ip == second.ip == kept
    assert first.request_id == second.request_id is not None
    assert record(DONE).request_id is None


def test_an_act_that_fails_leaves_no_event(alice: User) -> None:
    before = numbers()
    with pytest.raises(RuntimeError), transaction.atomic():
        record(DONE, actor=alice)
        raise RuntimeError

    assert numbers() == before
    assert record(DONE).seq == len(before) + 1


def test_writing_takes_three_queries(alice: User, django_assert_num_queries) -> None:
    record(DONE, actor=alice)
    lock = connection.vendor == "postgresql"

    with transaction.atomic(), django_assert_num_queries(3 + lock):
        record(DONE, actor=alice)


@pytest.mark.parametrize("which", [1, 2, 3])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {t} SET action = 'x' WHERE seq = {n}",
        "UPDATE {t} SET seq = 9 WHERE seq = {n}",
        "DELETE FROM {t} WHERE seq = {n}",
        "DELETE FROM {t}",
        "INSERT INTO {t} SELECT * FROM {t} WHERE seq = {n}",
    ],
)
def test_the_database_refuses_to_change_it(sql: str, which: int) -> None:
    for _ in range(3):
        record(DONE)
    before = list(AuditEvent.objects.values())

    with pytest.raises(DatabaseError, match="only grows"):
        run(sql.format(t=TABLE, n=which))

    assert list(AuditEvent.objects.values()) == before


@pytest.mark.parametrize("way", ["INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"])
@pytest.mark.parametrize("which", [1, 2, 3])
def test_sqlite_replaces_nothing(way: str, which: int) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no such words")
    for _ in range(3):
        record(DONE)

    with pytest.raises(DatabaseError, match="only grows"):
        run(f"{way} INTO {TABLE} SELECT * FROM {TABLE} WHERE seq = {which}")

    assert verify().findings == []


def test_postgres_empties_nothing() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    record(DONE)

    with pytest.raises(DatabaseError, match="only grows"):
        run(f"TRUNCATE {TABLE}")


@pytest.mark.parametrize("seq", [0, 1, 3, 7])
def test_a_number_that_is_not_the_next_is_refused(seq: int) -> None:
    event = record(DONE)
    event.seq = seq

    with pytest.raises(DatabaseError), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_make_one_chain(alice: User) -> None:
    before = AuditEvent.objects.count()
    start, failed = threading.Barrier(8), []

    def write() -> None:
        try:
            start.wait()
            for _ in range(50):
                record(DONE, actor=alice.id)
        except Exception as problem:
            failed.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert numbers() == list(range(1, before + 401))
    assert verify().findings == []

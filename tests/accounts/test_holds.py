"""Legal holds: placed, lifted, recorded; and what they keep here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import facts, holds
from accounts.audit.recording import pseudonym
from accounts.data_requests import OnHold, ask
from accounts.models import AuditEvent, DataRequest, Fact, LegalHold

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=f"accounts.{action}"))


def test_a_hold_is_on_one_person_until_it_is_lifted(alice, bob, admin_person):
    hold = holds.place(alice, "case-7", by=admin_person)

    assert (holds.is_held(alice.pk), holds.is_held(bob.pk)) == (True, False)
    assert list(holds.held_people()) == [alice.pk]
    assert hold.placed_by == pseudonym(admin_person.pk)

    assert holds.lift(hold.id, by=admin_person)
    assert not holds.is_held(alice.pk)
    assert list(holds.held_people()) == []


def test_placing_and_lifting_are_recorded_once_each(alice, admin_person):
    hold = holds.place(alice, "case 7, Odda", by=admin_person)
    holds.lift(hold.id, by=admin_person)
    assert not holds.lift(hold.id, by=admin_person)

    for action in ("hold_placed", "hold_lifted"):
        (event,) = events(action)
        assert event.actor == pseudonym(admin_person.pk)
        assert event.subject_id == str(pseudonym(alice.pk))
        assert event.details == {"hold": str(hold.id)}  # not what it is called


def test_a_case_has_one_hold_on_a_person_at_a_time(alice, bob):
    first = holds.place(alice, "case-7", by=None)
    with pytest.raises(holds.HoldExists):
        holds.place(alice, "case-7", by=None)
    assert len(events("hold_placed")) == 1

    holds.place(bob, "case-7", by=None)
    holds.place(alice, "case-8", by=None)
    holds.lift(first.id, by=None)
    again = holds.place(alice, "case-7", by=None)

    assert again.id != first.id
    assert LegalHold.objects.count() == 4


def test_who_has_two_holds_is_held_until_the_last_is_lifted(alice):
    first, second = (holds.place(alice, name, by=None) for name in ("a", "b"))

    holds.lift(first.id, by=None)
    assert holds.is_held(alice.pk)

    holds.lift(second.id, by=None)
    assert not holds.is_held(alice.pk)


def test_nobody_on_hold_can_be_erased(alice):
    hold = holds.place(alice, "case-7", by=None)

    with pytest.raises(OnHold):
        ask(DataRequest.Kind.ERASE, alice, by=alice, origin="person")
    assert not DataRequest.objects.exists()

    holds.lift(hold.id, by=None)
    ask(DataRequest.Kind.ERASE, alice, by=alice, origin="person")
    assert DataRequest.objects.get().person == alice


def test_a_fact_that_was_forgotten_is_kept_by_a_hold(alice, bob):
    for person in (alice, bob):
        facts.remember(person.pk, "harbour", "Odda")
    Fact.objects.update(ended=timezone.now() - timedelta(days=3))
    hold = holds.place(alice, "case-7", by=None)

    assert facts.purge() == 1
    assert [fact.owner_id for fact in Fact.objects.all()] == [alice.pk]

    holds.lift(hold.id, by=None)
    assert facts.purge() == 1

"""A person is erased: all that is theirs, nothing of others', and it can be proven."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from accounts import data_requests, keyring, personal_data
from accounts.audit.recording import pseudonym
from accounts.erasure import certificates, erasable, steps
from accounts.models import (
    AuditEvent,
    DataKey,
    DataRequest,
    Device,
    ErasedPerson,
    Pseudonym,
    User,
)
from chatsite.lib.crypto import CannotOpen
from conversations import forgetting
from conversations.index.vector_memory import Held, memory
from conversations.models import Message, Turn
from tests import personal
from tests.audit_log import findings
from tests.base import client_of, make_person
from tests.erasure.watching import (
    ask,
    carry_out,
    database_files,
    forms_of,
    found_in,
    left_alone,
    rows_of_everybody,
)
from tests.factories import create_conversation, create_message, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SQLITE = connection.vendor == "sqlite"


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


def certificate_of(person: User) -> dict[str, Any]:
    return carry_out(ask(person)).certificate


def test_nothing_of_a_person_is_left_and_nothing_of_others_is_touched(
    bob: User,
) -> None:
    personal.fill(bob)
    talk = create_conversation(bob, title="Bob's own")
    others = rows_of_everybody()
    alice = make_person("Alice")
    kept = Message.objects.filter(conversation__owner=bob).first().body
    marks = personal.fill(alice, reads=talk)
    known = personal_data.counts(alice.id)

    certificate = certificate_of(alice)

    assert {name for name, count in known.items() if not count} == personal.ABSENT
    after = personal_data.counts(alice.id)
    assert {name for name, count in after.items() if count} == {"erasure_list"}
    assert certificate["remains"] == {}
    now = rows_of_everybody()
    assert not others - now
    # what a reader did with somebody's conversation stays, without the reader
    assert [row.split()[0] for row in now - others] == ["conversations_breakglass"]
    assert Message.objects.filter(conversation__owner=bob).first().body == kept
    if SQLITE:
        words = [each for each in marks.all if not each.endswith("-read")]
        told = [*words, alice.email, *forms_of(alice.id)]
        assert found_in(database_files("default"), told) == []
        assert found_in(database_files("keys"), [*words, alice.email]) == []


def test_it_would_be_seen_if_something_were_left(alice: User) -> None:
    """A search that finds nothing means something only if it finds what is there."""
    if not SQLITE:
        pytest.skip("a server's files are its own")
    marks = personal.fill(alice)

    told = [marks.seed, alice.email, *forms_of(alice.id)[:1]]

    found = found_in(database_files("default"), told)
    assert {each.split(" in ")[0] for each in found} == {
        repr(word.encode() if isinstance(word, str) else word) for word in told
    }


def test_the_key_is_destroyed_and_the_id_put_on_the_list(alice: User) -> None:
    stored = bytes(DataKey.objects.get(user_id=alice.id).wrapped)
    told = keyring.fingerprint(stored)
    request = ask(alice)

    certificate = carry_out(request).certificate

    with pytest.raises(CannotOpen):
        keyring.data_key(alice.id)
    listed = ErasedPerson.objects.get(user_id=alice.id)
    assert (listed.request_id, listed.pseudonym) == (request.id, request.pseudonym)
    assert certificate["key"] == {"destroyed": True, "fingerprint": told}
    if SQLITE:
        assert found_in(database_files("keys"), [stored]) == []


def test_the_audit_log_keeps_pseudonyms_and_verifies(alice: User, bob: User) -> None:
    me = pseudonym(alice.id)
    request = ask(alice)

    carry_out(request)

    assert findings(signed=False) == []
    assert not Pseudonym.objects.filter(user_id=alice.id).exists()
    acts = AuditEvent.objects.filter(subject_id=str(me)).order_by("seq")
    assert [event.action for event in acts][-3:] == [
        "accounts.erasure_asked",
        "accounts.erasure_began",
        "accounts.erased",
    ]
    assert acts.last().details["data_request"] == str(request.id)
    told = repr(list(AuditEvent.objects.values()))
    assert alice.email not in told and str(alice.id) not in told


def test_the_requests_that_stay_name_a_pseudonym_only(alice: User) -> None:
    other = personal.finished_request(alice)
    waiting = data_requests.ask(
        DataRequest.Kind.EXPORT, alice, by=alice, origin=DataRequest.Origin.PERSON
    )

    request = carry_out(ask(alice))

    assert request.status == DataRequest.Status.DONE
    assert request.notes == {}
    for each in DataRequest.objects.all():
        assert (each.person_id, each.person_id_was) == (None, None)
        assert each.pseudonym == request.pseudonym
    other.refresh_from_db()
    waiting.refresh_from_db()
    assert other.status == DataRequest.Status.DONE
    assert waiting.status == DataRequest.Status.CANCELLED


def test_the_person_can_do_nothing_from_the_first_moment_on(alice: User) -> None:
    browser = client_of(alice)
    assert browser.get("/settings/").status_code == 200

    carry_out(ask(alice), pieces=1)

    person = User.objects.get(pk=alice.pk)
    assert not person.is_active and not person.has_usable_password()
    assert browser.get("/settings/").status_code == 302


def test_devices_are_signed_out_and_replies_are_told_to_stop(alice: User) -> None:
    client_of(alice)
    talk = create_conversation(alice)
    create_message(talk)
    running = create_reply(
        talk,
        "",
        status=Turn.Status.RUNNING,
        heartbeat=timezone.now() + timedelta(hours=1),
    )
    other = create_conversation(alice)
    create_message(other)
    waiting = create_reply(other, "", status=Turn.Status.QUEUED)
    request = ask(alice)

    carry_out(request, pieces=5)

    request.refresh_from_db()
    running.refresh_from_db()
    waiting.refresh_from_db()
    assert request.step == "ending"  # a runner that lives is waited for
    assert running.stop_requested is not None
    assert waiting.status == Turn.Status.STOPPED
    assert not Device.objects.filter(person=alice).exists()

    later = timezone.now() - forgetting.ALIVE  # its heart has stopped
    Turn.objects.filter(id=running.id).update(heartbeat=later)
    left_alone(request)
    assert carry_out(request).certificate["remains"] == {}


def test_who_lives_and_does_not_stop_is_not_waited_for_for_ever(alice: User) -> None:
    talk = create_conversation(alice)
    create_message(talk)
    turn = create_reply(talk, "", status=Turn.Status.RUNNING)
    Turn.objects.filter(id=turn.id).update(
        heartbeat=timezone.now() + timedelta(hours=1),
        stop_requested=timezone.now() - forgetting.PATIENCE,
    )

    assert certificate_of(alice)["remains"] == {}


# --- others
def test_caches_of_this_process_are_emptied(alice: User, bob: User) -> None:
    for person in (alice, bob):
        held = Held(np.array([1]), np.zeros(1), float("inf"))
        memory.put((person.id, "m", 3), held)
        keyring.data_key(person.id)

    carry_out(ask(alice))

    assert memory.get((alice.id, "m", 3)) is None
    assert memory.get((bob.id, "m", 3)) is not None
    assert keyring._memory.get(alice.id) is None
    assert keyring._memory.get(bob.id) is not None


def test_other_processes_let_go_of_who_was_erased_lately(alice: User) -> None:
    key = keyring.data_key(alice.id)
    carry_out(ask(alice))
    keyring._memory.put(alice.id, key)  # as in another process

    forgetting.forget_erased()

    with pytest.raises(CannotOpen):
        keyring.data_key(alice.id)


def test_the_steps_are_those_of_the_registry(db: None) -> None:
    """A kind that somebody adds is erased without another line of code."""
    names = list(steps._steps())
    kinds = [kind.name for kind in erasable() if steps._early(kind)]
    assert names[2 : 2 + len(kinds)] == kinds
    late = {kind.name for kind in erasable()} - set(kinds)
    assert late == {"account", "pseudonym", "key"}
    assert certificates.KIND == "erasure"

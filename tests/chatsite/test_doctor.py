"""What the doctor finds, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import keyring
from accounts.audit import record
from accounts.models import DataKey, DataRequest, User
from chatsite.doctor import LOOKS, State, examine, rounds
from chatsite.doctor.findings import Finding, fine
from conversations.models import IndexEntry, Message, Turn
from tests.audit_log import without_triggers
from tests.base import make_person
from tests.factories import create_conversation, create_message, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BEFORE = timedelta(hours=2)


def found(look: str) -> list[Finding]:
    return list(LOOKS[look]())


def worst(look: str) -> Finding:
    return max(found(look), key=lambda each: each.state)


@pytest.fixture
def ada() -> User:
    return make_person("Ada", admin=True)


def test_a_site_in_order_is_fine(ada: User, alice: User) -> None:
    talk = create_conversation(alice, messages=4)
    record("conversations.exported", actor=alice, subject=talk)
    call_command("reindex", stdout=StringIO())

    told = [(name, finding) for name, finding in examine()]

    assert {name for name, _ in told} == set(LOOKS)
    assert [name for name, finding in told if finding.state] == ["Model"], told


def test_it_says_that_the_demo_model_is_none() -> None:
    assert worst("Model").state is State.ODD


def test_people_without_a_key(ada: User, alice: User) -> None:
    DataKey.objects.filter(user_id=alice.id).delete()
    keyring.forget(alice.id)

    assert worst("Data keys").state is State.BAD
    assert "1 person have no data key" in worst("Data keys").said


def test_a_master_key_that_was_lost(alice: User, settings: Any) -> None:
    settings.MASTER_KEYS = [Fernet.generate_key().decode()]
    keyring._master_ring.cache_clear()
    try:
        assert worst("Data keys").state is State.BAD
    finally:
        keyring._master_ring.cache_clear()


def test_text_that_does_not_open(alice: User) -> None:
    message = create_message(create_conversation(alice), "said in confidence")
    Message.objects.filter(id=message.id).update(owner_id=alice.id, body=b"\x01broken")

    finding = worst("Sealed text")

    assert finding.state is State.BAD
    assert "confidence" not in finding.said


def test_what_cannot_be_found_yet(alice: User) -> None:
    create_conversation(alice, messages=2)
    IndexEntry.objects.all().delete()

    assert worst("Search index").state is State.ODD


@pytest.mark.parametrize(
    ("status", "field", "ago", "state"),
    [
        (Turn.Status.RUNNING, "heartbeat", timedelta(), State.FINE),
        (Turn.Status.RUNNING, "heartbeat", BEFORE, State.ODD),
        (Turn.Status.QUEUED, "created", BEFORE, State.ODD),
    ],
)
def test_replies_that_nobody_writes(
    alice: User, status: Turn.Status, field: str, ago: timedelta, state: State
) -> None:
    create_reply(
        create_conversation(alice),
        "",
        status=status,
        **{field: timezone.now() - ago},
    )

    assert worst("Replies").state is state


def test_an_audit_log_that_is_not_whole(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("accounts.signed_in", actor=alice)
    monkeypatch.setattr("accounts.audit.verifying.digest", lambda *given: "other")

    assert worst("Audit log").state is State.BAD


def test_a_database_that_lets_the_audit_log_be_changed(alice: User) -> None:
    record("accounts.signed_in", actor=alice)
    with without_triggers():
        assert worst("Audit log").state is State.BAD
    assert worst("Audit log").state is State.FINE


def data_request(alice: User, **fields: Any) -> None:
    DataRequest.objects.create(
        kind="export",
        origin="person",
        person=alice,
        person_id_was=alice.id,
        pseudonym=alice.id,
        **{"due": timezone.now() + BEFORE, **fields},
    )


def test_requests_in_time(alice: User) -> None:
    data_request(alice)

    assert worst("Data requests").state is State.FINE


def test_requests_that_are_late(alice: User) -> None:
    data_request(alice, due=timezone.now() - BEFORE)

    assert worst("Data requests").state is State.BAD


def test_requests_that_failed(alice: User) -> None:
    data_request(alice, status="failed")

    assert worst("Data requests").state is State.BAD


def test_requests_that_nobody_carries_out(alice: User) -> None:
    data_request(alice, created=timezone.now() - BEFORE)

    assert worst("Data requests").state is State.ODD


def test_a_grace_period_is_nothing_odd(alice: User) -> None:
    later = timezone.now() + BEFORE
    data_request(
        alice, status="waiting", created=timezone.now() - BEFORE, not_before=later
    )

    assert worst("Data requests").state is State.FINE


class Answers(BaseHTTPRequestHandler):
    status, body = 200, b""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *given: Any) -> None:
        pass


@pytest.fixture
def server(settings: Any) -> Iterator[type[Answers]]:
    """A model server that is asked for its list."""
    handler = type("Handler", (Answers,), {})
    with HTTPServer(("127.0.0.1", 0), handler) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{http.server_port}/v1"
        settings.DEMO_MODEL = False
        try:
            yield handler
        finally:
            http.shutdown()
            thread.join()


def having(*names: str) -> bytes:
    models = [{"id": name, "object": "model"} for name in names]
    return json.dumps({"object": "list", "data": models}).encode()


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, having("gpt-5.4-mini", "other"), State.FINE),
        (200, having("other"), State.ODD),
        (404, b"{}", State.FINE),
        (401, b'{"error": {"message": "sk-secret is wrong"}}', State.BAD),
        (500, b"oops", State.BAD),
    ],
)
def test_the_model_server_is_asked(
    server: type[Answers], status: int, body: bytes, state: State
) -> None:
    server.status, server.body = status, body

    finding = worst("Model")

    assert finding.state is state
    assert "secret" not in finding.said


def test_a_model_server_that_is_not_there(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.DEMO_MODEL = False

    assert worst("Model").state is State.BAD


def test_a_look_that_breaks_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> Iterator[Finding]:
        yield fine("So far.")
        raise OSError("no such disk")

    table = {"First": breaks, "Second": lambda: iter([fine("Here too.")])}
    monkeypatch.setattr(rounds, "LOOKS", table)

    told = [(name, finding.state) for name, finding in examine()]

    assert told == [
        ("First", State.FINE),
        ("First", State.BAD),
        ("Second", State.FINE),
    ]


def test_the_command_fails_only_when_somebody_must_act(
    ada: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = StringIO()
    call_command("doctor", stdout=out)
    assert "?? Model" in out.getvalue()
    assert "It works." in out.getvalue()

    data_request(alice, status="failed")
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)


def test_programs_read_it_too(ada: User) -> None:
    out = StringIO()
    call_command("doctor", "--json", stdout=out)

    told = json.loads(out.getvalue())

    assert told["state"] == "odd"  # the demo model
    assert {each["look"] for each in told["findings"]} == set(LOOKS)

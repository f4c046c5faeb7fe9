"""How the log was found: kept, signed, gone on with piece by piece, shown."""

from __future__ import annotations

import csv
import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.admin import audit_state, figures
from accounts.audit import checkpoints, record, verification
from accounts.audit.verifying import verify
from accounts.models import AuditEvent, User
from conversations import upkeep
from tests.accounts.audit_attacks import cuts_off_the_end, edits_what
from tests.audit_log import without_triggers
from tests.base import client_of
from tests.pages.markup import assert_harmless, read

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("elsewhere"),
]
LIST = "/admin/accounts/auditevent/"


def some(count: int = 7) -> None:
    for _ in range(count):
        record("accounts.signed_in")


def finish(piece: int = 3) -> int:
    """How many more pieces it took."""
    pieces = 0
    while verification.go_on(piece):
        pieces += 1
    return pieces


def test_piece_by_piece_it_comes_to_the_same() -> None:
    some(4)
    checkpoints.checkpoint()
    some(5)
    checkpoints.checkpoint()
    whole = verify(list(checkpoints.read(checkpoints.path())))
    verification.begin()

    assert finish(4) == 2
    state = verification.state()
    assert state.report == whole
    assert (state.report.events, state.report.checkpoints) == (9, 2)
    assert state.finished and state.total == 9


def test_what_is_left_is_taken_up_by_whoever_comes() -> None:
    some(7)
    verification.begin()
    assert verification.go_on(3)
    state = verification.state()

    assert (state.finished, state.percent, state.report.events) == (None, 42, 3)
    assert figures.log() == "being verified: 42 %"
    assert verification.go_on(3)
    assert not verification.go_on(3)
    assert not verification.go_on(3)
    assert verification.state().report.last == 7


@pytest.mark.parametrize("piece", [1, 3, 100])
@pytest.mark.parametrize("how", ["edited", "cut", "forged"])
def test_what_is_wrong_is_found_whatever_the_pieces(
    how: str, piece: int, caplog: pytest.LogCaptureFixture
) -> None:
    some(7)
    checkpoints.checkpoint()
    if how == "edited":
        with without_triggers():
            edits_what(4)
    elif how == "cut":
        with without_triggers():
            cuts_off_the_end(6)
    else:
        with checkpoints.path().open("a") as file:
            file.write("{}\n")
    expected = verify(list(checkpoints.read(checkpoints.path())))
    verification.begin()
    with caplog.at_level(logging.ERROR):
        finish(piece)

    found = verification.state().report
    assert expected.found
    assert sorted(found.findings) == sorted(expected.findings)
    assert replace(found, findings=[]) == replace(expected, findings=[])
    assert figures.log() == "NOT as it was written, seen 0\xa0minutes ago"
    assert "not as it was written" in caplog.text


@pytest.mark.parametrize("how", ["changed", "cut", "not json", "unsigned"])
def test_nobody_else_says_that_it_is_whole(how: str) -> None:
    some()
    verification.begin()
    finish()
    file = verification.path()
    told = json.loads(file.read_text())
    if how == "changed":
        file.write_text(json.dumps(told | {"total": 9}))
    elif how == "cut":
        file.write_text(file.read_text()[:-5])
    elif how == "not json":
        file.write_text("[]")
    else:
        del told["signature"]
        file.write_text(json.dumps(told))

    assert verification.state() is None
    assert figures.log() == "never verified"
    assert not verification.go_on()


def test_it_is_done_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    some()
    assert not verification.keep_up()
    first = verification.state()
    some(1)
    assert not verification.keep_up()
    assert verification.state() == first

    tomorrow = timezone.now() + verification.EVERY + timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    assert not verification.keep_up()
    assert verification.state().report.events == 8
    assert upkeep.UPKEEP[upkeep.verify_audit] == 30


class TestThePage:
    def test_it_says_how_the_log_is(self, admin_person: User) -> None:
        ada = client_of(admin_person)
        assert "has not been verified yet" in ada.get(LIST).content.decode()
        checkpoints.checkpoint()

        response = ada.post("/admin/audit/verify/", follow=True)
        page = read(response)
        assert response.redirect_chain == [(LIST, 302)]
        assert "The chain is whole: events 1 to" in page.text
        assert "Last checkpoint: event" in page.text
        assert_harmless(page)

    def test_a_long_log_goes_on_in_the_background(
        self, admin_person: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        some()
        monkeypatch.setattr(verification.go_on, "__defaults__", (3,))
        response = client_of(admin_person).post("/admin/audit/verify/", follow=True)

        assert "piece by piece" in response.content.decode()
        assert "The log is being verified" in response.content.decode()
        finish()
        assert verification.state().finished

    def test_findings_are_told(self, admin_person: User) -> None:
        some()
        with without_triggers():
            edits_what(3)
        page = client_of(admin_person).post("/admin/audit/verify/", follow=True)

        assert "Event 3 was changed." in page.content.decode()

    def test_subjects_lead_to_their_pages_for_who_may_see_them(
        self, admin_person: User, alice: User, bob: User
    ) -> None:
        record("accounts.signed_in", actor=alice, subject=alice)
        link = f'<a href="/admin/accounts/user/{alice.pk}/change/">'

        assert link in client_of(admin_person).get(LIST).content.decode()
        bob.role = User.Role.AUDITOR
        bob.save(update_fields=["role"])
        assert link not in client_of(bob).get(LIST).content.decode()


class TestTheDownload:
    def rows(self, person: User, **given: str) -> list[dict[str, str]]:
        response = client_of(person).post("/admin/audit/download/", given)
        assert response.status_code == 200
        assert response.streaming
        text = b"".join(response.streaming_content).decode()
        return list(csv.DictReader(text.splitlines()))

    def test_has_every_event_up_to_then(
        self, admin_person: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        some()
        monkeypatch.setattr(audit_state, "ROWS", 2)
        rows = self.rows(admin_person)
        events = AuditEvent.objects.order_by("seq")

        assert [(row["seq"], row["hash"]) for row in rows] == [
            (str(event.seq), event.hash)
            for event in events.exclude(action="accounts.audit_downloaded")
        ]
        taken = events.get(action="accounts.audit_downloaded")
        assert taken.actor == admin_person.pseudonym.id
        assert rows[-1]["time"].endswith("+00:00")

    def test_has_what_was_chosen(self, admin_person: User) -> None:
        some(2)
        action = {"action": "accounts.signed_in"}
        today = timezone.now().date().isoformat()

        chosen = {row["action"] for row in self.rows(admin_person, **action)}
        assert chosen == {"accounts.signed_in"}
        assert self.rows(admin_person, since="2100-01-01") == []
        assert self.rows(admin_person, until="2000-01-01") == []
        assert self.rows(admin_person, since=today, until=today) != []

    @pytest.mark.parametrize("given", [{"action": "x"}, {"since": "soon"}])
    def test_a_wrong_choice_is_a_bad_request_and_takes_nothing(
        self, given: dict[str, str], admin_person: User
    ) -> None:
        response = client_of(admin_person).post("/admin/audit/download/", given)

        assert response.status_code == 400
        taken = AuditEvent.objects.filter(action="accounts.audit_downloaded")
        assert not taken.exists()

"""Ten codes for when the device is gone."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.factors.codes import recovery_codes_left
from accounts.models import AuditEvent, User
from tests.accounts.factors.holding import SECOND_STEP, first_step, give_app, is_in
from tests.accounts.factors.test_app import WRONG, proven_by_code, told

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SHOW = "/accounts/2fa/recovery-codes/"


def test_a_code_signs_in_once(alice: User) -> None:
    code, *others = give_app(alice)
    client = first_step(alice)
    client.post(SECOND_STEP, {"code": code})
    assert is_in(client)

    again = first_step(alice)
    assert told(again.post(SECOND_STEP, {"code": code})) == [WRONG]
    again.post(SECOND_STEP, {"code": others[0]})
    assert is_in(again)
    assert recovery_codes_left(alice) == 8


def test_its_use_is_recorded_with_how_many_are_left(alice: User) -> None:
    code = give_app(alice)[3]
    first_step(alice).post(SECOND_STEP, {"code": code})

    used = AuditEvent.objects.get(action="accounts.recovery_code_used")
    assert used.details == {"left": 9}
    assert code not in str(list(AuditEvent.objects.values()))


def test_they_are_shown_and_downloaded(alice: User) -> None:
    codes = give_app(alice)
    client = proven_by_code(alice)

    page = client.get(SHOW).content.decode()
    download = client.get(SHOW + "download/")

    assert all(f"<code>{code}</code>" in page for code in codes)
    assert download.content.decode().split() == codes
    assert "attachment" in download["Content-Disposition"]
    assert download["Cache-Control"] == "no-store"


def test_only_after_one_has_proven_who_one_is(alice: User, client_of: Any) -> None:
    codes = give_app(alice)
    client = client_of(alice)
    for there in (SHOW, SHOW + "download/", SHOW + "generate/"):
        response = client.get(there)
        assert response.status_code == 302
        assert response.url.startswith("/accounts/2fa/reauthenticate/?next=")
        assert codes[0] not in response.content.decode()


def test_new_ones_end_the_old(alice: User) -> None:
    old = give_app(alice)
    client = proven_by_code(alice)
    client.post(SHOW + "generate/")
    new = client.get(SHOW).context["unused_codes"]

    assert len(new) == 10
    assert not set(old) & set(new)
    assert AuditEvent.objects.latest("seq").action == "accounts.recovery_codes_made"
    stale = first_step(alice)
    assert told(stale.post(SECOND_STEP, {"code": old[0]})) == [WRONG]


def test_somebody_elses_codes_are_wrong(alice: User, bob: User) -> None:
    give_app(alice)
    (code, *_) = give_app(bob, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PX7")

    assert told(first_step(alice).post(SECOND_STEP, {"code": code})) == [WRONG]


def test_without_a_factor_there_are_none(alice: User, client_of: Any) -> None:
    assert recovery_codes_left(alice) is None
    assert client_of(alice).get(SHOW).status_code == 404

"""Passkeys, driven as a browser drives them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from fido2.utils import websafe_encode

from accounts.factors.passkeys import MOST
from accounts.models import AuditEvent, User
from tests.accounts.factors.holding import (
    ADD,
    LOCAL,
    PASSKEY_LOGIN,
    SECOND_STEP,
    challenge,
    factors_of,
    first_step,
    give_app,
    give_passkey,
    is_in,
    offered,
    proven,
)
from tests.accounts.factors.soft_key import SoftKey, sent

pytestmark = [pytest.mark.database, pytest.mark.django_db]
REFUSED = "This passkey was not accepted. Try again."
NONSENSE = [
    "",
    "null",
    "1",
    "[]",
    "{}",
    '"text"',
    "{",
    '{"id": 1}',
    '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}',
    '{"id": "x", "rawId": "!", "type": "x", "response": {"clientDataJSON": "e30"}}',
    json.dumps({"response": {"userHandle": {"$": 1}}}),
    "[" * 500 + "]" * 500,
]


def sign_in(key: SoftKey, client: Client | None = None, **given: Any) -> Client:
    client = client or Client(**LOCAL)
    client.post(PASSKEY_LOGIN, sent(key.get(challenge(client))) | given)
    return client


def complaints(client: Client) -> list[str]:
    page = client.get("/accounts/login/")
    return [str(message) for message in page.context["messages"]]


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def test_one_is_added(alice: User) -> None:
    client = proven(alice)
    before = len(actions())

    give_passkey(alice, client)

    assert factors_of(alice) == ["recovery_codes", "webauthn"]
    assert str(Authenticator.objects.get(type="webauthn")) == "Phone"
    assert actions()[before:] == [
        "accounts.second_factor_added",
        "accounts.recovery_codes_made",
    ]


def test_the_browser_is_asked_for_a_key_of_this_site(alice: User) -> None:
    asked = offered(proven(alice))

    assert asked["rp"] == {"id": "localhost", "name": "Understory"}
    assert asked["user"]["name"] == "alice@example.org"
    assert asked["user"]["displayName"] == "Alice"


def test_it_signs_in_alone(alice: User) -> None:
    client = sign_in(give_passkey(alice))

    assert client.session["_auth_user_id"] == str(alice.pk)
    assert client.get("/settings/").status_code == 200
    assert actions()[-1] == "accounts.signed_in"


@pytest.mark.parametrize(
    ("place", "there"), [("/settings/", "/settings/"), ("https://evil.example/", "/")]
)
def test_one_goes_where_one_wanted_to_if_that_is_here(
    place: str, there: str, alice: User
) -> None:
    key, client = give_passkey(alice), Client(**LOCAL)

    answer = sent(key.get(challenge(client))) | {"next": place}

    assert client.post(PASSKEY_LOGIN, answer).url == there


def test_it_is_a_second_step_after_the_password(alice: User) -> None:
    key = give_passkey(alice)
    client = first_step(alice)
    assert not is_in(client)

    asked = offered(client, SECOND_STEP)
    client.post(SECOND_STEP, sent(key.get(asked, verified=False)))

    assert [each["id"] for each in asked["allowCredentials"]] == [
        websafe_encode(key.id)
    ]
    assert is_in(client)


def test_an_answer_works_once(alice: User) -> None:
    key, client = give_passkey(alice), Client(**LOCAL)
    answer = sent(key.get(challenge(client)))
    client.post(PASSKEY_LOGIN, answer)
    client.post("/accounts/logout/")

    client.post(PASSKEY_LOGIN, answer)

    assert not is_in(client)
    assert complaints(client)[-1:] == [REFUSED]


def test_an_answer_to_another_browser_is_none(alice: User) -> None:
    key, thief = give_passkey(alice), Client(**LOCAL)
    answer = sent(key.get(challenge(Client(**LOCAL))))
    challenge(thief)

    thief.post(PASSKEY_LOGIN, answer)

    assert not is_in(thief)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.localhost:8000",
        "http://localhost:9999",
        "http://localhost",
        "https://localhost:8000",
        "null",
        "",
    ],
)
def test_a_page_of_another_origin_gets_nothing(origin: str, alice: User) -> None:
    key = give_passkey(alice)
    key.origin = origin

    client = sign_in(key)

    assert not is_in(client)
    assert complaints(client) == [REFUSED]


def test_nor_does_it_add_a_key(alice: User) -> None:
    client = proven(alice)
    key = SoftKey("http://localhost:9999")

    response = client.post(ADD, sent(key.create(offered(client))))

    assert response.context["form"].non_field_errors() == [REFUSED]
    assert factors_of(alice) == []


def test_a_key_for_another_name_is_refused(alice: User) -> None:
    key = give_passkey(alice)
    key.rp_id = "evil.example"

    assert not is_in(sign_in(key))


def test_a_signature_of_another_key_is_refused(alice: User) -> None:
    key, other = give_passkey(alice), SoftKey()
    other.id, other.handle = key.id, key.handle

    assert not is_in(sign_in(other))


def test_a_key_that_is_not_known_is_refused(alice: User) -> None:
    key = give_passkey(alice)
    key.id = b"another one here"

    assert not is_in(sign_in(key))


def test_a_key_does_not_sign_somebody_else_in(alice: User, bob: User) -> None:
    hers, his = give_passkey(alice), give_passkey(bob)
    his.handle = hers.handle

    assert not is_in(sign_in(his))


def test_alone_it_must_have_looked_who_holds_it(alice: User) -> None:
    key, client = give_passkey(alice), Client(**LOCAL)

    client.post(PASSKEY_LOGIN, sent(key.get(challenge(client), verified=False)))

    assert not is_in(client)


def test_a_key_that_cannot_look_is_not_added_for_use_alone(alice: User) -> None:
    client = proven(alice)
    answer = sent(SoftKey().create(offered(client), verified=False))

    response = client.post(ADD, answer | {"passwordless": "on"})

    assert response.context["form"].non_field_errors() == [REFUSED]
    assert factors_of(alice) == []


def test_of_somebody_switched_off_it_signs_nobody_in(alice: User) -> None:
    key = give_passkey(alice)
    User.objects.update(is_active=False)

    assert not is_in(sign_in(key))


@pytest.mark.parametrize("credential", NONSENSE)
@pytest.mark.parametrize("there", [PASSKEY_LOGIN, SECOND_STEP, ADD])
def test_nonsense_is_refused_in_words(there: str, credential: str, alice: User) -> None:
    give_passkey(alice)
    client = {
        PASSKEY_LOGIN: lambda: Client(**LOCAL),
        SECOND_STEP: lambda: first_step(alice),
        ADD: lambda: proven_by_passkey(alice),
    }[there]()
    client.get(there, headers={"Accept": "application/json"})

    response = client.post(there, {"credential": credential})

    assert response.status_code in (200, 302)
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    assert there == ADD or not is_in(client)


def test_there_is_an_end_to_them(alice: User) -> None:
    client = proven(alice)
    key = give_passkey(alice, client)
    row = Authenticator.objects.get(type="webauthn")
    for _ in range(MOST - 1):
        row.pk = None
        row.save()

    response = client.post(ADD, sent(key.create(offered(client))))

    assert response.context["form"].non_field_errors() == [
        "These are enough passkeys. Remove one first."
    ]


def test_what_is_kept_is_what_is_needed(alice: User) -> None:
    client = proven(alice)
    answer = SoftKey().create(offered(client)) | {"surplus": "x" * 100}
    client.post(ADD, sent(answer))

    kept = Authenticator.objects.get(type="webauthn").data
    assert sorted(kept) == ["credential", "name"]
    assert "surplus" not in kept["credential"]


def test_one_is_renamed_and_removed(alice: User) -> None:
    client = proven(alice)
    give_passkey(alice, client)
    row = Authenticator.objects.get(type="webauthn")
    there = f"/accounts/2fa/webauthn/keys/{row.pk}/"

    client.post(there + "edit/", {"name": "<b>Laptop</b>"})
    page = client.get("/settings/security/").content.decode()
    assert "&lt;b&gt;Laptop&lt;/b&gt;" in page
    response = client.post(there + "remove/")

    assert response.url == "/settings/security/"
    assert factors_of(alice) == []
    assert actions()[-1] == "accounts.second_factor_removed"


def test_nobody_touches_somebody_elses(alice: User, bob: User) -> None:
    give_passkey(alice)
    row = Authenticator.objects.get(type="webauthn")
    there = f"/accounts/2fa/webauthn/keys/{row.pk}/"
    his = proven(bob)

    for name in ("edit/", "remove/"):
        assert his.get(there + name).status_code == 404
        assert his.post(there + name, {"name": "Mine"}).status_code == 404
    assert str(Authenticator.objects.get(type="webauthn")) == "Phone"


def test_an_address_of_numbers_is_told_where_keys_work(alice: User) -> None:
    client = proven(alice, HTTP_HOST="127.0.0.1:8000")

    page = client.get(ADD).content.decode()

    assert f"http://localhost:8000{ADD}" in page
    assert "data-passkey" not in page


def test_somebody_with_an_app_too_may_choose(alice: User) -> None:
    client = proven(alice)
    give_passkey(alice, client)
    Authenticator.objects.filter(type="recovery_codes").delete()
    give_app(alice)

    page = first_step(alice).get(SECOND_STEP).content.decode()

    assert 'name="code"' in page
    assert 'data-passkey="get"' in page


def proven_by_passkey(person: User) -> Client:
    """A new browser in which the one passkey of this person was not used: it was
    added in the one before, so this one is let through by a record of its own.
    """
    client = Client(**LOCAL)
    client.force_login(person)
    code = recovery_code(person)
    client.post("/accounts/2fa/reauthenticate/", {"code": code})
    return client


def recovery_code(person: User) -> str:
    from accounts.factors.sealing import secrets_of  # noqa: PLC0415

    row = Authenticator.objects.get(user=person, type="recovery_codes")
    with secrets_of(person):
        return row.wrap().get_unused_codes()[0]

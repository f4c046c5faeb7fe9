"""Which acts are recorded, and what of them is not."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from accounts.audit import asked_by
from accounts.audit.actions import ACTIONS
from accounts.audit.admin_changes import Audited
from accounts.audit.verifying import verify
from accounts.models import AuditEvent, Pseudonym, User
from accounts.services.people import create_person
from accounts.services.setup import new_setup_link
from chatsite.settings import BASE_DIR
from conversations.models import Conversation, LanguageModel, SharedPreset
from conversations.services import conversations as service
from tests.base import PASSWORD, client_of, proven_client_of
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NEW = "nobody minds the gulls"
HERE = {"REMOTE_ADDR": "203.0.113.9"}
HER_PAGE = "/admin/accounts/user/{}/change/"


def new_events(since: int = 0) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(seq__gt=since))


def seen() -> int:
    return AuditEvent.objects.count()


def name_of(person: User) -> Any:
    return Pseudonym.objects.get(user=person).id


def sign_in(password: str = PASSWORD, email: str = "alice@example.org") -> Client:
    client = Client(**HERE)
    client.post("/accounts/login/", {"email": email, "password": password})
    return client


def everything() -> str:
    """The log as text, as somebody who took the database would search it."""
    return str(list(AuditEvent.objects.values())).lower()


def test_making_an_account_from_the_command_line(monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(PASSWORD + "\n"))
    call_command(
        "createuser", "--email", "z@example.org", "--password-stdin", stdout=StringIO()
    )

    (event,) = new_events()
    person = User.objects.get()
    assert (event.action, event.actor) == ("accounts.person_added", None)
    assert event.subject_id == str(name_of(person))


def test_somebody_who_is_refused_is_not_recorded(alice: User) -> None:
    before = seen()
    with pytest.raises(ValidationError):
        create_person(email=alice.email, password=PASSWORD)
    assert seen() == before


def test_the_set_up_link(client: Client, db: None) -> None:
    there = f"/setup/{new_setup_link()}/"
    client.post(there, {"email": "ada@example.org", "password1": PASSWORD})

    actions = [event.action for event in new_events()]
    assert actions == [
        "accounts.person_added",
        "accounts.setup_link_used",
        "accounts.signed_in",
    ]
    assert len({event.request_id for event in new_events()}) == 1


def test_signing_up_in_and_out(db: None) -> None:
    client = Client(**HERE)
    client.post(
        "/accounts/signup/", {"email": "alice@example.org", "password1": PASSWORD}
    )
    client.post("/accounts/logout/")
    client.post("/accounts/logout/")  # nobody signs out here

    person = User.objects.get()
    assert [(event.action, event.actor, event.ip) for event in new_events()] == [
        ("accounts.signed_up", name_of(person), "203.0.113.0/24"),
        ("accounts.signed_in", name_of(person), "203.0.113.0/24"),
        ("accounts.signed_out", name_of(person), "203.0.113.0/24"),
    ]


def test_signing_in(alice: User) -> None:
    before = seen()
    sign_in()

    (event,) = new_events(before)
    assert (event.action, event.actor) == ("accounts.signed_in", name_of(alice))
    assert event.ip == "203.0.113.0/24"
    assert event.details == {"how": "password", "device": ""}


def test_a_wrong_password_is_about_the_person_and_by_nobody(alice: User) -> None:
    before = seen()
    sign_in("not it at all", email="Alice@Example.org")

    (event,) = new_events(before)
    assert (event.action, event.actor) == ("accounts.sign_in_failed", None)
    assert event.subject_id == str(name_of(alice))


def test_of_somebody_unknown_nothing_is_kept(alice: User) -> None:
    before = seen()
    sign_in("not it at all", email="nobody.here@example.org")

    (event,) = new_events(before)
    assert (event.subject_kind, event.subject_id, event.details) == ("", "", {})
    assert "nobody" not in everything() and "example" not in everything()


def test_changing_and_resetting_a_password(alice: User) -> None:
    client = sign_in()
    before = seen()
    given = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    client.post("/accounts/password/change/", given | {"oldpassword": "wrong one"})
    client.post("/accounts/password/change/", given)
    stranger = Client()
    stranger.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"http://testserver(\S+reset/key\S+)", mail.outbox[-1].body)[1]
    form = stranger.get(link, follow=True).request["PATH_INFO"]
    stranger.post(form, {"password1": PASSWORD, "password2": PASSWORD})

    told = [(event.action, event.actor) for event in new_events(before)]
    assert told == [
        ("accounts.password_changed", name_of(alice)),
        ("accounts.password_reset", name_of(alice)),
        ("accounts.sessions_ended", name_of(alice)),
    ]


def test_changing_the_address_one_signs_in_with(alice: User) -> None:
    client = proven_client_of(alice)
    before = seen()
    new = {"email": "alice@elsewhere.example", "action_add": ""}
    client.post("/accounts/email/", new)
    link = re.search(r"http://testserver(\S+confirm-email\S+)", mail.outbox[0].body)[1]
    client.post(link)

    (event,) = new_events(before)
    assert (event.action, event.actor) == ("accounts.email_changed", name_of(alice))
    assert "elsewhere" not in everything()


def test_erasing_a_conversation(alice: User, rf: Any) -> None:
    talk = create_conversation(alice, title="Rye bread")
    service.to_trash(by=alice.id, conversation_id=talk.id)
    before = seen()
    with asked_by(rf.get("/", **HERE)):
        service.erase(by=alice.id, conversation_id=talk.id)

    (event,) = new_events(before)
    assert (event.action, event.actor) == ("conversations.erased", name_of(alice))
    assert event.subject_id == str(talk.id)
    assert event.subject_kind == Conversation._meta.label_lower
    assert event.ip == "203.0.113.0/24"
    assert "rye" not in everything()


def test_what_is_taken_back_was_not_recorded(alice: User) -> None:
    talk = create_conversation(alice)
    service.to_trash(by=alice.id, conversation_id=talk.id)
    before = seen()
    with pytest.raises(RuntimeError), transaction.atomic():
        service.erase(by=alice.id, conversation_id=talk.id)
        raise RuntimeError

    assert seen() == before


@pytest.mark.parametrize("form", ["txt", "md", "json"])
def test_downloading_a_conversation(form: str, alice: User, bob: User) -> None:
    talk = create_conversation(alice, title="Rye bread")
    before = seen()
    client_of(bob).get(f"/c/{talk.id}/export.{form}")
    client_of(alice).get(f"/c/{talk.id}/export.{form}")

    exported = [e for e in new_events(before) if e.action == "conversations.exported"]
    (event,) = exported
    assert (event.actor, event.subject_id) == (name_of(alice), str(talk.id))
    assert event.details == {"form": form}


def test_an_administrators_change_names_the_fields(
    alice: User, admin_person: User
) -> None:
    before = seen()
    client_of(admin_person).post(
        HER_PAGE.format(alice.pk), {"name": "Someone", "is_active": ""}
    )

    (event,) = new_events(before)
    assert event.action == "accounts.admin_changed"
    assert event.actor == name_of(admin_person)
    assert event.subject_id == str(name_of(alice))
    assert sorted(event.details["fields"]) == ["is_active", "name"]
    assert "someone" not in everything()


def test_a_budget_is_about_the_person_by_pseudonym(
    alice: User, admin_person: User
) -> None:
    before = seen()
    client_of(admin_person).post(
        "/admin/conversations/preferences/add/",
        {"email": alice.email, "monthly_budget_usd": "4.50"},
    )

    (event,) = new_events(before)
    assert event.subject_kind == "conversations.preferences"
    assert event.subject_id == str(name_of(alice))
    assert sorted(event.details["fields"]) == ["email", "monthly_budget_usd"]
    assert str(alice.pk) not in everything()


def test_adding_and_deleting_in_the_administration(admin_person: User) -> None:
    client = client_of(admin_person)
    LanguageModel.objects.all().delete()
    made = [LanguageModel.objects.create(name=f"m{n}") for n in range(3)]
    before = seen()
    client.post(
        "/admin/conversations/sharedpreset/add/", {"name": "Brief", "text": "x"}
    )
    preset = SharedPreset.objects.get()
    client.post(
        f"/admin/conversations/sharedpreset/{preset.pk}/delete/", {"post": "yes"}
    )
    some = [str(made[0].pk), str(made[1].pk)]
    client.post(
        "/admin/conversations/languagemodel/",
        {"action": "delete_selected", "_selected_action": some, "post": "yes"},
    )

    told = [(e.action, e.subject_kind, e.subject_id) for e in new_events(before)]
    shared, model = "conversations.sharedpreset", "conversations.languagemodel"
    assert told[:2] == [
        ("accounts.admin_added", shared, str(preset.pk)),
        ("accounts.admin_deleted", shared, str(preset.pk)),
    ]
    deleted = [("accounts.admin_deleted", model, pk) for pk in some]
    assert sorted(told[2:]) == sorted(deleted)
    assert LanguageModel.objects.count() == 1


def test_whatever_can_be_changed_in_the_administration_is_audited(
    rf: Any, admin_person: User
) -> None:
    request = rf.get("/")
    request.user = admin_person
    changing = {
        model.__name__: isinstance(page, Audited)
        for model, page in admin.site._registry.items()
        if page.has_add_permission(request)
        or page.has_change_permission(request)
        or page.has_delete_permission(request)
    }
    assert "User" in changing
    assert [name for name, audited in changing.items() if not audited] == []


def test_every_action_in_the_table_is_recorded_somewhere() -> None:
    source = "".join(
        path.read_text()
        for room in ("accounts", "chatsite", "conversations")
        for path in (BASE_DIR / room).rglob("*.py")
        if path.name != "actions.py"
    )
    assert [name for name in ACTIONS if f'"{name}"' not in source] == []


def test_after_all_that_the_chain_is_whole(alice: User) -> None:
    sign_in("not it at all")
    sign_in().post("/accounts/logout/")

    assert verify().findings == []

"""Fields that a form does not have decide nothing: CVE-2026-44550 (rows made for others
by mass assignment), CVE-2026-44562 (an import that overwrote what was others').
"""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db.models import DecimalField

from accounts import core_memory, facts
from accounts.models import User
from conversations.services import presets
from tests.base import make_person
from tests.factories import create_conversation
from tests.security.asking import browser, rows_about

pytestmark = pytest.mark.django_db
PASSWORD = "the tide goes out at noon"
# whose a row is, what somebody may do, what it costs
GUARDED = ("owner_id", "person_id", "user_id", "role", "is_staff", "is_superuser")
GUARDED += ("is_active", "erased_from", "date_joined", "cost_usd", "password")


def more(other: User) -> dict[str, str]:
    """What an attacker would add to a form."""
    whose = ("owner", "owner_id", "user", "user_id", "person", "person_id", "by", "id")
    return dict.fromkeys((*whose, "pk"), str(other.id)) | {
        "role": "administrator",
        "is_staff": "on",
        "is_superuser": "on",
        "is_active": "",
        "password": "md5$a$b",
        "cost_usd": "-1000",
        "monthly_budget": "99999",
        "groups": "1",
        "user_permissions": "1",
        "date_joined": "1970-01-01",
        "erased_from": "2030-01-01",
        "deleted_at": "2020-01-01",
        "source": "model",
        "_method": "DELETE",
    }


def guarded(*, but: tuple[str, ...] = ()) -> dict[tuple[str, Any], list[Any]]:
    """Of each row what no form may decide."""
    found = {}
    for model in apps.get_models():
        fields = {field.attname: field for field in model._meta.concrete_fields}
        names = [
            name
            for name, field in fields.items()
            if name in GUARDED or isinstance(field, DecimalField)
        ]
        for row in model._default_manager.values("pk", *names) if names else ():
            key = (model._meta.label, row.pop("pk"))
            if key[0] not in but:
                found[key] = sorted(row.items())
    return found


def forms_of(alice: User) -> dict[str, tuple[str, dict[str, str]]]:
    """Where each form is posted to, and what it needs to be taken."""
    talk = create_conversation(alice, messages=2)
    fact = facts.remember(alice.id, "bread", "Rye").fact
    preset = presets.add(alice.id, name="Rye", text="Rye")
    core = core_memory.write(alice.id, "person", "Rye").version
    here = f"/c/{talk.id}/"
    return {
        "settings": ("/settings/", {"name": "Al", "theme": "dark", "timezone": "UTC"}),
        "theme": ("/settings/theme/", {"theme": "dark"}),
        "assistant": ("/settings/assistant/", {"system_prompt": "Be brief."}),
        "new preset": ("/settings/presets/new/", {"name": "Oat", "text": "Oats"}),
        "preset": (f"/settings/presets/{preset.id}/", {"name": "Bun", "text": "Oats"}),
        "new fact": (
            "/settings/facts/",
            {"key": "job", "value": "Baker", "importance": "low"},
        ),
        "fact": (
            f"/settings/facts/{fact.id}/",
            {"value": "Oats", "importance": "high"},
        ),
        "core memory": (
            "/settings/core/",
            {"label": "person", "text": "Oats", "version": str(core.version)},
        ),
        "switches": ("/settings/facts/use/", {"uses_facts": "no"}),
        "rename": (f"{here}rename/", {"title": "Oats"}),
        "conversation": (f"{here}settings/", {"system_prompt": "Be brief."}),
        "preview": (f"{here}preview/", {"do": "choose", "strategy": "window"}),
        "pin": (f"{here}pin/", {}),
        "mark": (f"{here}m/{talk.head_id}/pin/", {}),
    }


FORMS = (
    *("settings", "theme", "assistant", "new preset", "preset", "new fact", "fact"),
    *("core memory", "switches", "rename", "conversation", "preview", "pin", "mark"),
)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_decides_what_it_is_about_and_nothing_else(
    name: str, alice: User, bob: User
) -> None:
    forms = forms_of(alice)
    assert sorted(forms) == sorted(FORMS)
    address, given = forms[name]
    before, his = guarded(), rows_about([bob.id])
    client = browser(alice)
    signed_in = set(guarded()) - set(before)

    response = client.post(address, more(bob) | given)

    assert response.status_code in (204, 302), response.status_code
    after = guarded()
    assert {key: after.get(key) for key in before} == before
    made = {key: after[key] for key in set(after) - set(before) - signed_in}
    owners = [
        value
        for row in made.values()
        for column, value in row
        if column in ("owner_id", "person_id", "user_id")
    ]
    assert set(owners) <= {alice.id}
    assert rows_about([bob.id]) == his


def test_the_forms_are_taken(alice: User) -> None:
    """Without what was added, each of them does something."""
    for name, (address, given) in forms_of(alice).items():
        status = browser(alice).post(address, given).status_code
        assert status in (204, 302), name


def test_signing_up_makes_nobody_more_than_a_person(bob: User) -> None:
    his = rows_about([bob.id])
    given = {"email": "new@example.org", "password1": PASSWORD, "name": "New"}

    browser(None).post("/accounts/signup/", more(bob) | given)

    person = User.objects.get(email="new@example.org")
    assert (person.role, person.is_staff, person.is_superuser) == ("", False, False)
    assert person.is_active and person.pk != bob.pk
    assert person.check_password(PASSWORD) and not person.groups.exists()
    assert rows_about([bob.id]) == his


@pytest.mark.parametrize("role", ["support", "auditor", "privacy", ""])
def test_nobody_gives_themselves_a_role(role: str, alice: User) -> None:
    """Whatever the pages of the administration are sent."""
    person = make_person("Mallory")
    person.role = role
    person.save()
    client = browser(person)
    given = more(alice) | {"email": "mallory@example.org", "name": "M", "_save": "x"}
    before = list(User.objects.order_by("pk").values("pk", "role", "email"))

    for who in (person, alice):
        for page in ("change/", "password/", "role/", ""):
            client.post(f"/admin/accounts/user/{who.pk}/{page}", given)
    client.post("/admin/accounts/user/add/", given)
    client.post("/admin/accounts/user/", given | {"action": "give_role"})

    assert list(User.objects.order_by("pk").values("pk", "role", "email")) == before


def test_an_id_of_ones_own_choice_is_not_taken(alice: User, bob: User) -> None:
    """A new row that names the id of another person's is a new row."""
    his = facts.remember(bob.id, "bread", "Wheat").fact
    words = presets.add(bob.id, name="Wheat", text="Wheat")
    before = rows_about([bob.id])
    client = browser(alice)

    fact = {"key": "bread", "value": "Rye", "importance": "low"}
    client.post("/settings/facts/", fact | {"id": str(his.id), "fact": str(his.id)})
    preset = {"name": "Wheat", "text": "Rye"}
    client.post("/settings/presets/new/", preset | {"id": str(words.id)})

    assert rows_about([bob.id]) == before
    assert [one.value for one in facts.known(alice.id)] == ["Rye"]
    mine: list[UUID] = [one.id for one in presets.mine(alice.id)]
    assert len(mine) == 1 and mine != [words.id] and isinstance(mine[0], uuid.UUID)

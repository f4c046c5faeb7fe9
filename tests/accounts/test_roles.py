"""Roles: who gives them, what they open, and that they hold at once."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client

from accounts import roles as table
from accounts.models import AuditEvent, Pseudonym, User
from accounts.services import roles
from accounts.services.roles import Refused
from tests.base import client_of, make_person

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PEOPLE = "/admin/accounts/user/"


def page_of(person: User) -> str:
    return f"{PEOPLE}{person.pk}/change/"


def given(**changes: str) -> dict[str, str]:
    return {"name": "Somebody", "is_active": "on"} | changes


def changes() -> list[tuple[Any, str, dict[str, Any]]]:
    rows = AuditEvent.objects.filter(action="accounts.role_changed")
    return [(row.actor, row.subject_id, row.details) for row in rows]


class TestTheTable:
    @pytest.mark.parametrize("role", list(table.ROLES))
    def test_a_person_may_what_the_table_says_and_nothing_else(
        self, role: str, alice: User
    ) -> None:
        alice.role = role
        every = {each for given in table.ROLES.values() for each in given}

        assert {each for each in every if alice.has_perm(each)} == table.ROLES[role]
        assert not alice.has_perm("accounts.delete_user")

    def test_only_privacy_officers_read_and_only_administrators_give(self) -> None:
        def who(permission: str) -> set[str]:
            return {
                role for role, all_of in table.ROLES.items() if permission in all_of
            }

        assert who("privacy.break_glass") == {"privacy"}
        assert who("privacy.give_roles") == {"administrator"}
        assert who("privacy.erase") == {"privacy", "administrator"}
        assert who("accounts.change_user") == {"administrator"}
        assert table.permissions("king") == frozenset()

    def test_rows_of_groups_and_a_superuser_column_give_nothing(
        self, alice: User
    ) -> None:
        group = Group.objects.create(name="All")
        group.permissions.set(Permission.objects.all())
        alice.groups.add(group)
        alice.user_permissions.set(Permission.objects.all())
        alice.is_superuser = True
        alice.save()
        alice = User.objects.get(pk=alice.pk)

        assert not alice.is_superuser
        assert not alice.has_perm("accounts.view_user")
        assert not alice.has_module_perms("accounts")
        assert client_of(alice).get("/admin/", follow=True).status_code == 403

    def test_who_is_switched_off_may_nothing(self, admin_person: User) -> None:
        admin_person.is_active = False

        assert not admin_person.has_perm("accounts.view_user")
        assert not admin_person.has_module_perms("accounts")

    def test_it_costs_no_query(
        self, admin_person: User, django_assert_num_queries
    ) -> None:
        with django_assert_num_queries(0):
            assert admin_person.has_perm("privacy.set_policies")
            assert admin_person.has_module_perms("conversations")
            assert not admin_person.has_perm("privacy.break_glass")

    def test_the_role_alone_opens_the_administration(self, alice: User) -> None:
        alice.role = User.Role.AUDITOR
        alice.save(update_fields=["role"])
        assert User.objects.get(pk=alice.pk).is_staff
        alice.is_staff, alice.role = True, User.Role.NONE
        alice.save(update_fields=["role", "is_staff"])
        assert not User.objects.get(pk=alice.pk).is_staff


class TestGiving:
    def test_it_holds_at_once_and_is_recorded(
        self, admin_person: User, alice: User
    ) -> None:
        before = client_of(alice)
        client_of(admin_person).post(page_of(alice), given(role="support"))
        assert before.get("/").url == "/accounts/login/?next=/"  # she signs in anew
        alice.refresh_from_db()
        hers = client_of(alice)
        assert hers.get(PEOPLE).status_code == 200
        client_of(admin_person).post(page_of(alice), given(role=""))
        assert hers.get(PEOPLE).status_code == 302

        by = Pseudonym.objects.get(user=admin_person).id
        about = str(Pseudonym.objects.get(user=alice).id)
        assert changes() == [
            (by, about, {"before": "none", "role": "support"}),
            (by, about, {"before": "support", "role": "none"}),
        ]

    def test_the_same_again_is_no_change(self, admin_person: User, bob: User) -> None:
        assert not roles.give_role(bob.pk, "", by=admin_person)
        assert changes() == []

    def test_nobody_changes_their_own(self, admin_person: User) -> None:
        make_person("Grace", admin=True)
        client_of(admin_person).post(page_of(admin_person), given(role="privacy"))

        admin_person.refresh_from_db()
        assert admin_person.role == "administrator"
        with pytest.raises(Refused, match="their own"):
            roles.give_role(admin_person.pk, "privacy", by=admin_person)

    @pytest.mark.parametrize("role", ["", "support", "auditor", "privacy"])
    def test_nobody_else_gives_any(self, role: str, alice: User, bob: User) -> None:
        alice.role = role
        alice.save(update_fields=["role"])
        client_of(alice).post(page_of(bob), given(role="administrator"))

        bob.refresh_from_db()
        assert bob.role == ""
        with pytest.raises(Refused, match="given by administrators"):
            roles.give_role(bob.pk, "support", by=alice)
        assert changes() == []

    def test_who_may_change_people_gives_none_by_that(
        self, alice: User, bob: User, monkeypatch
    ) -> None:
        some = frozenset({"accounts.view_user", "accounts.change_user"})
        monkeypatch.setattr(table, "ROLES", {**table.ROLES, "support": some})
        alice.role = "support"
        alice.save(update_fields=["role"])
        client = client_of(alice)
        client.post(page_of(bob), given(role="administrator", name="Robert"))

        bob.refresh_from_db()
        assert (bob.role, bob.name) == ("", "Robert")
        assert 'name="role"' not in client.get(page_of(bob)).content.decode()

    def test_a_role_that_is_none_is_refused(
        self, admin_person: User, bob: User
    ) -> None:
        response = client_of(admin_person).post(page_of(bob), given(role="king"))

        assert response.context["adminform"].form.errors["role"]
        with pytest.raises(Refused, match="no such role"):
            roles.give_role(bob.pk, "king", by=admin_person)

    def test_somebody_new_may_have_one_from_the_start(
        self, admin_person: User, client: Client
    ) -> None:
        new = {"email": "maya@example.org", "name": "Maya", "role": "auditor"}
        new["password1"] = "the tide is out at noon"
        client_of(admin_person).post(f"{PEOPLE}add/", new)

        maya = User.objects.get(email="maya@example.org")
        assert (maya.role, maya.is_staff) == ("auditor", True)
        assert [told for _, _, told in changes()] == [
            {"before": "none", "role": "auditor"}
        ]


class TestTheLastOne:
    def test_is_neither_demoted_nor_switched_off(
        self, admin_person: User, bob: User
    ) -> None:
        """Reached by somebody who was an administrator when the page was opened."""
        grace = make_person("Grace", admin=True)
        User.objects.filter(pk=grace.pk).update(is_active=False)

        with pytest.raises(Refused, match="without an administrator"):
            roles.give_role(admin_person.pk, "", by=grace_again(grace))
        with pytest.raises(Refused, match="without an administrator"):
            roles.switch(admin_person.pk, active=False, by=grace)
        admin_person.refresh_from_db()
        assert (admin_person.role, admin_person.is_active) == ("administrator", True)
        assert table.is_last_administrator(admin_person.pk)
        assert not table.is_last_administrator(bob.pk)

    def test_of_two_one_may_go(self, admin_person: User) -> None:
        grace = make_person("Grace", admin=True)

        assert roles.switch(grace.pk, active=False, by=admin_person)
        assert not roles.switch(grace.pk, active=False, by=admin_person)
        assert roles.switch(grace.pk, active=True, by=admin_person)
        assert roles.give_role(grace.pk, "", by=admin_person)
        with pytest.raises(Refused, match="locks themselves"):
            roles.switch(admin_person.pk, active=False, by=admin_person)

    def test_the_page_says_why_and_changes_nothing_else(
        self, admin_person: User, monkeypatch
    ) -> None:
        grace = make_person("Grace", admin=True)
        monkeypatch.setattr(roles.roles, "is_last_administrator", lambda _: True)
        response = client_of(admin_person).post(
            page_of(grace), given(role="", name="Other"), follow=True
        )

        assert "left without an administrator" in response.content.decode()
        grace.refresh_from_db()
        assert (grace.role, grace.name) == ("administrator", "Grace")


def grace_again(person: User) -> User:
    """As she was when she asked: still an administrator."""
    person.is_active = True
    return person


def test_what_the_migration_gives_it_takes_back(alice: User, bob: User) -> None:
    migration = import_module("accounts.migrations.0005_privacy")
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    User.objects.filter(pk=bob.pk).update(role="auditor", is_staff=True)

    def state(person: User) -> tuple[str, bool, bool]:
        rows = User.objects.filter(pk=person.pk)
        return rows.values_list("role", "is_staff", "is_superuser").get()

    editor = SimpleNamespace(connection=connection)  # what it looks at
    User.objects.filter(pk=bob.pk).update(is_staff=False)
    migration.give_roles(apps, editor)
    assert state(alice) == ("administrator", True, False)
    migration.take_roles(apps, editor)
    assert state(alice) == ("administrator", True, True)
    assert state(bob) == ("auditor", False, False)

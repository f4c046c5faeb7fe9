"""People in the admin, and the door to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from tests.base import PASSWORD, make_person

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def ada(client_of: Any, admin_person: User) -> Client:
    return client_of(admin_person)


def page_of(person: User) -> str:
    return f"{PEOPLE}{person.pk}/change/"


class TestTheDoor:
    @pytest.mark.parametrize("path", ["/admin/", PEOPLE, "/admin/login/"])
    def test_it_is_the_door_of_the_site(self, path: str, client: Client) -> None:
        response = client.get(path, follow=True)

        assert response.request["PATH_INFO"] == "/accounts/login/"
        assert 'name="next" value="/admin/' in response.content.decode()

    def test_a_password_is_not_looked_at_anywhere_else(
        self, client: Client, admin_person: User
    ) -> None:
        response = client.post(
            "/admin/login/", {"username": admin_person.email, "password": PASSWORD}
        )

        assert response.url.startswith("/accounts/login/")
        assert "_auth_user_id" not in client.session

    def test_one_comes_out_where_one_wanted_to(
        self, client: Client, admin_person: User
    ) -> None:
        response = client.post(
            "/accounts/login/",
            {"email": admin_person.email, "password": PASSWORD, "next": PEOPLE},
            follow=True,
        )

        assert response.redirect_chain == [(PEOPLE, 302)]
        assert response.status_code == 200

    @pytest.mark.parametrize("path", ["/admin/", PEOPLE])
    def test_nobody_else_gets_in(self, path: str, client_of: Any, alice: User) -> None:
        response = client_of(alice).get(path, follow=True)

        assert response.status_code == 403

    def test_passwords_are_changed_where_everyone_changes_theirs(
        self, ada: Client
    ) -> None:
        assert ada.get("/admin/password_change/").url == "/accounts/password/change/"

    def test_the_policy_lets_the_stock_scripts_have_one_that_inspects(
        self, ada: Client
    ) -> None:
        def policy(path: str) -> set[str]:
            header = ada.get(path)["Content-Security-Policy"]
            return {part.strip() for part in header.split(";")}

        ours, stock = policy("/settings/"), policy("/admin/")
        assert ours - stock == {"trusted-types fragments"}
        assert stock - ours == {"trusted-types default inspection"}


def test_the_index_lists_what_this_site_uses(ada: Client) -> None:
    page = ada.get("/admin/").content.decode()

    assert "Understory" in page
    assert PEOPLE in page
    assert "/auth/group/" not in page
    assert "/account/emailaddress/" not in page


@pytest.mark.parametrize("others", [0, 2])
def test_the_list_takes_the_same_queries_however_long(
    others: int, ada: Client, django_assert_num_queries: Callable
) -> None:
    for number in range(others):
        make_person(f"Person{number}")

    with django_assert_num_queries(7):  # session, person, count, rows, 3 columns
        page = ada.get(PEOPLE).content.decode()

    assert page.count('class="field-email"') == 1 + others


def test_people_are_found_by_address(ada: Client, alice: User, bob: User) -> None:
    page = ada.get(PEOPLE, {"q": "ALICE@"}).content.decode()

    assert "alice@example.org" in page
    assert "bob@example.org" not in page


def test_a_persons_page_shows_no_password_hash(ada: Client, alice: User) -> None:
    page = ada.get(page_of(alice)).content.decode()

    assert 'value="Alice"' in page
    assert alice.password not in page
    assert "password1" not in page
    assert 'name="email"' not in page


def test_an_administrator_is_made_and_unmade(ada: Client, alice: User) -> None:
    given = {"name": "Alice", "is_active": "on"}
    ada.post(page_of(alice), given | {"role": "administrator"})
    alice.refresh_from_db()
    assert (alice.role, alice.is_staff) == ("administrator", True)

    ada.post(page_of(alice), given | {"role": ""})
    alice.refresh_from_db()
    assert (alice.role, alice.is_staff) == ("", False)


def test_someone_switched_off_is_out_at_once(
    ada: Client, client_of: Any, alice: User
) -> None:
    client = client_of(alice)

    ada.post(page_of(alice), {"name": "Alice"})

    assert client.get("/settings/").status_code == 302


def test_administrators_cannot_lock_themselves_out(
    ada: Client, admin_person: User
) -> None:
    ada.post(page_of(admin_person), {"name": "Ada L"})

    admin_person.refresh_from_db()
    assert admin_person.name == "Ada L"
    assert (admin_person.is_active, admin_person.role) == (True, "administrator")


@pytest.mark.parametrize(
    "name", ["email", "password", "id", "is_superuser", "is_staff", "has_notice"]
)
def test_other_columns_cannot_be_set(name: str, ada: Client, alice: User) -> None:
    before = getattr(alice, name)

    ada.post(page_of(alice), {"name": "Alice", "is_active": "on", name: "1"})

    assert getattr(User.objects.get(name="Alice"), name) == before


def test_nobody_is_deleted_here(ada: Client, alice: User) -> None:
    assert ada.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    ada.post(
        PEOPLE, {"action": "delete_selected", "_selected_action": alice.pk, "post": "y"}
    )

    assert User.objects.filter(pk=alice.pk).exists()


def test_a_person_is_added_with_a_password(ada: Client, client: Client) -> None:
    given = {"email": "Maya@example.org", "name": "Maya", "password1": PASSWORD}

    assert ada.post(PEOPLE + "add/", given).status_code == 302

    maya = User.objects.get(email="maya@example.org")
    assert (maya.is_staff, maya.is_superuser, maya.is_active) == (False, False, True)
    assert EmailAddress.objects.get(user=maya).verified
    signed_in = client.post(
        "/accounts/login/", {"email": maya.email, "password": PASSWORD}
    )
    assert signed_in.url == "/"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"password1": "short"}, "password1"),
        ({"password1": ""}, "password1"),
        ({"email": "alice@example.org"}, "email"),
        ({"email": "ALICE@example.org"}, "email"),
        ({"email": "nonsense"}, "email"),
    ],
)
def test_a_person_who_will_not_do_is_not_added(
    given: dict[str, str], wrong: str, ada: Client, alice: User
) -> None:
    good = {"email": "maya@example.org", "name": "Maya", "password1": PASSWORD}

    response = ada.post(PEOPLE + "add/", good | given)

    assert list(response.context["adminform"].form.errors) == [wrong]
    assert User.objects.count() == 2

"""The page where people say how they want the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertInHTML

from accounts.models import AuditEvent, User

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/settings/"
GOOD = {"name": "Alice L", "theme": "dark", "timezone": "Europe/Oslo"}


def facts(person: User) -> dict[str, str]:
    person.refresh_from_db()
    return {name: getattr(person, name) for name in GOOD}


def test_the_page_shows_what_is_known(client_of: Any, alice: User) -> None:
    User.objects.update(theme="light", timezone="Europe/Oslo")

    page = client_of(alice).get(PAGE).content.decode()

    assert '<html lang="en" data-theme="light">' in page
    assert "You sign in as <strong>alice@example.org</strong>" in page
    assert 'value="Alice"' in page
    assertInHTML('<option value="Europe/Oslo" selected>Europe/Oslo</option>', page)
    assert '<a class="btn line" href="/settings/security/">' in page
    assert '<form method="post" action="/accounts/logout/">' in page


def test_what_was_changed_is_recorded_by_name(client_of: Any, alice: User) -> None:
    client = client_of(alice)
    client.post(PAGE, GOOD)
    client.post(PAGE, GOOD)  # changes nothing

    (event,) = AuditEvent.objects.filter(action="accounts.settings_changed")
    assert event.details == {"fields": ["name", "theme", "timezone"]}
    assert GOOD["name"] not in str(event.details)


def test_what_is_saved_is_shown_with_a_word_about_it(
    client_of: Any, alice: User
) -> None:
    response = client_of(alice).post(PAGE, GOOD, follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    assert facts(alice) == GOOD
    assert "Saved." in response.content.decode()
    assert 'data-theme="dark"' in response.content.decode()


def test_name_and_time_zone_may_be_left_out(client_of: Any, alice: User) -> None:
    client_of(alice).post(PAGE, {"name": "", "theme": "system", "timezone": ""})

    assert facts(alice) == {"name": "", "theme": "system", "timezone": ""}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"theme": "pink"}, "theme"),
        ({"theme": ""}, "theme"),
        ({"timezone": "Middle/Earth"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_what_will_not_do_is_told_and_not_kept(
    given: dict[str, str], wrong: str, client_of: Any, alice: User
) -> None:
    before = facts(alice)

    response = client_of(alice).post(PAGE, GOOD | given)

    assert list(response.context["form"].errors) == [wrong]
    assert f"id_{wrong}_error" in response.content.decode()
    assert facts(alice) == before


def test_other_columns_cannot_be_set(client_of: Any, alice: User) -> None:
    client_of(alice).post(
        PAGE, GOOD | {"email": "x@example.org", "is_staff": "on", "is_superuser": "on"}
    )

    alice.refresh_from_db()
    assert (alice.email, alice.is_staff, alice.is_superuser) == (
        "alice@example.org",
        False,
        False,
    )


def test_saving_leaves_columns_alone_that_another_request_changed(
    client_of: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = User.save

    def changed_meanwhile(self: User, *args: Any, **kwargs: Any) -> None:
        User.objects.update(email="alice@elsewhere.example")
        saved(self, *args, **kwargs)

    monkeypatch.setattr(User, "save", changed_meanwhile)
    client_of(alice).post(PAGE, GOOD)

    alice.refresh_from_db()
    assert alice.email == "alice@elsewhere.example"


def test_one_persons_settings_are_not_anothers(
    client_of: Any, alice: User, bob: User
) -> None:
    client_of(alice).post(PAGE, GOOD)

    assert facts(bob) == {"name": "Bob", "theme": "system", "timezone": ""}
    assert "alice@example.org" not in client_of(bob).get(PAGE).content.decode()


@pytest.mark.parametrize("theme", ["system", "light", "dark"])
def test_the_sidebar_can_set_the_theme(theme: str, client_of: Any, alice: User) -> None:
    response = client_of(alice).post("/settings/theme/", {"theme": theme})

    assert (response.status_code, response.content) == (204, b"")
    assert facts(alice)["theme"] == theme


@pytest.mark.parametrize("theme", ["", "pink", "x" * 9000, "\x00"])
def test_a_theme_that_is_none_is_refused(
    theme: str, client_of: Any, alice: User
) -> None:
    assert (
        client_of(alice).post("/settings/theme/", {"theme": theme}).status_code == 400
    )
    assert facts(alice)["theme"] == "system"


@pytest.mark.parametrize("page", [PAGE, "/settings/theme/"])
def test_one_must_be_signed_in(page: str, client: Client) -> None:
    response = client.post(page, GOOD)

    assert response.url == f"/accounts/login/?next={page}"


def test_other_methods_are_refused(client_of: Any, alice: User) -> None:
    client = client_of(alice)

    assert client.get("/settings/theme/").status_code == 405
    assert client.delete(PAGE).status_code == 405


def test_only_administrators_are_shown_the_way_to_the_admin(
    client_of: Any, alice: User, admin_person: User
) -> None:
    assert 'href="/admin/"' not in client_of(alice).get(PAGE).content.decode()
    assert 'href="/admin/"' in client_of(admin_person).get(PAGE).content.decode()

"""What a person reads about what was done with their account."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.audit import record
from accounts.audit.activity import latest
from accounts.models import User
from conversations.views.activity import EVENTS
from tests.base import client_of
from tests.pages.markup import assert_harmless, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/settings/activity/"


def told(client: Client, there: str = PAGE) -> list[str]:
    response = client.get(there)
    assert response.status_code == 200
    return [cell.text for cell in read(response).all("td")][1::3]


def test_somebody_new_is_told_what_will_be_here(alice: User) -> None:
    User.objects.get(pk=alice.pk).pseudonym.delete()
    page = client_of(alice).get(PAGE).content.decode()

    assert "Nothing yet." in page
    assert "<table>" not in page


def test_the_latest_comes_first_in_ones_own_time_and_network(
    alice: User, rf, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="Asia/Tokyo")
    request = rf.get("/", REMOTE_ADDR="203.0.113.77")
    event = record("accounts.signed_in", actor=alice, request=request)
    record("conversations.exported", actor=alice)
    response = client_of(alice).get(PAGE)
    page = read(response)

    assert told(client_of(alice))[:2] == ["Downloaded a conversation", "Signed in"]
    assert "203.0.113.0/24" in response.content.decode()
    shown = [each.attrs["datetime"] for each in page.all("time")]
    assert shown[0].endswith("+09:00")
    assert str(event.actor) not in response.content.decode()
    assert_harmless(page)
    (here,) = page.all("a", aria_current="page", class_="btn")
    assert here.text == "Recent activity"


def test_others_see_none_of_it(alice: User, bob: User) -> None:
    record("conversations.exported", actor=alice)

    assert "Downloaded a conversation" not in told(client_of(bob))


def test_what_others_do_to_ones_account_is_there_without_their_network(
    alice: User, admin_person: User, rf
) -> None:
    request = rf.get("/", REMOTE_ADDR="198.51.100.7")
    record("accounts.sign_in_failed", subject=alice, request=request)
    record(
        "accounts.admin_changed",
        actor=admin_person,
        subject=alice,
        request=request,
        fields=["is_active", "name"],
    )
    changed, failed = latest(alice.id, before=None, at_most=2)

    assert changed.told == (
        "Changed in the administration: is_active, name, by an administrator"
    )
    assert (changed.ip, failed.told) == ("", "Wrong password")
    assert failed.ip == "198.51.100.0/24"


def test_pages_follow_each_other_without_gap_or_repeat(
    alice: User, bob: User, django_assert_num_queries
) -> None:
    numbers = []
    for number in range(EVENTS + 5):
        person = {"actor": alice} if number % 2 else {"subject": alice}
        numbers.append(record("accounts.signed_in", **person).seq)
        record("accounts.signed_out", actor=bob)
    client = client_of(alice)
    client.get("/c/")
    page = read(client.get(PAGE))
    (older,) = [a for a in page.all("a") if a.text == "Earlier"]

    assert len(page.all("tr")) == EVENTS + 1
    assert older.attrs["href"] == f"?before={numbers[5]}"
    rest = told(client, PAGE + older.attrs["href"])
    assert rest[:5] == ["Signed in"] * 5
    with django_assert_num_queries(3):
        seqs = [e.seq for e in latest(alice.id, before=numbers[5], at_most=5)]
    assert seqs == numbers[4::-1]


@pytest.mark.parametrize("before", ["x", "", "-1", "1.5", "٣", "9" * 19, "9" * 400])
def test_a_number_that_is_none_is_a_bad_request(before: str, alice: User) -> None:
    assert client_of(alice).get(PAGE, {"before": before}).status_code == 400


def test_before_the_first_there_is_nothing(alice: User) -> None:
    page = client_of(alice).get(f"{PAGE}?before=1").content.decode()

    assert "Nothing before that." in page


def test_it_is_reached_from_the_settings(alice: User) -> None:
    links = read(client_of(alice).get("/settings/")).all("a", href=PAGE)

    assert [link.text for link in links] == ["Recent activity"]

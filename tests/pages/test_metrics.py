"""Figures for who runs the site: on this machine, or with the token."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts import limits
from accounts.models import User
from conversations.models import Turn
from conversations.views import metrics
from tests.factories import create_conversation, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]
AWAY = "198.51.100.4"
TOKEN = "a long and unguessable word"
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[a-z_]+"\})? -?[0-9.e+]+')


def test_it_is_there_for_this_machine(client: Client) -> None:
    response = client.get("/metrics")

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.9.9.9", "::1"])
def test_whatever_its_address_is(ip: str) -> None:
    assert Client(REMOTE_ADDR=ip).get("/metrics").status_code == 200


@pytest.mark.parametrize("name", metrics.FORWARDED)
def test_a_proxy_on_it_speaks_for_anybody(name: str, client: Client) -> None:
    assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 404


def test_elsewhere_there_is_no_such_page(hers: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert hers.get("/metrics", REMOTE_ADDR=AWAY).status_code == 404
    for said in ("", "Bearer", "Bearer ", f"Basic {TOKEN}", "Bearer wörd", TOKEN):
        answer = Client(REMOTE_ADDR=AWAY).get(
            "/metrics", headers={"Authorization": said}
        )
        assert answer.status_code == 404, said


def test_with_the_token_it_is_there(settings: Any) -> None:
    asked = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
    assert Client(REMOTE_ADDR=AWAY).get("/metrics", **asked).status_code == 404

    settings.METRICS_TOKEN = TOKEN

    assert Client(REMOTE_ADDR=AWAY).get("/metrics", **asked).status_code == 200


def test_nobody_has_no_token(settings: Any) -> None:
    settings.METRICS_TOKEN = ""

    answer = Client(REMOTE_ADDR=AWAY).get(
        "/metrics", headers={"Authorization": "Bearer "}
    )

    assert answer.status_code == 404


def test_it_counts_what_there_is_to_do_and_names_nobody(
    alice: User, client: Client, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        talk = create_conversation(alice, title="Rye bread")
        create_reply(talk, "", status=Turn.Status.QUEUED)
    create_reply(talk, "half", status=Turn.Status.RUNNING)

    with django_assert_num_queries(2):
        said = client.get("/metrics").content.decode()

    assert 'understory_turns{status="queued"} 3\n' in said
    assert 'understory_turns{status="running"} 1\n' in said
    assert "understory_files_to_read 0\n" in said
    for line in said.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line), line
    for secret in ("alice", str(alice.pk), str(talk.pk), "Rye"):
        assert secret not in said


def test_what_a_process_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hub:
        sockets = 5

    class Upkeep:
        finished = {"expire": 90.0}

    class Runner:
        hub, upkeep, streams = Hub, Upkeep, {"one": object()}

    monkeypatch.setattr("time.monotonic", lambda: 100.5)
    limits.refused["messages"] = 7

    said = "\n".join(metrics._of_process(Runner))

    assert 'understory_connections{kind="websocket"} 4\n' in said
    assert 'understory_connections{kind="event_stream"} 1\n' in said
    assert "# TYPE understory_limited_total counter\n" in said
    assert 'understory_limited_total{limit="messages"} 7\n' in said
    assert said.endswith('understory_upkeep_age_seconds{piece="expire"} 10.5')

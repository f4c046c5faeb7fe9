"""How a conversation went, as support sees it: everything but what was said."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import facts
from accounts.models import Fact, User
from chatsite.lib.fields import SealedTextField
from conversations.models import (
    Charge,
    Conversation,
    File,
    Message,
    Summary,
    ToolCall,
    Turn,
)
from conversations.services import state_timeline
from tests.base import client_of, make_person
from tests.factories import create_conversation, create_message, create_reply
from tests.pages.markup import assert_harmless, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOW = timezone.now()


@pytest.fixture
def sam(db: None) -> User:
    """He helps people."""
    person = make_person("Sam")
    person.role = User.Role.SUPPORT
    person.save(update_fields=["role"])
    return person


def there(talk: Conversation) -> str:
    return reverse("admin:conversations_conversation_change", args=[talk.id])


def at(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


def a_turn(talk: Conversation, start: float = 0, **fields: Any) -> Turn:
    create_message(talk, "MARKER question", created=at(start), tokens=12)
    times = {
        "created": at(start),
        "started": at(start + 1),
        "first_token": at(start + 1.25),
        "finished": at(start + 4),
    }
    return create_reply(talk, "MARKER answer", **times | fields)


def steps(talk: Conversation, turn: int = 0) -> list[tuple[str, str]]:
    told = state_timeline.of(talk.id).turns[turn]
    return [(step.what, step.detail) for step in told.steps]


class TestTheSteps:
    def test_of_a_plain_turn(self, alice: User) -> None:
        talk = create_conversation(alice)
        turn = a_turn(talk, input_tokens=100, output_tokens=40, error_code="")

        assert steps(talk) == [
            ("Asked", "12 tokens"),
            ("Queued", ""),
            ("Begun", "demo, window"),
            ("First token", "after 250 ms"),
            ("Complete", "100 in, 40 out"),
        ]
        (told,) = state_timeline.of(talk.id).turns
        assert (told.turn.id, told.took) == (turn.id, "3.0 s")

    def test_of_one_that_was_stopped_and_one_that_broke(self, alice: User) -> None:
        talk = create_conversation(alice)
        stopped = {"status": "stopped", "stop_requested": at(3), "stop_seen": 1234}
        a_turn(talk, **stopped)
        a_turn(
            talk,
            60,
            status="interrupted",
            attempts=3,
            heartbeat=at(62),
            error_code="timeout",
        )

        broken, earlier = steps(talk), steps(talk, 1)
        assert ("Stop asked for", "1,234 characters had been seen") in earlier
        assert earlier[-1][0] == "Stopped"
        assert ("Taken over after a crash", "3× without a word more") in broken
        assert broken[-1] == ("Interrupted", "timeout, 0 in, 0 out")

    def test_of_edits_and_new_tries(self, alice: User) -> None:
        talk = create_conversation(alice)
        a_turn(talk)
        first = Message.objects.filter(conversation=talk).earliest("id")
        talk.head = None
        edited = create_message(talk, "MARKER other words", created=at(60))
        assert (first.parent, edited.parent) == (None, None)
        create_reply(talk, "MARKER one", created=at(60))
        Conversation.objects.filter(id=talk.id).update(head=edited)
        talk.head = edited
        create_reply(talk, "MARKER two", created=at(90), revision=2)

        again = steps(talk)
        assert again[0] == ("Asked in other words, version 2 of 2", "0 tokens")
        assert again[1][1] == "version 2 of 2 of the reply, reworded 2× while it waited"

    def test_of_tools_memory_files_summaries_and_background_calls(
        self, alice: User
    ) -> None:
        talk = create_conversation(alice)
        turn = a_turn(talk)
        question = turn.message.parent
        mine = {"owner_id": alice.pk, "created": at(2)}
        ToolCall.objects.create(
            turn=turn,
            call_id="x",
            name="remember",
            offset=0,
            input="MARKER",
            output="MARKER",
            status="done",
            finished=at(2.5),
            **mine,
        )
        fact = facts.remember(alice.pk, "MARKER key", "MARKER value").fact
        Fact.objects.filter(id=fact.id).update(source_message=question.id)
        file = {"kind": "pdf", "size": 1_300_000, "media_type": "application/pdf"}
        File.objects.create(
            name="MARKER.pdf", conversation=talk, message=question, **file, **mine
        )
        Summary.objects.create(
            conversation=talk,
            covers=turn.message,
            covered=2,
            text="MARKER",
            tokens=30,
            source_tokens=50,
            version=1,
            owner_id=alice.pk,
            created=at(6),
        )
        Charge.objects.create(
            conversation=talk,
            turn_id=turn.id,
            kind="summary",
            model="demo",
            input_tokens=50,
            output_tokens=30,
            owner_id=alice.pk,
            created=at(5),
        )

        assert steps(talk)[0] == ("Asked", "12 tokens, 1 file: pdf 1.2 MB")
        assert ("Tool remember", "done, 500 ms") in steps(talk)
        assert ("Memory written", "1 fact") in steps(talk)
        assert steps(talk)[-2:] == [
            ("Background call: summary", "demo, 80 tokens, $0.00"),
            ("Summary 1", "2 messages in 30 tokens"),
        ]


class TestWhatIsKept:
    @pytest.mark.parametrize(
        ("fields", "name", "days"),
        [
            ({}, "Conversations", None),
            ({"temporary": True}, "Temporary conversations", 7),
            ({"pinned_at": NOW}, "Pinned conversations", None),
            ({"deleted_at": NOW}, "Trash", 30),
        ],
    )
    def test_it_says_what_rule_and_until_when(
        self, fields: dict[str, Any], name: str, days: int | None, alice: User
    ) -> None:
        talk = create_conversation(alice, updated=NOW, **fields)
        kept = state_timeline.of(talk.id).kept

        assert kept.name == name
        assert kept.until == (NOW + timedelta(days=days) if days else None)


class TestThePage:
    def test_no_word_of_it_is_there_nor_opened(
        self, alice: User, sam: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        talk = create_conversation(alice, title="MARKER", system_prompt="MARKER")
        TestTheSteps().test_of_tools_memory_files_summaries_and_background_calls(alice)
        for each in Conversation.objects.all():
            a_turn(each, error_sentence="MARKER", error_detail="MARKER")
        opened: list[str] = []

        def spy(self: SealedTextField, *args: Any) -> Any:
            opened.append(self.name)
            return "MARKER"

        monkeypatch.setattr(SealedTextField, "from_db_value", spy)
        client = client_of(sam)
        pages = [there(each) for each in Conversation.objects.only("id")]
        pages.append(reverse("admin:conversations_conversation_changelist"))
        pages.append(reverse("admin:accounts_user_change", args=[alice.pk]))
        for page in pages:
            response = client.get(page)
            assert response.status_code == 200
            assert "MARKER" not in response.content.decode()
        assert opened == []
        assert talk.id in {each.id for each in Conversation.objects.only("id")}
        assert len(pages) == 4

    def test_it_shows_states_and_is_harmless(self, alice: User, sam: User) -> None:
        talk = create_conversation(alice, deleted_at=NOW, archived_at=NOW)
        a_turn(talk, status="failed", error_code="busy")
        page = read(client_of(sam).get(there(talk)))

        assert_harmless(page)
        for text in ("in the trash, archived", "alice@example.org", "Trash: until"):
            assert text in page.text
        (status,) = page.all("span", class_="failed")
        assert status.text == "Failed"
        assert "Open it to read it" not in page.text  # support may not

    @pytest.mark.parametrize("turns", [1, 12])
    def test_its_queries_do_not_grow(self, turns: int, alice: User) -> None:
        talk = create_conversation(alice)
        for number in range(turns):
            a_turn(talk, 60 * number)

        with CaptureQueriesContext(connection) as queries:
            assert len(state_timeline.of(talk.id).turns) == turns
        assert len(queries) == 9  # talk, turns, siblings, files, facts, calls, charges,
        # summaries, rule

    def test_pages_follow_each_other_without_gap_or_repeat(
        self, alice: User, sam: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(state_timeline, "SHOWN", 2)
        talk = create_conversation(alice)
        made = [a_turn(talk, 60 * number).id for number in range(5)]

        assert list(walked(talk)) == made[::-1]
        client = client_of(sam)
        page = client.get(there(talk), {"before": str(made[0])}).content.decode()
        assert "No turns before that." in page
        assert client.get(there(talk), {"before": "x"}).status_code == 400

    @pytest.mark.parametrize("given", ["x", "00000000-0000-4000-8000-000000000000"])
    def test_what_is_not_there_is_not_found(self, given: str, sam: User) -> None:
        page = f"/admin/conversations/conversation/{given}/change/"
        assert client_of(sam).get(page).status_code == 404


def walked(talk: Conversation) -> Iterator[uuid.UUID]:
    before = None
    while True:
        page = state_timeline.of(talk.id, before=before)
        yield from (told.turn.id for told in page.turns)
        before = page.earlier
        if before is None:
            return


def test_the_models_named_here_have_no_other_sealed_field() -> None:
    """What is added later has to be left out of the timeline too."""

    def sealed(model: type[Model]) -> set[str]:
        fields = model._meta.concrete_fields
        return {field.name for field in fields if isinstance(field, SealedTextField)}

    assert sealed(Conversation) == set(state_timeline.SEALED)
    assert sealed(Turn) == {"receipt"}

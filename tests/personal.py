"""A person of whom there is something of every kind, and the words to find it by."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from accounts.audit import record
from accounts.audit.recording import pseudonym
from accounts.exporting import parts
from accounts.models import CoreMemory, DataRequest, Device, Fact, LegalHold, User
from conversations.models import (
    Acknowledgement,
    BreakGlass,
    Charge,
    Conversation,
    File,
    IndexEntry,
    Message,
    Placeholder,
    Preferences,
    Preset,
    Spending,
    Summary,
    ToolCall,
    Turn,
    Vector,
)
from conversations.services import cold, indexing
from tests.contracts.file_rows import make_file, make_image
from tests.factories import create_conversation, create_message, create_reply

LATER, AGES = timedelta(days=7), timedelta(days=1_000)
# of these there is nothing while a person is here
ABSENT = frozenset({"erasure_list"})


@dataclass
class Markers:
    """``told`` must be in an export; ``secret`` must not, and neither be found after
    an erasure. Each word stands in one column of the database.
    """

    seed: str
    told: list[str] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)

    def __call__(self, place: str, *, told: bool = True) -> str:
        word = f"{self.seed}-{place}"
        (self.told if told else self.secret).append(word)
        return word

    @property
    def all(self) -> list[str]:
        return [*self.told, *self.secret]


def fill(person: User, *, reads: Conversation | None = None) -> Markers:
    """Something of each kind, in three conversations: with branches and a file, one in
    cold storage, one with a reply that is being written. ``reads``: what of somebody
    else's this person has read.
    """
    mark = Markers(f"mark{uuid.uuid4().hex[:10]}")
    fill_account(person, mark)
    fill_memory(person, mark)
    talk = branched(person, mark)
    frozen(person, mark)
    growing(person, mark)
    fill_settings(person, mark, talk)
    _read(talk, by=None, owner=person, reference=mark("reading"))
    if reads is not None:
        owner = User.objects.get(pk=reads.owner_id)
        _read(reads, by=person, owner=owner, reference=mark("read"))
    _index(person, mark)
    return mark


def fill_account(person: User, mark: Markers) -> None:
    User.objects.filter(pk=person.pk).update(name=mark("name"))
    address = EmailAddress.objects.create(
        user=person, email=f"{mark('address')}@example.org"
    )
    EmailConfirmation.objects.create(
        email_address=address, key=mark("confirmation", told=False)
    )
    Authenticator.objects.create(
        user=person,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": mark("passkey"), "credential": mark("credential", told=False)},
    )
    identity = SocialAccount.objects.create(
        user=person,
        provider="openid_connect",
        uid=mark("identity"),
        extra_data={"name": mark("identity-name")},
    )
    SocialToken.objects.create(account=identity, token=mark("token", told=False))
    Device.objects.create(
        key_hash=uuid.uuid4().hex * 2,
        data=mark("session", told=False),
        person=person,
        agent=mark("agent"),
        network="192.0.2.0/24",
        expires=timezone.now() + LATER,
    )
    LogEntry.objects.create(
        user=person,
        object_repr=mark("object", told=False),
        change_message=mark("change"),
        action_flag=2,
    )
    person.groups.add(Group.objects.get_or_create(name="A group")[0])
    person.user_permissions.add(Permission.objects.order_by("pk").first())
    record("accounts.settings_changed", actor=person, subject=person)
    LegalHold.objects.create(
        person=person, reference=mark("hold"), lifted=timezone.now()
    )
    parts.store(finished_request(person), 1, mark("part", told=False).encode())


def finished_request(person: User) -> DataRequest:
    return DataRequest.objects.create(
        kind=DataRequest.Kind.EXPORT,
        origin=DataRequest.Origin.PERSON,
        person=person,
        person_id_was=person.pk,
        pseudonym=pseudonym(person.pk),
        status=DataRequest.Status.DONE,
        due=timezone.now() + LATER,
        expires=timezone.now() - LATER,
    )


def fill_memory(person: User, mark: Markers) -> None:
    Fact.objects.create(
        owner=person,
        key=mark("fact-key"),
        value=mark("fact-value"),
        key_hash=uuid.uuid4().hex,
    )
    CoreMemory.objects.create(
        owner=person, label="person", version=1, text=mark("core")
    )
    Placeholder.objects.create(
        owner_id=person.pk,
        kind="EMAIL",
        number=1,
        original_hash=uuid.uuid4().hex,
        original=mark("original"),
    )


def branched(person: User, mark: Markers) -> Conversation:
    """A question said in two ways, a reply with a tool call, and two files."""
    talk = create_conversation(
        person, title=mark("title"), system_prompt=mark("system")
    )
    asked = create_message(talk, f"{mark('question')} <script>alert(1)</script>")
    turn = create_reply(
        talk,
        f"**{mark('answer')}**",
        receipt=json.dumps({"said": mark("receipt")}),
        error_sentence=mark("sentence"),
        error_detail=mark("detail"),
    )
    ToolCall.objects.create(
        turn=turn,
        owner_id=person.pk,
        call_id=mark("call"),
        name="remember",
        offset=0,
        input=json.dumps({"value": mark("input")}),
        output=mark("output"),
        short=mark("short"),
        status=ToolCall.Status.DONE,
    )
    other = Message.objects.create(
        conversation=talk,
        owner_id=person.pk,
        role="user",
        body=f"{mark('other-question')} \ud83d 😀",
    )
    Message.objects.create(
        conversation=talk,
        owner_id=person.pk,
        parent=other,
        depth=2,
        role="assistant",
        body=mark("other-answer"),
    )
    Summary.objects.create(
        conversation=talk,
        owner_id=person.pk,
        covers=asked,
        covered=1,
        text=mark("summary"),
        tokens=1,
        source_tokens=1,
        version=1,
    )
    text = make_file(
        person, f"{mark('file')}.txt", mark("passage"), problem=mark("problem")
    )
    image = make_image(person, f"{mark('image')}.png")
    sent = File.objects.filter(pk__in=[text, image])
    sent.update(conversation=talk, message=asked)
    make_file(person, f"{mark('unsent')}.txt", mark("unsent-passage"))
    return talk


def frozen(person: User, mark: Markers) -> Conversation:
    talk = create_conversation(person, title=mark("cold-title"))
    create_message(talk, mark("cold-question") + " long enough to be moved" * 9)
    create_reply(talk, mark("cold-answer") + " long enough to be moved" * 9)
    Conversation.objects.filter(pk=talk.pk).update(updated=timezone.now() - AGES)
    while cold.freeze_some():
        pass
    assert Conversation.objects.get(pk=talk.pk).cold_at is not None
    return talk


def growing(person: User, mark: Markers) -> Conversation:
    talk = create_conversation(person, title=mark("live-title"))
    create_message(talk, mark("live-question"))
    create_reply(
        talk, "", status=Turn.Status.QUEUED, chunks=[mark("chunk"), mark("chunk-2")]
    )
    return talk


def fill_settings(person: User, mark: Markers, talk: Conversation) -> None:
    Preferences.objects.create(owner=person, system_prompt=mark("preferences"))
    Preset.objects.create(owner=person, name=mark("preset"), text=mark("preset-text"))
    Spending.objects.create(owner=person, month=timezone.now().date().replace(day=1))
    Charge.objects.create(
        owner_id=person.pk, conversation=talk, kind="title", model=mark("model")
    )
    answer = Acknowledgement.objects.create(
        owner_id=person.pk, request_id=uuid.uuid4(), conversation=talk
    )
    answer.notice = mark("notice")  # sealed to the row, which has its id now
    answer.save(update_fields=["notice"])


def _read(talk: Conversation, *, by: User | None, owner: User, reference: str) -> None:
    BreakGlass.objects.create(
        reader=by,
        reader_pseudonym=pseudonym(by.pk) if by else uuid.uuid4(),
        conversation=talk,
        owner=owner,
        reason=BreakGlass.Reason.REQUEST,
        reference=reference,
        until=timezone.now() + LATER,
    )


def _index(person: User, mark: Markers) -> None:
    missing = indexing.Missing(person.pk)
    while missing.index_some():
        pass
    entry = IndexEntry.objects.filter(owner_id=person.pk).first()
    vector = mark("vector", told=False).encode()
    Vector.objects.create(entry=entry, owner_id=person.pk, model="m", sealed=vector)

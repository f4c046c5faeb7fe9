"""What is packed away in cold storage under a policy comes back as it was."""

from __future__ import annotations

import pytest

from chatsite.lib.fields import SealedTextField
from conversations.models import ColdPart, Message, cold_copy
from conversations.services import cold, originals
from conversations.services.redacting import told
from tests.contracts.cold_rows import freeze, lie_idle
from tests.factories import create_conversation, create_message, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MAIL = "ann.lee@example.com"
SAID, PLACED = f"I am {MAIL}, not [EMAIL_7].", "I am [EMAIL_1], not [TEXT_1]."


@pytest.mark.parametrize("now", ["vault", "off", "mask"])
def test_the_vault_goes_into_cold_storage_and_back(alice, settings, now):
    settings.PII_POLICY = "vault"
    talk = create_conversation(alice)
    said = create_message(talk, SAID)
    create_reply(talk, f"Hello {MAIL}")
    lie_idle(talk)
    settings.PII_POLICY = now  # neither way depends on it
    assert freeze() == 1
    packed = ColdPart.objects.get().texts()
    assert MAIL not in "".join(packed.values())
    originals.forget()
    cold_copy.forget()
    assert Message.objects.get(id=said.id).body == SAID
    talk.refresh_from_db()
    assert cold.thaw(talk) > 0
    warm = Message.objects.get(id=said.id)
    assert SealedTextField.stored_form(warm, "body") == (PLACED, True)
    assert warm.body == SAID


def test_what_lies_there_is_told_by_the_policy(alice, settings):
    talk = create_conversation(alice)
    said = create_message(talk, SAID)
    lie_idle(talk)
    freeze()
    cold_copy.forget()
    settings.PII_POLICY = "vault"
    assert told(Message.objects.get(id=said.id), "body") == PLACED
    settings.PII_POLICY = "mask"
    assert (
        told(Message.objects.get(id=said.id), "body") == "I am [EMAIL], not [EMAIL_7]."
    )

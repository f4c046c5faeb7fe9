"""Any message of a branch is found in few steps, whatever the tree looks like."""

from __future__ import annotations

import random
import uuid

import pytest

from conversations.models import Conversation, Message
from conversations.services import ancestry, messages, queueing

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def new(conversation, parent, below):
    message = Message(
        conversation=conversation,
        owner_id=conversation.owner_id,
        parent=parent,
        role="user",
        body="",
    )
    return message, ancestry.put(message, below)


@pytest.fixture
def tree(alice):
    """A tree that mostly grows at its end, as conversations do; oldest first."""
    chance = random.Random(7)
    conversation = Conversation.objects.create(owner=alice, title="")
    said, places = [], {}
    for _ in range(300):
        at = -1 if chance.random() < 0.9 else chance.randrange(len(said) or 1)
        parent = said[at] if said else None
        message, place = new(conversation, parent, places.get(parent))
        said.append(message)
        places[message] = place
    Message.objects.bulk_create(said)
    return said


def branch_to(message):
    found = []
    while message is not None:
        found.append(message.id)
        message = message.parent
    return found[::-1]


def test_every_ancestor_is_found(tree):
    for message in random.Random(3).sample(tree, 25):
        branch = branch_to(message)
        assert message.depth == len(branch)
        for depth in random.Random(4).choices(range(1, len(branch) + 3), k=12):
            expected = branch[depth - 1] if depth <= len(branch) else None
            assert ancestry.ancestor_at(message.id, depth) == expected


def test_a_jump_leads_to_an_ancestor(tree):
    for message in tree:
        branch = branch_to(message)
        assert message.jump_id is None or message.jump_id in branch[:-1]


def test_places_made_from_stored_rows_are_the_same(tree):
    for message in tree[1:]:
        place = ancestry.beneath(ancestry.place_of(message.parent_id), message.id)
        assert (place.depth, place.jump.id) == (message.depth, message.jump_id)


def test_the_steps_grow_with_the_logarithm(alice):
    conversation = Conversation.objects.create(owner=alice, title="")
    places, depth = [None], 5_000
    for _ in range(depth):
        places.append(ancestry.beneath(places[-1], uuid.uuid4()))
    by_id = {place.id: place for place in places[1:]}
    parents = dict(zip(by_id, [None, *by_id], strict=False))
    worst = 0
    for target in range(1, depth, 97):
        at, steps = places[-1], 0
        while at.depth > target:
            far = by_id[at.jump.id] if at.jump else None
            at = far if far and far.depth >= target else by_id[parents[at.id]]
            steps += 1
        worst = max(worst, steps)
    assert worst <= 3 * depth.bit_length()
    assert conversation.head_id is None


def test_messages_without_jumps_are_climbed_parent_by_parent(tree):
    Message.objects.update(jump=None)
    for message in tree[::50]:
        branch = branch_to(message)
        assert ancestry.ancestor_at(message.id, 1) == branch[0]
    place = ancestry.place_of(tree[-1].id)
    assert ancestry.beneath(place, uuid.uuid4()).jump.id == tree[-1].id


def test_what_moves_up_gets_new_places(alice):
    def post(text, **fields):
        return messages.post(by=alice.id, request_id=uuid.uuid4(), text=text, **fields)

    first = post("first")
    here = {"conversation_id": first.conversation}
    queued = [post(f"message {number}", **here) for number in range(6)]
    queueing.drop(by=alice.id, request_id=uuid.uuid4(), message_id=queued[1].message)
    for message in Message.objects.select_related("parent", "jump"):
        branch = branch_to(message)
        assert message.depth == len(branch)
        assert message.jump_id is None or message.jump_id in branch[:-1]
        for depth, ancestor in enumerate(branch, 1):
            assert ancestry.ancestor_at(message.id, depth) == ancestor

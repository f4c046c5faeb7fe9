"""Which messages a branch goes through, found in few steps however long it is.

Besides its parent a message names one ancestor further up, so placed that a walk to any
depth takes O(log depth) steps: the skew-binary jump pointers of Myers, "An applicative
random-access stack" (1983). Messages older than this have none; their parent serves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from conversations.models import Message

FAR = 3  # jumps that two new messages below one can look along


@dataclass(frozen=True, slots=True)
class Place:
    """A message in its tree. ``jump`` of None: its parent, or not looked up."""

    id: UUID
    depth: int
    jump: Place | None = None


def place_of(message_id: UUID) -> Place:
    """Where a stored message is, with the jumps that those below it need."""
    names = ["id", "depth"]
    for level in range(1, FAR + 1):
        path = "__".join(["jump"] * level)
        names += [f"{path}_id", f"{path}__depth"]
    row = Message.objects.filter(id=message_id).values_list(*names).get()
    place = None
    for at in range(2 * FAR, -1, -2):
        if row[at] is not None and row[at + 1] is not None:
            place = Place(row[at], row[at + 1], place)
    assert place is not None  # noqa: S101 - the message itself is in the row
    return place


def beneath(parent: Place | None, message_id: UUID) -> Place:
    """The place of a new message that answers ``parent``."""
    if parent is None:
        return Place(message_id, 1)
    far = parent.jump
    further = far.jump if far else None
    if far and further and parent.depth - far.depth == far.depth - further.depth:
        return Place(message_id, parent.depth + 1, further)
    return Place(message_id, parent.depth + 1, parent)


def put(message: Message, below: Place | None) -> Place:
    """Set where a new message is in its tree (its ``parent`` is set already)."""
    place = beneath(below, message.id)
    message.depth = place.depth
    message.jump_id = place.jump.id if place.jump else None
    return place


def put_again(top: UUID, below: Place) -> list[UUID]:
    """A message moved to another parent, ``below``: set the places of it and of all
    that follow it, and say which these are. For the few that wait for their answers,
    not for long branches.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [Message._meta.pk.get_db_prep_value(top, connection)])
        ids = [Message._meta.pk.to_python(row[0]) for row in cursor.fetchall()]
    rows = Message.objects.filter(id__in=ids).only("id", "parent_id")
    moved = list(rows.order_by("depth", "id"))
    places: dict[UUID, Place] = {}
    for message in moved:
        parent = below if message.id == top else places[message.parent_id]
        places[message.id] = put(message, parent)
    Message.objects.bulk_update(moved, ["depth", "jump"])
    return list(places)


def ancestor_at(message_id: UUID, depth: int) -> UUID | None:
    """The message at ``depth`` on the branch that ends with a message, if any."""
    key = Message._meta.pk
    with connection.cursor() as cursor:
        start = key.get_db_prep_value(message_id, connection)
        cursor.execute(_CLIMB, [start, depth, depth, depth])
        row = cursor.fetchone()
    return key.to_python(row[0]) if row else None


def ancestors_at(wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], UUID]:
    """``ancestor_at`` of many messages and depths at once; what there is not is left
    out. One query.
    """
    if not wanted:
        return {}
    key = Message._meta.pk
    values = [
        value
        for end, depth in wanted
        for value in (depth, key.get_db_prep_value(end, connection))
    ]
    starts = " UNION ALL ".join([_START] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(_CLIMB_ALL.format(starts=starts), values)
        rows = cursor.fetchall()
    return {(key.to_python(end), depth): key.to_python(id_) for end, depth, id_ in rows}


def end_below(message_id: UUID) -> UUID:
    """The latest end of the branches that go through a message; itself, if it is one.
    What was said last below it is an end: children come later.
    """
    key = Message._meta.pk
    with connection.cursor() as cursor:
        start = key.get_db_prep_value(message_id, connection)
        cursor.execute(f"{_BELOW} ORDER BY id DESC LIMIT 1", [start])
        return key.to_python(cursor.fetchone()[0])


def leads_through(last: UUID | None, message_id: UUID, depth: int) -> bool:
    """Whether the branch that ends with ``last`` has the message at that depth."""
    return last is not None and ancestor_at(last, depth) == message_id


_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM conversations_message WHERE id = %s
    UNION ALL
    SELECT m.id FROM conversations_message m JOIN below ON m.parent_id = below.id
)
SELECT id FROM below
"""

_CLIMB = """
WITH RECURSIVE up(id, depth, parent_id, jump_id) AS (
    SELECT id, depth, parent_id, jump_id FROM conversations_message WHERE id = %s
    UNION ALL
    SELECT m.id, m.depth, m.parent_id, m.jump_id
      FROM up
      LEFT JOIN conversations_message far ON far.id = up.jump_id
      JOIN conversations_message m
        ON m.id = CASE WHEN far.depth >= %s THEN far.id ELSE up.parent_id END
     WHERE up.depth > %s
)
SELECT id FROM up WHERE depth = %s
"""

_START = """
SELECT id AS start, cast(%s AS integer) AS wanted, id
  FROM conversations_message WHERE id = %s
"""
_CLIMB_ALL = """
WITH RECURSIVE up(start, wanted, id, depth, parent_id, jump_id) AS (
    SELECT asked.start, asked.wanted, m.id, m.depth, m.parent_id, m.jump_id
      FROM ({starts}) asked JOIN conversations_message m ON m.id = asked.id
    UNION ALL
    SELECT up.start, up.wanted, m.id, m.depth, m.parent_id, m.jump_id
      FROM up
      LEFT JOIN conversations_message far ON far.id = up.jump_id
      JOIN conversations_message m
        ON m.id = CASE WHEN far.depth >= up.wanted THEN far.id ELSE up.parent_id END
     WHERE up.depth > up.wanted
)
SELECT start, wanted, id FROM up WHERE depth = wanted
"""

"""A conversation as a page that any browser opens, years from now: no script, nothing
from elsewhere, and what somebody wrote is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.template.loader import render_to_string

from accounts.personal_data import Document
from conversations.models import Conversation, Message
from conversations.personal_data import attachments
from conversations.services import exporting, files
from conversations.services.thread import Shown, show

BATCH = 100  # messages of one piece


def page(conversation: Conversation) -> Document:
    path = f"conversations/{conversation.id}.html"
    return Document(path, _pieces(conversation), title=conversation.title or "Untitled")


def _pieces(conversation: Conversation) -> Iterator[bytes]:
    """The branch that the site shows; then what was said otherwise, by time."""
    branch = exporting.branch_ids(conversation)
    shown = set(branch)
    others = [each for each in exporting.all_ids(conversation) if each not in shown]
    context = {"conversation": conversation, "others": len(others)}
    yield _rendered("export/talk_begins.html", context)
    yield from _messages(branch)
    if others:
        yield _rendered("export/talk_others.html", context)
        yield from _messages(others)
    yield _rendered("export/talk_ends.html", context)


def _messages(ids: Iterable[UUID]) -> Iterator[bytes]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        found = Message.objects.defer("html").in_bulk(batch)
        said = show(found[each] for each in batch if each in found)
        sent = files.of_messages(one.message.id for one in said)
        lines = [_line(one, sent.get(one.message.id, ())) for one in said]
        yield _rendered("export/talk_messages.html", {"lines": lines})


def _line(said: Shown, sent: Iterable) -> dict[str, object]:
    at, versions = said.version, said.siblings  # the version after it stands there
    return {
        "said": said,
        "version": at,
        "before": versions[at - 2] if at > 1 else None,
        "after": versions[at] if at < len(versions) else None,
        "files": [(attachments.path(file), file.name) for file in sent],
    }


def _rendered(template: str, context: dict[str, object]) -> bytes:
    return render_to_string(template, context).encode(errors="replace")

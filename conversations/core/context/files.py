"""Which passages of files go with a turn, and how they stand in a prompt.

What came with the question goes first, whole where it takes no more than its share.
Else it goes by its beginning and by what has the question's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from conversations.core.context.base import Block
from conversations.core.context.blocks import told
from conversations.core.context.enclosed import (
    Files,
    GivenFile,
    Passage,
    PassagesLeft,
)
from conversations.core.prompts import CITE, FILES_HEADING, IN_PART
from conversations.core.tokens import count

MOST_TOKENS = 8_000
SHARE = 3  # of the room: what was said matters as well
MOST = 60  # passages that are looked at
NOT_RELEVANT = "not relevant to the question"
NO_ROOM = "did not fit"
_HEADING = f"{FILES_HEADING} {CITE}"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The passages that go, as their block, and those that do not."""

    block: tuple[Block, ...] = ()
    left: tuple[PassagesLeft, ...] = ()

    @property
    def marks(self) -> int:
        """How many numbers they are cited by."""
        return sum(len(block.marks) for block in self.block)


def enclosed(files: Files, question: str, room: int) -> Enclosed:
    """The passages of ``files`` that go when ``room`` tokens are left."""
    given = [file for file in files.given() if file.passages]
    without = tuple(
        PassagesLeft(file, 0, file.problem)
        for file in files.given()
        if not file.passages
    )
    room = min(MOST_TOKENS, room // SHARE)
    if not given:
        return Enclosed(left=without)
    if whole := _whole(files, given, room):
        return Enclosed((passages_block(given, whole),), without)
    tried, reason = _candidates(files, given, question, room)
    block = _fitting(given, tried, room)
    sent = [passage.file for one in block for passage in one.passages]
    left = (
        PassagesLeft(file, file.passages - sent.count(file.id), reason)
        for file in given
        if file.passages > sent.count(file.id)
    )
    return Enclosed(block, (*without, *left))


def passages_block(files: Sequence[GivenFile], passages: Sequence[Passage]) -> Block:
    """These passages in the order of their files, numbered from 1."""
    order = [file.id for file in files]
    placed = sorted(passages, key=lambda one: (order.index(one.file), one.number))
    used = {one.file for one in placed}
    shown = tuple(file for file in files if file.id in used)
    text = passages_text(shown, placed)
    return replace(
        told("files", text),
        passages=tuple(placed),
        files=shown,
        marks=tuple(range(1, len(placed) + 1)),
    )


def passages_text(files: Sequence[GivenFile], passages: Sequence[Passage]) -> str:
    """The words of a block of ``passages`` of ``files``."""
    names = {file.id: _on_a_line(file.name) for file in files}
    quotes = [
        _quote(mark, names[one.file], one) for mark, one in enumerate(passages, start=1)
    ]
    sent = [one.file for one in passages]
    parts = [
        IN_PART.format(name=names[file.id], sent=sent.count(file.id), all=file.passages)
        for file in files
        if sent.count(file.id) < file.passages
    ]
    return "\n\n".join([_HEADING, *quotes, *parts])


# --- helpers
def _candidates(
    files: Files, given: Sequence[GivenFile], question: str, room: int
) -> tuple[list[Passage], str]:
    """What may go, in the order of its claim, and why the rest stays out."""
    asked = [file for file in given if file.asked]
    first = _whole(files, asked, room) or [
        passage for file in asked for passage in files.passages(file.id, 1)
    ]
    if found := files.find(question, MOST):
        return _once([*first, *found]), NOT_RELEVANT
    # Nothing to go by ("Sum it up."): as far as it fits.
    read = [p for file in asked or given for p in files.passages(file.id, MOST)]
    return _once([*first, *read]), NO_ROOM


def _whole(files: Files, given: Sequence[GivenFile], room: int) -> list[Passage]:
    """All passages of these files, if they fit together in ``room`` tokens."""
    if not given or sum(file.tokens for file in given) > room:
        return []
    all_of_it = [p for f in given for p in files.passages(f.id, f.passages)]
    if not all_of_it or passages_block(given, all_of_it).tokens > room:
        return []
    return all_of_it


def _once(passages: Sequence[Passage]) -> list[Passage]:
    return list({one.id: one for one in reversed(passages)}.values())[::-1]


def _fitting(
    given: Sequence[GivenFile], tried: Sequence[Passage], room: int
) -> tuple[Block, ...]:
    """Those of ``tried`` that fit in ``room`` tokens, the first of them first."""
    names = {file.id: _on_a_line(file.name) for file in given}
    left = room - told("files", _HEADING).tokens
    kept: list[Passage] = []
    for passage in tried:
        cost = count(f"\n\n{_quote(len(tried), names[passage.file], passage)}")
        if cost <= left:
            kept.append(passage)
            left -= cost
    # What is said of files that go in part comes on top.
    while kept:
        block = passages_block(given, kept)
        if block.tokens <= room:
            return (block,)
        kept.pop()
    return ()


def _quote(mark: int, name: str, passage: Passage) -> str:
    """A passage under its number; only our own lines begin at the margin."""
    where = f"page {passage.page}" if passage.page else f"part {passage.number}"
    lines = (f"  {line}".rstrip() for line in passage.text.splitlines())
    return "\n".join([f"[{mark}] {name}, {where}:", *lines])


def _on_a_line(name: str) -> str:
    return " ".join(name.split())


def file_of(record: dict[str, object], tokens: int = 0) -> GivenFile:
    """A file as a receipt has it."""
    return GivenFile(
        UUID(str(record["id"])),
        str(record["name"]),
        int(str(record["version"])),
        int(str(record["passages"])),
        tokens,
    )

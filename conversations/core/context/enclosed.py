"""Files as context strategies take them: on a message, and their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from conversations.core.model_api import Image
from conversations.core.tokens import count


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a message: the ``line`` that tells of it, and an image that the model
    can see, as itself. ``tokens`` are those of both.
    """

    line: str
    tokens: int
    image: Image | None = None


def attachment(line: str, image: Image | None = None, tokens: int = 0) -> Attachment:
    """``tokens``: of the image."""
    return Attachment(line, count(f"\n\n{line}") + tokens, image)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a file's text. ``number``: its place in the file, from 1; ``score``:
    of one that was found by the question's words.
    """

    id: UUID
    file: UUID
    number: int
    text: str
    page: int | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file of the conversation, the latest version of its name. ``passages``: how
    many it has, of ``tokens`` together; ``asked``: it came with the message to answer;
    ``problem``: why there is no text of it.
    """

    id: UUID
    name: str
    version: int
    passages: int
    tokens: int
    asked: bool = False
    problem: str = ""


class Files(Protocol):
    """The texts of a conversation's files."""

    def given(self) -> Sequence[GivenFile]:
        """All that may go, those that came with the message to answer first."""
        ...

    def passages(self, file: UUID, at_most: int) -> list[Passage]:
        """The first passages of a file, in reading order."""
        ...

    def find(self, question: str, at_most: int) -> list[Passage]:
        """Those of all given files that have words of the question, the best first."""
        ...


class NoFiles:
    """``Files`` of conversations that have none."""

    def given(self) -> Sequence[GivenFile]:
        return ()

    def passages(self, file: UUID, at_most: int) -> list[Passage]:
        return []

    def find(self, question: str, at_most: int) -> list[Passage]:
        return []


@dataclass(frozen=True, slots=True)
class PassagesLeft:
    """Passages of a file that were not sent, and why; 0 of one that has no text."""

    file: GivenFile
    count: int
    reason: str

    def record(self) -> dict[str, Any]:
        return {
            "name": self.file.name,
            "version": self.file.version,
            "count": self.count,
            "reason": self.reason,
        }


def passages_record(
    files: Sequence[GivenFile], passages: Sequence[Passage]
) -> dict[str, Any]:
    """What a receipt keeps of a block of passages: which they are, not their words."""
    return {
        "files": [
            {
                "id": str(file.id),
                "name": file.name,
                "version": file.version,
                "passages": file.passages,
            }
            for file in files
        ],
        "passages": [
            {
                "id": str(one.id),
                "file": str(one.file),
                "number": one.number,
                "page": one.page,
                "score": one.score,
            }
            for one in passages
        ],
    }

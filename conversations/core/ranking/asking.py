"""What can be told from a question, before anything is looked up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from conversations.core.ranking.moments import Moment, moments_in
from conversations.core.terms import stem, terms_of, words_of

MOST_TERMS = 32  # of one question; of a page of text, those it begins and ends with

_OF_PERSON = frozenset({"i", "me", "my", "mine", "myself"})
_OF_ASSISTANT = frozenset({"you", "your", "yours", "yourself"})
# Said to the assistant, and not about it: "can you tell me", "do you remember".
_MANNERS = re.compile(
    r"\b(?:(?:can|could|do|did|will|would) you (?:please )?"
    r"(?:find|know|recall|remember|remind|say|see|show|tell|think)"
    r"|(?:give|remind|show|tell|let) me|thank you|i (?:mean|think|wonder|forgot))\b"
    r"(?: me\b)?"
)
_WHEN = re.compile(
    r"\bwhen (?:am|are|did|do|does|had|has|have|is|was|were|will|would)\b"
    r"|\b(?:know|me|since|tell) when\b|\bhow long\b"
    r"|\b(?:what|which) (?:date|day|month|time|week|weekday|year)\b"
    r"|\bhow many (?:days|weeks|months|years)\b"
)


@dataclass(frozen=True, slots=True)
class Question:
    """``terms`` are those to look up, the names of the two who talk left out: their
    messages are told by role. ``bare`` is what to embed: names draw a vector to
    wherever they are spoken.
    """

    terms: tuple[str, ...]
    bare: str
    of_person: bool | None = None  # what they said; False: the assistant; None: either
    asks_when: bool = False
    moments: tuple[Moment, ...] = ()


def question_of(
    text: str, today: date, person: str = "", assistant: str = ""
) -> Question:
    """What ``text`` asks. ``person`` and ``assistant`` are the names they go by."""
    persons, assistants = set(words_of(person)), set(words_of(assistant))
    names = (persons | assistants) & {word for word in words_of(text) if len(word) > 1}
    stems = {stem(name) for name in names}
    terms = [term for term in terms_of(text) if term not in stems]
    if len(terms) > MOST_TERMS:
        terms = terms[: MOST_TERMS // 2] + terms[-MOST_TERMS // 2 :]
    return Question(
        tuple(terms),
        _without(names, text) or text,
        _spoken_by(text, persons, assistants),
        _WHEN.search(" ".join(text.lower().split())) is not None,
        tuple(moments_in(text, today)),
    )


def _spoken_by(text: str, persons: set[str], assistants: set[str]) -> bool | None:
    """Whose words are asked for; a question about both, or neither, does not tell."""
    said = set(words_of(_MANNERS.sub(" ", text.lower())))
    of_person = bool(said & (persons | _OF_PERSON))
    of_assistant = bool(said & (assistants | _OF_ASSISTANT))
    return None if of_person == of_assistant else of_person


def _without(names: set[str], text: str) -> str:
    if not names:
        return text.strip()
    which = "|".join(re.escape(name) for name in sorted(names))
    bare = re.sub(rf"\b(?:{which})(?:['’]s)?\b", "", text, flags=re.IGNORECASE)
    return " ".join(bare.split())

"""Find the statement that answers a question: by its words, not by its meaning.

A statement answers when it has every word the question insists on (its noun phrases
and names), is about the same person, and does not give the thing to someone else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from conversations.providers.demo.reading import DIGIT, PRONOUNS, Reading, read
from conversations.providers.demo.statements import Statement
from conversations.providers.demo.words import WORD, simplified, stem, word_set

# A thing stays the same thing when someone says that it is the new one.
_UPDATES = word_set("new current actual latest updat final real correct right")
_NUMBER_WANTED = re.compile(
    r"\b(?:code|number|pin|phone|price|cost|budget|"
    r"how (?:many|much|old|long|far|tall))\b"
)
# How a question begins and what kind of answer it wants: not what it is about.
_WRAPPING = re.compile(
    r"^(?:(?:can|could|would|will) you |please )*(?:(?:tell|remind|give|show) me "
    r"(?:again )?(?:of |about )?|do you (?:know|remember) )"
    r"|\b(?<=what )(?:time|day|date|year|month)\b"
    r"|\b(?<=which )(?:day|date|year|month)\b"
    r"|\b(?:mentioned |given |provided )?(?:in|from|to) the (?:given |provided )?"
    r"(?:text|context|passage|conversation)s?(?: above)?\b",
    re.I,
)
# How summaries and notes speak of the one who asks.
_ABOUT_PERSON = re.compile(r"\b(?:the )?(?:user|person)(?:['’]s)?\b", re.I)
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement and how well it fits; bigger is better."""

    statement: Statement
    score: tuple[float, int, int, tuple[int, int, int]]


def ranked_answers(
    question: str, found: Iterable[Statement], name: str = ""
) -> list[Statement]:
    """Return every statement that answers: the best first, of equals the latest."""
    asked = read(_WRAPPING.sub("", question.strip()))
    about_the_model = "your" in asked.owners and not (asked.any_mine or asked.me)
    if about_the_model or not any(word.isalpha() for word in asked.content):
        return []
    # "The code was changed" must not win over the code itself.
    number = bool(_NUMBER_WANTED.search(question.lower()))
    answers = [
        answer
        for statement in found
        if _shares_a_word(asked, statement.text)
        and (answer := _judge(asked, statement, name, number))
    ]
    answers.sort(key=lambda answer: answer.score, reverse=True)
    return [answer.statement for answer in answers]


def is_about_person(statement: Statement, name: str = "") -> bool:
    """Whether a statement is about the person who asks."""
    if statement.speaker == "user":
        reading = read(statement.text)
        return bool(statement.key) or reading.me or reading.any_mine
    text = statement.text
    if statement.speaker == "assistant":
        return bool(re.search(r"\byour?\b", text, re.I))
    named = bool(name) and name.split()[0].lower() in text.lower()
    return bool(statement.key) or named or bool(_ABOUT_PERSON.search(text))


def _judge(
    asked: Reading, statement: Statement, name: str, number: bool
) -> Answer | None:
    said = read(_as_the_person(statement.text, statement.speaker))
    available = said.content
    if not _same_owner(asked, said):
        # "My sister's name is Ana" says nothing about "my name".
        available = available - said.owned
    covered = asked.content & available
    coverage = len(covered) / len(asked.content)
    # Half of the words in all, but every one of the things it asks about.
    if not asked.insists <= available or coverage < _ENOUGH:
        return None
    personal = asked.me or asked.any_mine
    if personal and not is_about_person(statement, name):
        return None
    if personal and not _same_thing(asked, said, bool(statement.key)):
        return None
    # "My middle name" is further from "my name" than "my name" is.
    extra = sum(
        len(phrase - asked.content - _UPDATES)
        for phrase in said.phrases
        if phrase & asked.insists
    )
    fit = coverage + (0.2 if number and DIGIT.search(statement.text) else 0.0)
    # What the assistant repeats is older than it looks.
    first_hand = int(statement.speaker != "assistant")
    return Answer(statement, (round(fit, 2), -extra, first_hand, statement.rank))


def _same_thing(asked: Reading, said: Reading, noted: bool) -> bool:
    """Whether "my …" means the same in both, or the statement is about me at all."""
    if noted or not said.any_mine:
        return True
    if asked.mine:
        return bool(asked.mine & said.mine)
    # "Where do I live?" is not answered by "My sister lives in Rome".
    return said.subject or bool(said.heads & asked.content)


def _same_owner(asked: Reading, said: Reading) -> bool:
    """Whether the things in the statement belong to whom the question speaks of."""
    named = {owner for owner in said.owners if owner not in PRONOUNS}
    # "Her" is taken to be someone the question names, if the statement does too.
    pronouns = said.owners - named
    return named <= asked.content and (
        not pronouns or bool(asked.owners & said.content)
    )


def _shares_a_word(asked: Reading, text: str) -> bool:
    # A cheap look before the sentence is taken apart: contexts are long.
    return any(stem(word) in asked.content for word in WORD.findall(simplified(text)))


def _as_the_person(text: str, speaker: str) -> str:
    """Put what others say about the person into the person's own words."""
    if speaker == "assistant":
        text = re.sub(r"\byour\b", "my", text, flags=re.I)
        return re.sub(r"\byou\b", "I", text, flags=re.I)
    if speaker in ("system", "tool"):
        text = re.sub(r"\b(?:the )?(?:user|person)['’]s\b", "my", text, flags=re.I)
        return re.sub(r"\b(?:the )?(?:user|person)\b", "I", text, flags=re.I)
    return text

"""What the demo model answers: from the context it was sent, and from nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import takewhile
from json import JSONDecoder

import orjson

from conversations.core.prompts import (
    LEARN_PROMPT,
    RESUME_PROMPT,
    SUMMARY_PROMPT,
    TITLE_PROMPT,
    TOOL_RESULT,
    first_sentence,
)
from conversations.providers.demo.attached import received, without_attachments
from conversations.providers.demo.facts import is_about_person, ranked_answers
from conversations.providers.demo.learning import learned_from
from conversations.providers.demo.names import asks_for_name, latest_naming
from conversations.providers.demo.replies import reply_to, unknown
from conversations.providers.demo.request import DemoRequest
from conversations.providers.demo.statements import (
    Statement,
    is_question,
    sentences,
    statements,
)
from conversations.providers.demo.summaries import summary_of
from conversations.providers.demo.titles import title_of

_TOOL_ASKED = re.compile(r"\buse the tool\s+[`\"']?([\w.-]*\w)[`\"']?", re.I)
_JSON = JSONDecoder()
# "What is my name and where do I live?"
_PARTS = re.compile(
    r"(?:,|(?<![\s,]))\s++and\s+"
    r"(?=(?:what|where|when|who|which|how|whose)(?:['’]s)?\b)",
    re.I,
)
# Questions that want everything and not one thing.
_ALL_ABOUT_ME = re.compile(r"\bknow about me\b|\btold you about (?:me|myself)\b", re.I)
_ALL_ABOUT_IT = re.compile(
    r"\b(?:say|said|tell you|told you|mention(?:ed)?)\b.*\babout\b", re.I
)
# Sentences in which "my" cannot just become "your".
_ME = re.compile(r"\b(?:I|I['’]\w+|me)\b|\bmy\b.*\bmy\b", re.I)
_OWNER = re.compile(r"(?:my|(?:the )?user(?:['’]s)?)\s+", re.I)
_MANY = 8
_LONGEST = 1_000  # characters of a question


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model wants a tool to run. ``arguments`` is JSON text."""

    name: str
    arguments: str


Said = str | tuple[ToolCall, ...]
"""A reply: words, or calls of tools."""


def answer(request: DemoRequest) -> Said:
    """Return the reply to a request."""
    material = request.messages[-1].text if request.messages else ""
    system = "\n".join(m.text for m in request.messages if m.role == "system")
    if first_sentence(TITLE_PROMPT) in system:
        return title_of(material)
    if first_sentence(SUMMARY_PROMPT) in system:
        return summary_of(material)
    if first_sentence(LEARN_PROMPT) in system:
        return learned_from(material)
    if material.startswith(first_sentence(RESUME_PROMPT)):
        return _rest_of_reply(request)
    if result := _tool_result(request):
        return f"The tool answered:\n\n{result}"
    if asked := _tools_asked(request.question):
        return _use_tools(asked, request.tools)
    return _from_context(request)


def _rest_of_reply(request: DemoRequest) -> Said:
    """Go on with a reply that broke off: the same answer again, from there on."""
    *before, broken, _ = request.messages
    whole = answer(replace(request, messages=tuple(before)))
    if not isinstance(whole, str):
        return whole
    return whole.removeprefix(broken.text)


def _tool_result(request: DemoRequest) -> str:
    if not request.messages:
        return ""
    given = takewhile(lambda message: message.role == "tool", request.messages[::-1])
    if results := [message.text for message in given]:
        return "\n\n".join(reversed(results)) or "(nothing)"
    last = request.messages[-1]
    # The product's prompts are plain text: there a result has no call to belong to.
    result = last.text.removeprefix(TOOL_RESULT)
    return result.strip() if result != last.text else ""


def _tools_asked(question: str) -> list[ToolCall]:
    """Return each "use the tool NAME {…}" of a message."""
    asked = []
    end = len(question)
    for match in reversed(list(_TOOL_ASKED.finditer(question))):
        arguments = _arguments_in(question[match.end() : end])
        asked.append(ToolCall(match[1], arguments))
        end = match.start()
    return asked[::-1]


def _arguments_in(text: str) -> str:
    try:
        start = text.index("{")
        _, end = _JSON.raw_decode(text, start)
        return orjson.dumps(orjson.loads(text[start:end])).decode()
    except (ValueError, RecursionError):
        return "{}"


def _use_tools(asked: list[ToolCall], tools: tuple[str, ...]) -> Said:
    for call in asked:
        if call.name not in tools:
            known = ", ".join(f"`{tool}`" for tool in tools) or "none"
            return (
                f"I was not given a tool called `{call.name}`. The tools I have: "
                f"{known}."
            )
    return tuple(asked)


def _from_context(request: DemoRequest) -> str:
    said = list(statements(request.messages))
    name, mark = latest_naming(said)
    question = without_attachments(request.question)
    asked = _questions(question)
    answers = [_answer_one(question, said, name, mark) for question in asked]
    # Knowing nothing at all is told at more length than knowing one thing of two.
    if not any(answers):
        return received(request.question) or reply_to(question, asked)
    return "\n\n".join(
        text or unknown(question) for question, text in zip(asked, answers, strict=True)
    )


def _questions(text: str) -> list[str]:
    """Return what a message asks, one question each, and not too many."""
    asked = [part[:_LONGEST] for part in sentences(text) if is_question(part)]
    return [part for whole in asked for part in _PARTS.split(whole)][:_MANY]


def _answer_one(question: str, said: list[Statement], name: str, mark: int) -> str:
    if asks_for_name(question):
        return _cited(f"Your name is {name}.", mark) if name else ""
    if _ALL_ABOUT_ME.search(question):
        return _listed([s for s in said if is_about_person(s, name)])
    if _ALL_ABOUT_IT.search(question):
        topic = _ALL_ABOUT_IT.sub("", question)
        found = ranked_answers(topic, (s for s in said if s.speaker != "assistant"))
        return _listed(sorted(found, key=lambda statement: statement.rank))
    found = ranked_answers(question, said, name)
    return _quoted(found[0]) if found else ""


def _listed(found: list[Statement]) -> str:
    lines = dict.fromkeys(_quoted(statement) for statement in found[-_MANY:])
    return "\n".join(f"- {line}" for line in lines)


def _cited(text: str, mark: int) -> str:
    return f"{text} [{mark}]" if mark else text


def _quoted(statement: Statement) -> str:
    """Say a statement back to the person, and where it stands if that has a number."""
    return _cited(_said_back(statement), statement.mark)


def _said_back(statement: Statement) -> str:
    """In its own words."""
    text = statement.text.strip()
    owner = _OWNER.match(statement.key)
    if owner or (statement.key and statement.speaker == "system"):
        key = statement.key[owner.end() :] if owner else statement.key
        return f"Your {key[:1].lower()}{key[1:]}: {statement.value}"
    if statement.speaker == "user":
        if text.lower().startswith("my ") and not _ME.search(text):
            return "Your" + text[2:]
        return f"You told me: “{text}”"
    if statement.speaker == "assistant":
        return text
    return f"I was given this: “{text}”"

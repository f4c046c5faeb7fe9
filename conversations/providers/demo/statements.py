"""What the context states: its sentences and lines, with who said them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from conversations.core.prompts import NEW_TURNS, SUMMARY_SO_FAR, TOOL_RESULT
from conversations.providers.demo.request import Message

# The number by which a quoted turn, or the passage that begins here, can be cited.
_MARK = re.compile(r"\[(\d{1,3})\] (?=\[|(.*, (?:page|part) \d+:)$)")
_CITED = re.compile(r" ?\[\d{1,3}\]")
_ATTACHED = re.compile(r"\[(?:image|file): ")
FILE = "file"  # who speaks in a passage
# Where a sentence ends: not after the dot of a title or an abbreviation.
_SENTENCE_END = re.compile(
    r"(?<![^\w](?i:dr|mr|ms|st|no|vs)\.)(?<!(?i:mrs)\.)(?<!(?i:prof)\.)"
    r"(?<!^(?i:dr|mr|ms|st)\.)(?<=[.!?…])[\"”')]*\s+(?=\S)"
)
_LINE_START = re.compile(r"^\s*(?:[-*•>#]+|\d+[.)])\s+")
# A year must be in it: "[NAME_1]" is someone whose name was masked, and stays.
_DATE = re.compile(r"^[\[(](?=[^\])]*\d{4})[^\])]{4,40}[\])]:?\s*")
# Turns quoted from elsewhere are told like a play: "User: …".
_SPEAKER = re.compile(
    r"^(user|human|assistant|ai|system|tool)\s*(?:\([^)]*\))?:\s*", re.I
)
_SPEAKERS = {"human": "user", "ai": "assistant"}
# Files are often broken into lines in the middle of a sentence.
_WRAPPED = re.compile(
    r"(?<=[^\n]{50})\n(?: {2})?(?=[a-z])(?![\w .'-]{0,60}(?::\s|\s*=))"
)
# "Tom: I like tea" says nothing about the one who asks; "name: Maya" does.
_OTHER_SPEAKER = re.compile(r"^[A-Z]\w+\s*(?:\([^)]*\))?:\s+(?=(?:I|I'm|I’m|My|We)\b)")
_KEY_VALUE = re.compile(
    r"^[\"'`*]*([\w][\w .'-]{0,60}?)[\"'`*]*(?::\s+|\s*=\s*)(\S.*)$"
)
# What people say before they come to the point.
_LEAD_IN = re.compile(
    r"^(?:(?:please|ok(?:ay)?|hi|hello|hey|so|well|oh|btw|by the way|fyi|also|and|"
    r"actually)[,!.]?\s+)*(?:(?:please\s+)?(?:remember|note|keep in mind|don['’]t "
    r"forget|for the record)[,:]?\s+(?:that\s+)?)?",
    re.I,
)
_QUESTION = re.compile(
    r"^(?:what|who|whom|whose|which|why|how|(?:where|when)(?=['’]s| (?:is|are|was|were|"
    r"am|do|does|did|will|can|should|would|have|has)\b)|do|does|did|is|are|was|were|am|"
    r"can|could|would|will|should|have|has|tell me|remind me|repeat|say my|give me|"
    r"wie|was|wo|wann|wer|comment|quel|quelle|où|cómo|cuál|dónde|hoe|wat|waar)"
    r"(?:['’]\w+)?\b",
    re.I,
)
# Sentences that ask in other words, or say that something is not known.
_NO_NEWS = re.compile(
    r"\b(?:forg[eo]t|forgotten|(?:do not|don['’]t|can['’]?t|cannot) (?:know|remember)|"
    r"wonder|(?:want|like|need) to know|tell me|remind me|nothing in what|"
    r"demo model)\b",
    re.I,
)
_TO_THE_MODEL = re.compile(r"\b(?:you|your|yours|yourself)\b", re.I)
# A system prompt is full of orders. They are for the model, not about the person.
_ORDER = re.compile(
    r"^(?:answer|use|be|keep|do|don['’]t|never|always|write|reply|respond|treat|follow|"
    r"if|when|please|speak|ignore|avoid|give|say|call|ask|help|make|mention|quote|cite|"
    r"format|explain|stay|act|refuse|only|unless|address)\b",
    re.I,
)
# What this model says about itself states nothing: such replies are passed over.
_OWN_CHATTER = ("demo model", "nothing in what I was given")
_HEADINGS = (NEW_TURNS, SUMMARY_SO_FAR, TOOL_RESULT)


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the context says. ``rank`` grows with how much it should count."""

    text: str
    speaker: str
    rank: tuple[int, int, int]
    key: str = ""
    value: str = ""
    mark: int = 0  # by which it is cited


def is_question(sentence: str) -> bool:
    """Whether a sentence wants to know something."""
    bare = _LEAD_IN.sub("", sentence.strip())
    asks = bare.rstrip("\"”')").endswith(("?", "？"))
    return asks or bool(_QUESTION.match(bare) or _NO_NEWS.search(bare))


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text, without list marks."""
    found: list[str] = []
    for line in text.splitlines():
        bare = _LINE_START.sub("", line).strip()
        found.extend(part for part in _SENTENCE_END.split(bare) if part)
    return found


def statements(messages: tuple[Message, ...]) -> Iterator[Statement]:
    """Yield what the context states, in order; questions and orders are left out."""
    leading = True
    for index, message in enumerate(messages):
        leading = leading and message.role == "system"
        speaker = message.role
        if speaker == "assistant" and any(c in message.text for c in _OWN_CHATTER):
            continue
        text = _WRAPPED.sub(" ", message.text)
        mark = 0
        for place, line in enumerate(text.splitlines()):
            if begun := _MARK.match(line):
                mark, speaker = int(begun[1]), FILE if begun[2] else message.role
                line = "" if begun[2] else line[begun.end() :]
            elif line[:1].strip():  # at the margin: something else begins
                mark, speaker = 0, message.role if speaker == FILE else speaker
            bare = _DATE.sub("", _LINE_START.sub("", line).strip())
            if not bare or bare in _HEADINGS or _ATTACHED.match(bare):
                # A blank line ends what a quoted speaker said.
                speaker = speaker if bare or speaker == FILE else message.role
                continue
            if match := _SPEAKER.match(bare):
                speaker = match[1].lower()
                speaker = _SPEAKERS.get(speaker, speaker)
                bare = bare[match.end() :]
            orders = leading and speaker == "system"
            if speaker == "assistant":
                bare = _CITED.sub("", bare)  # the numbers were of another prompt
            for one in _of_line(bare, speaker, (index, place), orders):
                yield replace(one, mark=mark) if mark else one


def _of_line(
    line: str, speaker: str, place: tuple[int, int], orders: bool
) -> Iterator[Statement]:
    if _OTHER_SPEAKER.match(line):
        yield Statement(line, "other", (place[0], 0, place[1]))
        return
    for sentence in _SENTENCE_END.split(line):
        bare = _LEAD_IN.sub("", sentence.strip())
        to_model = _TO_THE_MODEL.search(bare) or _ORDER.match(bare)
        if not bare or is_question(sentence) or (orders and to_model):
            continue
        key, value = _key_value(bare)
        # Facts that someone wrote down as such count more than what stands beside them.
        noted = int(bool(key) and speaker in ("system", "user"))
        yield Statement(bare, speaker, (place[0], noted, place[1]), key, value)


def _key_value(text: str) -> tuple[str, str]:
    match = _KEY_VALUE.match(text)
    if match is None:
        return "", ""
    return match[1].replace("_", " ").strip(), match[2].strip(" \"'`*,")

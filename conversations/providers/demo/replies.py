"""What the demo model says when the context holds no answer: friendly, and honest."""

from __future__ import annotations

import re
import zlib

from conversations.providers.demo.samples import sample_for
from conversations.providers.demo.words import STOP, WORD

HONEST = (
    "I am the demo model: I understand nothing and only find words again in what this "
    "app sends me. Set `OPENAI_API_KEY` for a real model."
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|evening|day)|how are you|hallo|bonjour|hola)"
    r"\b.{0,20}$",
    re.I,
)
_THANKS = re.compile(r"\b(?:thanks|thank you|merci|danke|gracias|bedankt)\b", re.I)
# Several ways to say each thing, so that a talk with the demo is not all the same.
_GREETINGS = (
    "Hello! Tell me something about you, and ask me for it later.",
    "Hi there! Try me: tell me a fact, then ask for it a few messages on.",
    "Good to see you! Ask for a table, a list or some code to see how replies look.",
)
_HELP = (
    "I can find again what this conversation says, call a tool you name, and show you "
    "some code, a table, a list, maths or a long text."
)
_WELCOMES = ("You are welcome.", "Any time.", "With pleasure.")
# What was said is not repeated here: a reply must not become a second source of it.
_NOTED = (
    "Noted. I keep nothing myself: whether I hear of it again is up to this app.",
    "Thank you, that is in the conversation now. Ask me about it whenever you like.",
    "Understood as far as I can, and that is not far. It is safe in this conversation.",
)
_REFLECTIONS = (
    "Your message is about {words}, I believe.",
    "I read {words} in that.",
    "The words that stood out to me: {words}.",
)


def reply_to(text: str, asked: list[str]) -> str:
    """Return a reply to a message that the context does not answer."""
    if sample := sample_for(text):
        return f"{_chosen(_SAMPLES, text)}\n\n{sample}"
    if _GREETING.match(text):
        return f"{_chosen(_GREETINGS, text)} {HONEST}"
    if _THANKS.search(text) and len(text) < 80:
        return f"{_chosen(_WELCOMES, text)} {HONEST}"
    # "What can you do?" has no word to look for.
    if asked and not _striking_words(asked[0]):
        return f"{_HELP} {HONEST}"
    if asked:
        return f"{unknown(asked[0])} {HONEST}"
    if re.search(r"\b(?:I|my|we|our)\b|:\s", text, re.I):
        return f"{_chosen(_NOTED, text)} {HONEST}"
    words = _striking_words(text)
    if not words:
        return f"{_chosen(_GREETINGS, text)} {HONEST}"
    return f"{_chosen(_REFLECTIONS, text).format(words=words)} {HONEST}"


def unknown(question: str) -> str:
    """Admit that the context does not say."""
    words = _striking_words(question)
    looked = f"I looked for {words}, but " if words else ""
    return f"I do not know: {looked}nothing in what I was given says so."


_SAMPLES = (
    "I am the demo model, so this is a sample and not an answer:",
    "A real model would think now. The demo model shows how it would look:",
    "Not my own thought, only what the demo model has at hand:",
)


def _chosen(options: tuple[str, ...], text: str) -> str:
    """Choose by content, so the same message always gets the same reply."""
    return options[zlib.crc32(text.encode()) % len(options)]


def _striking_words(text: str) -> str:
    words = [w for w in WORD.findall(text) if w.lower() not in STOP]
    return ", ".join(f"“{word[:40]}”" for word in list(dict.fromkeys(words))[:4])

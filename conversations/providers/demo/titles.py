"""Titles without understanding: the first words that carry meaning."""

from __future__ import annotations

from conversations.core.prompts import SPEAKERS
from conversations.providers.demo.statements import sentences
from conversations.providers.demo.words import STOP, WORD, word_set

FALLBACK = "Short exchange"
# How people ask; a title says what for.
_REQUESTS = word_set(
    "write make create show explain help find build describe list summarise summarize "
    "translate compare draft generate suggest recommend hi hello hey add use think "
    "good morning evening short quick question name thing things"
)
# Kept between two words, so that a title reads like a phrase.
_LINKS = word_set("of for in with on from to and at")
_MOST_WORDS = 4
_LONGEST_WORD = 24  # some languages write whole sentences without spaces


def title_of(material: str) -> str:
    """Return a title of up to four words for the transcript of a beginning."""
    for sentence in sentences(_first_message(material)):
        words = _phrase(WORD.findall(sentence))
        if words:
            title = " ".join(words)
            return title[:1].upper() + title[1:]
    return FALLBACK


def _first_message(material: str) -> str:
    """Return what the user said first, out of the transcript."""
    text = material.partition(f"\n\n{SPEAKERS['assistant']}: ")[0]
    return text.removeprefix(f"{SPEAKERS['user']}: ")


def _phrase(words: list[str]) -> list[str]:
    """Return the sentence's words from the first telling one on, links included."""
    phrase: list[str] = []
    for word in words:
        low = word.lower()
        if low in _LINKS and phrase:
            phrase.append(low)
        elif low not in STOP and low not in _REQUESTS:
            phrase.append(word[:_LONGEST_WORD])
        if len(phrase) == _MOST_WORDS:
            break
    while phrase and phrase[-1] in _LINKS:
        phrase.pop()
    return phrase

"""What of a message is a person's own telling: no code, paste, quote, question, or text
that somebody is to work on.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 3_000  # characters of own words; who sends more pastes
LONGEST_SENTENCE = 400
LONGEST_MESSAGE = 20_000

_CODE = re.compile(
    r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[^\n]*$|\Z)|`[^`\n]*`|\$\$.*?\$\$", re.M | re.S
)
# what was cited, a table's or a log's rows, what somebody else says in a transcript
_LINES = re.compile(
    r"^[ \t]*(?:>|\||\[?\d{1,4}[-:./]\d\d|\$ |#!|//|<\w)[^\n]*$"
    r"|^[ \t]*(?!(?:ps|note|fyi|about me|update|me|ich|moi|yo)\b)"
    r"[^\W\d_][\w .()-]{0,24}:[ \t]+(?=(?:i|i'm|i’m|my|we|ich|je|j'|yo|soy)\b)[^\n]*$",
    re.M | re.I,
)
_QUOTED = re.compile(
    r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«|‹[^›]*›|「[^」]*」|『[^』]*』|‘[^’\n]*’(?!\w)"
    r"|\"[^\"\n]*\"|(?<![\w'])'[^'\n]*'(?!\w)"
)
_SENTENCES = re.compile(r"(?<=[.!?…])[\"”')]*\s+|(?<=[。！？])|\n+")
_ASKS = re.compile(r"[?？][\s\"”'’»)\]]*$|^\s*¿")
# what follows is somebody's text, or nobody's life
_NOT_THEIRS = re.compile(
    r"\b(?:translat\w+|proof-?read\w*|paraphras\w+|re-?phras\w+|re-?writ\w+|re-?word"
    r"|(?:correct|fix|check|improve|polish) (?:this|the|my|these)\b.{0,40}"
    r"(?:text|sentence|grammar|spelling|essay|paragraph|email|letter|draft|english)"
    r"|how (?:do|would|can) (?:you|i|we) say|pretend\w*|imagin\w+|role-?play\w*"
    r"|act as|in character|suppose|hypothetical\w*|let's say|lyrics|a poem|a story"
    r"|übersetz\w*|korrigier\w*|umformulier\w*|stell dir vor|angenommen|tu so"
    r"|tradui\w*|corrig\w*|reformul\w*|fais semblant|supposons"
    r"|traduc\w*|traduz\w*|traduir\w*|corrij\w*|reescrib\w*|finge|supongamos"
    r"|vertaal\w*|öv?ersätt\w*|oversett\w*)\b|翻译|翻譯|翻訳|переведи",
    re.I,
)
_HYPOTHETICAL = re.compile(
    r"^\W*(?:if|when|whenever|unless|wenn|falls|si|cuando|se|als)\b"
    r"|\b(?:as if|as though)\b"
    r"|\bif i (?:were|was|had|am)\b|\bi (?:would|could|might|may|should)\b|\bi'd\b",
    re.I,
)
_LIKE = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": "-", "\u00a0": " "})


def own_words(text: str) -> list[str]:
    """The sentences in which the person may be telling something."""
    if len(text) > LONGEST_MESSAGE or _NOT_THEIRS.search(text):
        return []
    bare = _QUOTED.sub(" ", _LINES.sub("", _CODE.sub("\n", text)))
    told = [part.strip() for part in _SENTENCES.split(bare) if _tells(part)]
    return told if sum(map(len, told)) <= LONGEST else []


def alike(text: str) -> str:
    """The text as it compares with one that reads the same."""
    plain = unicodedata.normalize("NFKC", text).translate(_LIKE).casefold()
    return " ".join(plain.split())


def _tells(sentence: str) -> bool:
    if not sentence.strip() or len(sentence) > LONGEST_SENTENCE:
        return False
    return not (_ASKS.search(sentence) or _HYPOTHETICAL.search(sentence))

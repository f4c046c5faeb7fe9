"""What can be found of a text: the stems of its words, their beginnings, its day.

Terms are plain words here; whoever stores them makes keyed hashes of them first. Kinds
are told apart by a prefix that no word can have.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from datetime import date

LONGEST = 64_000  # characters of one text: twice what a person can send at once
EDGES = (2, 3, 5)  # lengths of the beginnings that are kept, for search as you type
LEVELS = (2, 4)  # a term said so often has a mark for it: how often matters, roughly

_WORD = re.compile(r"[^\W_]+")
# Written without spaces: Thai, Lao, Burmese, Khmer, kana, Han; or, as Hangul, with
# endings stuck to every word. There, pairs of signs are terms.
UNSPACED_SIGNS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
)
_UNSPACED = re.compile(rf"[{UNSPACED_SIGNS}]+")
_NO_HANGUL = re.compile(r"[^\uac00-\ud7a3]+")  # whose signs would fall into letters
_JAMO = re.compile(r"[\u1100-\u11ff]+")  # those letters, as some PDFs have them
# What no accent can be taken off: a stroke through a letter, no dot on it, two in one.
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "þ": "th"} | dict(zip("øłđðħŧı", "olddhti", strict=True))
)
_NO_HELP = """
a about again all also am an and any are as at be been but by can could did do does
for from get had has have he her him his how i if in into is it its just ll me my no
not of on or our out please re remember remind say she so some tell than thank that
the their them then there these they this to too us ve very was we were what when
where which who whose why will with would yes you your
der die das und ist ein eine ich du wie was wo le la les et un une je tu que de el los
y en mi het een
"""
STOP = frozenset(_NO_HELP.split())

ENDING = 300  # characters that tell whether a text ends with a question
_CAPTION = re.compile(r"\[[^\[\]]*\]\s*$")  # of an image, behind what was said
_ASKS = re.compile(r"[?？؟][^\w?？؟]*$")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# Stems. Not those of "may" and "evening", which are of other words more often.
_WHEN = """
ago day last month morn next night recent sinc soon today tomorrow tonight week weekend
year yesterday monday tuesday wednesday thursday friday saturday sunday
january february march april jun july august september october november december
"""
_TIMES = frozenset(_WHEN.split())


def terms_of(text: str) -> dict[str, int]:
    """The stems of a text's words with their counts; words that say nothing are out."""
    found: Counter[str] = Counter()
    for word in words_of(text):
        if is_unspaced(word):
            found.update(pairs_of(word))
        elif (len(word) > 1 or word.isdigit()) and word not in STOP:
            found[stem(word)] += 1
    return dict(found)


def beginnings_of(text: str) -> set[str]:
    """How the words of a text begin, in the lengths that are kept."""
    found: set[str] = set()
    for word in set(words_of(text)):
        if word not in STOP and not is_unspaced(word):
            found.update(word[:edge] for edge in EDGES if len(word) >= edge)
    return found


def beginning(word: str) -> str | None:
    """The longest kept beginning of ``word``; None when it is too short for any."""
    fitting = [edge for edge in EDGES if edge <= len(word)]
    return word[: fitting[-1]] if fitting else None


def entry_terms(text: str, said: date) -> tuple[set[str], int]:
    """All a text can be found by, and how many words say something in it.

    Words are as they are; what begins with a sign and ":" is no word: ``2:`` and
    ``4:`` a word said at least so often, ``p:`` how a word begins, ``d: m: y:`` when it
    was said, ``has:`` what else there is in it.
    """
    counts = terms_of(text)
    terms = set(counts) | set(day_terms(said)) | set(marks_of(text, counts))
    terms |= {f"{n}:{term}" for n in LEVELS for term in counts if counts[term] >= n}
    terms |= {f"p:{beginning}" for beginning in beginnings_of(text)}
    return terms, sum(counts.values())


def marks_of(text: str, terms: Container[str]) -> Iterator[str]:
    """What there is in a text, besides words: code, a question at its end, a word for
    a time, or a year. ``terms`` are the text's. Times are told in English only.
    """
    if "```" in text:
        yield "has:code"
    if _ASKS.search(_CAPTION.sub("", text[-ENDING:])):
        yield "has:question"
    if any(time in terms for time in _TIMES) or _YEAR.search(text[:LONGEST]):
        yield "has:time"


def words_of(text: str) -> Iterator[str]:
    """The words in small letters, without accents; signs without spaces are runs."""
    for word in _WORD.findall(folded(text[:LONGEST])):
        rest = 0
        for run in _UNSPACED.finditer(word):
            if word[rest : run.start()]:
                yield word[rest : run.start()]
            yield run[0]
            rest = run.end()
        if word[rest:]:
            yield word[rest:]


def is_unspaced(word: str) -> bool:
    return _UNSPACED.match(word) is not None


def pairs_of(run: str) -> Iterable[str]:
    """What is found of signs written without spaces; of a single one, itself."""
    return (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def day_terms(day: date) -> tuple[str, str, str]:
    """The day, its month and its year."""
    return f"d:{day:%Y-%m-%d}", f"m:{day:%Y-%m}", f"y:{day:%Y}"


def folded(text: str) -> str:
    """In small letters and without accents."""
    if text.isascii():
        return text.lower()
    # Marks go first: long runs of them are slow to normalise.
    bare = _without_marks(text.casefold())
    bare = _JAMO.sub(lambda some: unicodedata.normalize("NFC", some[0]), bare)
    apart = _NO_HANGUL.sub(lambda some: unicodedata.normalize("NFKD", some[0]), bare)
    return _without_marks(apart[:LONGEST]).translate(_LETTERS)


def stem(word: str) -> str:
    """What a word has in common with its plural and its tenses, more or less."""
    if not word.isalpha() or len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and word[-2] not in "siu":
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = word.removesuffix(ending)
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _without_marks(text: str) -> str:
    return "".join(c for c in text if not unicodedata.category(c).startswith("M"))

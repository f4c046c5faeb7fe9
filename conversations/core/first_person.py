"""Sentences in which people say something lasting of themselves, by how they begin.

Only a gate before a model is asked: it lets too much through rather than too little,
but nothing that a working day is full of ("I get an error", "I am trying to").
"""

from __future__ import annotations

import re

_PASSING = (  # what "I am …" goes on with when it will be over soon
    "trying|looking|getting|going|working on|sure|sorry|wondering|having|writing|"
    "reading|building|making|asking|thinking|curious|confused|stuck|lost|here|back|"
    "done|ready|able|unable|aware|afraid|glad|happy|sad|tired|hungry|bored|late|busy|"
    "planning|about|supposed|seeing|facing|running|creating|developing|testing|"
    "debugging|being|doing|using|waiting|leaving|coming|talking|calling|sick|ok|okay|"
    "fine|good|great|well|bit|little|on|at|in"
).replace(" ", r"\ ")
_THINGS = (  # what one has, or calls "my", at work on something
    "question|problem|issue|bug|error|idea|doubt|list|file|table|function|code|data|"
    "string|class|component|script|meeting|app|application|server|program|query|"
    "project|test|text|essay|prompt|request|page|page's|model|database|array|variable"
)
_PATTERNS = {
    "en": rf"""
        \bmy\ (?:full\ |first\ |last\ |real\ )?name(?:'s|\ is)\b | \bcall\ me\b
        | \bi\ go\ by\b
        | \b(?:i'm|i\ am|im)\ (?!(?:(?:not|just|really|currently|now|still|also|so|very
          |a|quite|too)\ )*(?:{_PASSING})\b)\w
        | \bi(?:'ve|\ have)?\ (?:\w+ly\ )?(?:lived?|moved|work|worked|teach|taught
          |study|studied|grew\ up|was\ born|come\ from|speak|spoke|play|prefer|like
          |love|enjoy|hate|dislike|own|drive|collect|never|always|usually|can't\ stand
          |don't\ (?:eat|drink|like|drive|smoke|speak)|do\ not\ (?:eat|drink|like))\b
        | \bi(?:'ve\ got|\ have)\ (?:an?|one|two|three|four|five|\d+|no|my\ own)
          \ (?!(?:\w+\ )?(?:{_THINGS})s?\b)\w
        | \bmy\ (?!(?:\w+\ )?(?:{_THINGS})s?\b)[\w' -]{{2,40}}?
          (?:\ is|\ are|\ was|'s)\ \w
        | \bremember\ that\ (?:i|my)\b | \bas\ an?\ \w+,?\ i\b""",
    "de": r"""
        \bich\ (?:hei(?:ß|ss)e|bin|wohne|lebe|arbeite|komme\ aus|mag|liebe|hasse|esse
          |trinke|spreche|spiele|bevorzuge|studiere|unterrichte|besitze|fahre
          |habe\ (?:eine?n?|zwei|drei|\d+)|wurde|nenne\ mich)\b
        | \bmeine?\ [\w -]{2,40}?\ (?:ist|sind|hei(?:ß|ss)t)\b | \bnenn\ mich\b
        | \b(?:wohne|lebe)\ ich\b""",
    "fr": r"""
        \bje\ (?:m'appelle|suis|vis|travaille|viens\ de|préfère|parle|joue|déteste
          |n'aime|ne\ mange|ne\ bois|mange|bois|m'intéresse)\b
        | \bj'(?:habite|aime|adore|ai\ (?:une?|deux|trois|\d+)|étudie|enseigne
          |apprends)\b
        | \b(?:mon|ma|mes)\ [\w' -]{2,40}?\ (?:est|sont|s'appelle)\b
        | \bappelle[z-]?-?moi\b""",
    "es": r"""
        \b(?:me\ llamo|soy|vivo|trabajo|tengo|me\ gustan?|me\ encantan?|prefiero|odio
          |hablo|no\ (?:como|bebo)|nací|estudio|enseño|juego|llámame)\b
        | \bmis?\ [\w -]{2,40}?\ (?:es|son|se\ llaman?)\b""",
    "it": r"""
        \b(?:mi\ chiamo|sono|abito|vivo|lavoro|mi\ piac\w+|preferisco|parlo|odio)\b""",
    "pt": r"""
        \b(?:me\ chamo|chamo-me|(?:eu\ )?sou|moro|vivo|trabalho|gosto|prefiro|falo)\b
        | \b(?:meu|minha)\ [\w -]{2,40}?\ é\b""",
    "nl": r"""
        \bik\ (?:heet|ben|woon|leef|werk|spreek|eet|drink|hou|speel|studeer)\b
        | \bmijn\ [\w -]{2,40}?\ (?:is|zijn|heet)\b""",
    "nordic": r"""
        \b(?:jag\ heter|jeg\ (?:heter|hedder)|j(?:ag|eg)\ (?:är|er|bor|jobbar|jobber
          |arbetar|arbeider|snakker|talar|liker|gillar))\b
        | \b(?:mitt\ namn|mit\ navn|navnet\ mitt)\b""",
    "pl": r"\b(?:mam\ na\ imię|nazywam\ się|mieszkam|pracuję|jestem|lubię|mówię)\b",
    "ru": r"""
        \b(?:меня\ зовут|я\ (?:живу|работаю|люблю|говорю|родил\w+)|мо[йяёи]\ \w+\ -)""",
    "zh": r"我(?:叫|是|住|的名字|喜欢|喜歡|在\w+工作)",
    "ja": r"私(?:は|の名前)|住んでい",
    "ko": r"저는|제\ 이름",
}
_ANY = re.compile("|".join(f"(?:{p})" for p in _PATTERNS.values()), re.X)


def says_something_lasting(sentence: str) -> bool:
    """``sentence``: as ``own_words.alike`` makes it."""
    return bool(_ANY.search(sentence))

"""What may stand in a message: the last word on every piece of rendered HTML."""

from __future__ import annotations

import re

import nh3

_HTML = """
p h3 h4 h5 h6 ul ol li blockquote hr br em strong del a code pre figure figcaption
button span div table thead tbody tr th td input sup sub kbd mark small u
"""
_MATHML = """
math semantics annotation mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror
mpadded mphantom msub msup msubsup munder mover munderover mmultiscripts mprescripts
mtable mtr mtd none menclose
"""
_MATHML_ATTRIBUTES = """
accent accentunder class columnalign columnspan depth dir display displaystyle encoding
fence form height largeop linethickness lspace mathvariant maxsize minsize movablelimits
notation rowspan rspace scriptlevel separator stretchy symmetric voffset width
"""
TAGS = {*_HTML.split(), *_MATHML.split()}
ATTRIBUTES = {
    **{tag: set(_MATHML_ATTRIBUTES.split()) for tag in _MATHML.split()},
    "a": {"href", "title"},
    "button": {"type", "class", "data-copy"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "figure": {"class"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"class"},
    "td": {"align"},
    "th": {"align"},
}
SCHEMES = {"http", "https", "mailto"}

# To a browser "https:x" is relative as well, on a page that came by the same scheme.
_RELATIVE = re.compile(
    r'(<a(?: [a-z]+="[^"]*")*?) href="(?!https?://|mailto:)[^"]*"', re.I
)

# A relative link would lead into this site, where a click may do something.
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)


def sanitise(html: str) -> str:
    cleaned = _cleaner.clean(html)
    return _RELATIVE.sub(r"\1", cleaned) if "<a " in cleaned else cleaned

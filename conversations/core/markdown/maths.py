r"""LaTeX to MathML, without style attributes and within bounds.

The converter recurses, so a deep formula could overflow the stack of the process. And
each opening bracket without a partner doubles its time: thirty of them would stop the
server. What is beyond the bounds, or not LaTeX, is shown as its source.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

from math_core import LatexError, LatexToMathML

MAX_LENGTH = 4_000
# Commands and groups; each may nest one level deeper.
MAX_MARKS = 600
# Work is about the length, doubled for each bracket that may lack its partner.
MAX_WORK = 1 << 20

_converter = LatexToMathML(
    annotation=True,
    fancy_error=False,
    max_expansions=100,
    allow_unreliable_rendering=True,
    macros={"substack": r"\begin{matrix}#1\end{matrix}"},
)

# A macro could nest or repeat beyond what its definition shows.
_DEFINITION = re.compile(r"\\(?:g?def|let|global|[a-z]*command)(?![a-zA-Z])")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
# What may open a bracket, or draw a pair around an argument.
_OPENER = re.compile(
    r"[(\[\u2308\u230a\u231c\u231e\u2329\u239b\u23a1\u23a7\u23b0\u2768-\u2775"
    r"\u27e6-\u27ef\u2983-\u2998\u29d8-\u29db\u29fc\u3008-\u301a\uff08\uff3b\uff5b\uff5f]"
    r"|\\(?:\{|l(?:Angle|Brace|Vert|ang|angle|brace|brack|ceil|floor|group|langle"
    r"|lbracket|lcorner|lparenthesis|moustache|paren|vert)(?![a-zA-Z])|ulcorner"
    r"|mathopen|[bB]igg?l|[bB]ra|[kK]et|[sS]et(?!m)|pmod|pod(?![a-zA-Z]))"
)
# What cannot take a closing bracket for its argument.
_HARMLESS = (
    r"(?:[\w+\-*/=<>,.;:|!' ]"
    r"|\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|iota|kappa|lambda"
    r"|mu|nu|xi|pi|rho|sigma|tau|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Pi"
    r"|Sigma|Phi|Psi|Omega|infty|cdot|cdots|ldots|dots|times|pm|mp|leq?|geq?|neq?|to|in"
    r"|mid|partial|nabla|quad)(?![a-zA-Z])"
    r"|\\(?:math(?:bf|bb|cal|rm|sf)|text|hat|bar|vec|tilde|boldsymbol)\{[\w ,.\-]*\}"
    r"|\\[,;! ]"
    r"|[_^](?:[A-Za-z0-9]|\{[A-Za-z0-9+\-, ]*\}))*+"
)
_PAIR = re.compile(
    rf"(?:\\[bB]igg?l ?)?[(\[]{_HARMLESS}(?:\\[bB]igg?r ?)?[)\]]"
    rf"|\\(?:bra|ket|braket|pmod) ?\{{{_HARMLESS}\}}"
)
_ONE_TABLE = re.compile(r"(.*?)\\begin\{\w+\*?\}(.*)\\end\{\w+\*?\}(.*)", re.S)
_CELL_END = re.compile(r"\\\\|(?<!\\)&")

# The policy of the page forbids style attributes, so what they say becomes a class.
_STYLED = re.compile(r'(<[a-z]+\b[^<>]*?) style="([^"]*)"')
_CLASSES = {
    "text-align: right": "m-r",
    "text-align: left": "m-l",
    "text-align: center": "m-c",
    "padding-left: 0": "m-pl0",
    "padding-right: 0": "m-pr0",
    "padding-left:1em": "m-pl1",
    "border-right: 0.05em solid currentcolor": "m-br",
    "border-left: 0.05em solid currentcolor": "m-bl",
    "border-top: 0.05em solid currentcolor": "m-bt",
    "border-bottom: 0.05em solid currentcolor": "m-bb",
    "width: 100%": "m-w100",
    "width: 50%": "m-w50",
}


@lru_cache(maxsize=256)
def typeset(latex: str, *, display: bool) -> str:
    """Return a ``<math>`` element, or the source where there cannot be one."""
    latex = latex.strip()
    if affordable(latex):
        try:
            found = _converter.convert_with_local_state(latex, displaystyle=display)
            return _STYLED.sub(_classed, found)
        except (LatexError, ValueError):
            pass
    return f'<span class="math-source"><code>{html.escape(latex)}</code></span>'


def affordable(latex: str) -> bool:
    """Whether the converter is sure to get through this formula quickly."""
    if len(latex) > MAX_LENGTH or latex.count("\\") + latex.count("{") > MAX_MARKS:
        return False
    if _DEFINITION.search(latex):
        return False
    return len(latex) << min(_lonely_brackets(latex), 20) <= MAX_WORK


def _lonely_brackets(latex: str) -> int:
    """At most how many brackets without a partner stand in one row of the formula."""
    latex = _COMMENT.sub("", latex)
    # From the inside out, as far as brackets are nested in practice.
    for _ in range(4):
        latex = _PAIR.sub("x", latex)
    rows = [latex]
    # In a table, and only there, each cell is a row of its own.
    single = latex.count("\\begin") == 1 and "\\substack" not in latex
    if single and (match := _ONE_TABLE.fullmatch(latex)):
        rows = [match[1] + match[3], *_CELL_END.split(match[2])]
    return max(len(_OPENER.findall(row)) for row in rows)


def _classed(match: re.Match[str]) -> str:
    declarations = (part.strip() for part in match[2].split(";"))
    names = " ".join(_CLASSES[part] for part in declarations if part in _CLASSES)
    return f'{match[1]} class="{names}"' if names else match[1]

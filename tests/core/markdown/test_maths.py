from __future__ import annotations

import threading
import time

import pytest

from conversations.core.markdown.maths import MAX_LENGTH, affordable, typeset


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}{b}",
        r"\sum_{i=1}^{n} i^2",
        r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\begin{align} a &= b \\ &= c \end{align}",
        r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\mathbb{E}[X] = \mu, \quad \operatorname{Var}(X) = \sigma^2",
        r"\hat{y} \approx \vec{w} \cdot \mathbf{x} + \overline{b}",
        r"\substack{i < n \\ j < m}",
        r"\underbrace{a + b}_{c} \overset{!}{=} \widetilde{d}",
        r"\left( \frac{1}{2} \right)^{n} \bigl[ x \bigr]",
        r"\boxed{x = 1} \cancel{y}",
        r"x \in [0, 1) \cup (2, 3]",
        r"a \equiv b \pmod{n}",
    ],
)
def test_what_models_write_is_set(latex: str) -> None:
    html = typeset(latex, display=True)
    assert html.startswith('<math display="block">')
    assert " style=" not in html


def test_a_long_derivation_is_set() -> None:
    row = r"f(x_i) &= (a + b)(a - b) \cdot \left(\frac{1}{2}\right) + g(\mathbf{x}) \\ "
    html = typeset(rf"\begin{{align}} {row * 12} \end{{align}}", display=True)
    assert html.startswith("<math")


def test_styles_become_classes() -> None:
    html = typeset(
        r"\begin{array}{r|l} a & b \\ \hline c & d \end{array}", display=True
    )
    assert 'class="m-r m-br"' in html
    assert 'class="m-bt m-l"' in html
    assert "style" not in html.replace("displaystyle", "")


def test_text_that_looks_like_a_style_is_left_alone() -> None:
    html = typeset(r'\text{a style="b"}', display=False)
    assert 'a style="b"' in html


@pytest.mark.parametrize(
    "latex",
    [
        r"\nope",
        r"\frac{1",
        "}",
        r"a & b",
        r"\href{javascript:alert(1)}{x}",
        r"\newcommand{\x}{\x\x}\x",
        r"\def\x{y}\x",
        r"\gdef\x{y}\x",
        r"\let\x=\y",
        "x" * (MAX_LENGTH + 1),
    ],
)
def test_what_cannot_be_set_shows_its_source(latex: str) -> None:
    html = typeset(latex, display=False)
    assert html.startswith('<span class="math-source"><code>')


def test_the_source_is_escaped() -> None:
    assert typeset(r"\nope<b>&", display=True) == (
        '<span class="math-source"><code>\\nope&lt;b&gt;&amp;</code></span>'
    )


NESTING = {
    "group": ("{", "}"),
    "fraction": (r"\frac{1}{", "}"),
    "bare fraction": (r"\frac1", ""),
    "power": ("x^{", "}"),
    "root": (r"\sqrt", ""),
    "pair": (r"\left(", r"\right)"),
    "table": (r"\begin{matrix}", r"\end{matrix}"),
    "accent": (r"\hat", ""),
    "colour": (r"\color{red}", ""),
    "over": (r"{a \over ", "}"),
}


@pytest.mark.parametrize("name", NESTING)
@pytest.mark.parametrize("depth", [100, 300, 590, 5_000, 50_000])
def test_deep_formulas_do_not_overflow_the_stack(name: str, depth: int) -> None:
    opener, closer = NESTING[name]
    latex = opener * depth + "x" + closer * depth
    # Half of what a thread has on the systems we know.
    before = threading.stack_size(4 * 1024 * 1024)
    try:
        thread = threading.Thread(
            target=typeset, args=(latex,), kwargs={"display": True}
        )
    finally:
        thread.start()
        threading.stack_size(before)
    thread.join()


@pytest.mark.parametrize(
    "bracket",
    [
        "(",
        "[",
        r"\{",
        r"\langle ",
        r"\lvert ",
        r"\lfloor ",
        r"\bigl(",
        r"\Biggl| ",
        r"\sin(",
        r"\mathopen(",
        r"\llbracket ",
        r"\bra\hat ",
        r"\pmod\frac ",
        "⟨",
        "⌊",
        "（",
        "( % & \n",
        r"( \\ ",
        r"( \begin{matrix} & \end{matrix} ",
        r"( \frac{1}) ",
        r"( x^) ",
        r"( \sqrt) ",
        r"( \text{)} ",
        r"( \left) x \right) ",
    ],
)
@pytest.mark.parametrize("count", [6, 9, 14, 30, 500])
def test_brackets_without_partners_take_no_time(bracket: str, count: int) -> None:
    start = time.process_time()
    typeset(bracket * count + "x", display=True)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "latex",
    ["(a)" * 400, r"f(x) + g(\theta) - h(x_1, y^2)" * 20, "[0, 1)" * 100],
)
def test_brackets_with_partners_are_affordable(latex: str) -> None:
    assert affordable(latex)


def test_work_is_bounded_by_length_and_lonely_brackets_together() -> None:
    assert affordable("(" * 10 + "x" * 100)
    assert not affordable("(" * 10 + "x" * 2_000)
    assert not affordable("(" * 20)

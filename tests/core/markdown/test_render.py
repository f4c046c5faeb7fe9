from __future__ import annotations

import pytest

from conversations.core.markdown import RENDERER_VERSION, render
from tests.core.markdown.corpus import DOCUMENTS, LINKED

COPY = '<button type="button" class="copy" data-copy="">Copy</button>'
REL = 'rel="noopener noreferrer nofollow"'


def code(label: str, body: str) -> str:
    return (
        f'<figure class="code"><figcaption><span>{label}</span>{COPY}</figcaption>'
        f'<pre tabindex="0"><code>{body}</code></pre></figure>\n'
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("a\nb", "<p>a\nb</p>\n"),
        ("a  \nb\\\nc", "<p>a<br>\nb<br>\nc</p>\n"),
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>\n"),
        ("***a***", "<p><em><strong>a</strong></em></p>\n"),
        ("~~a~~", "<p><del>a</del></p>\n"),
        ("a_b_c 2*3*4", "<p>a_b_c 2<em>3</em>4</p>\n"),
        ("`a < b`", "<p><code>a &lt; b</code></p>\n"),
        ("> a\nb", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("- a\n\n- b", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>\n"),
        ("---", "<hr>\n"),
        ("a &amp; b &copy;", "<p>a &amp; b ©</p>\n"),
    ],
)  # fmt: skip
def test_it_renders_markdown(source: str, expected: str) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("source", "level"),
    [
        ("# a", 3),
        ("## a", 4),
        ("### a", 5),
        ("#### a", 6),
        ("###### a", 6),
        ("a\n=", 3),
    ],
)
def test_headings_stand_two_levels_lower(source: str, level: int) -> None:
    assert render(source) == f"<h{level}>a</h{level}>\n"


def test_a_table_scrolls_in_a_labelled_region() -> None:
    assert render("| a | b |\n|---|--:|\n| 1 | `x\\|y` |") == (
        '<div class="table" tabindex="0" role="region" aria-label="Table"><table>\n'
        '<thead>\n<tr>\n<th>a</th>\n<th align="right">b</th>\n</tr>\n</thead>\n'
        '<tbody>\n<tr>\n<td>1</td>\n<td align="right"><code>x|y</code></td>\n'
        "</tr>\n</tbody>\n</table></div>\n"
    )


def test_tasks_are_boxes_that_cannot_be_ticked() -> None:
    assert render("- [x] a\n- [ ] b") == (
        '<ul>\n<li><input type="checkbox" aria-label="Done" checked="" disabled=""> a'
        '</li>\n<li><input type="checkbox" aria-label="To do" disabled=""> b</li>\n'
        "</ul>\n"
    )


def test_code_has_its_language_and_a_copy_button() -> None:
    assert render("```python\nx = 1\n```") == code(
        "python",
        '<span class="n">x</span> <span class="o">=</span> <span class="mi">1</span>\n',
    )


@pytest.mark.parametrize("info", ["", "text", "klingon", "autohotkey", "py<b>"])
def test_code_in_an_unknown_language_is_plain(info: str) -> None:
    label = info.replace("<", "&lt;").replace(">", "&gt;") or "text"
    assert render(f"```{info}\nif x < 1\n```") == code(label, "if x &lt; 1\n")


def test_code_keeps_what_would_be_marks_elsewhere() -> None:
    source = "```\n<div>\n$$\nx\n$$\n\\(y\n<br> **z**\n```"
    body = "&lt;div&gt;\n$$\nx\n$$\n\\(y\n&lt;br&gt; **z**\n"
    assert render(source) == code("text", body)


def test_raw_html_is_text_and_opens_no_block() -> None:
    assert render("<div>\n# a\n</div>\n\n- <b>x</b>") == (
        "<p>&lt;div&gt;</p>\n<h3>a</h3>\n<p>&lt;/div&gt;</p>\n"
        "<ul>\n<li>&lt;b&gt;x&lt;/b&gt;</li>\n</ul>\n"
    )


def test_a_few_harmless_inline_tags_are_understood() -> None:
    assert render("H<sub>2</sub>O<br>x<sup>2</sup> <kbd>Esc</kbd> <mark>m</mark>") == (
        "<p>H<sub>2</sub>O<br>x<sup>2</sup> <kbd>Esc</kbd> <mark>m</mark></p>\n"
    )


@pytest.mark.parametrize(
    "text", ["<sub onclick=x>a</sub>", "<kbd>a", "a</sup>", "`<br>`"]
)
def test_other_uses_of_these_tags_are_text(text: str) -> None:
    assert "&lt;" in render(text)


def test_links_lead_out_and_tell_nothing_of_where_they_come_from() -> None:
    assert render('[a](http://x.y "t")') == (
        f'<p><a href="http://x.y" title="t" {REL}>a</a></p>\n'
    )


@pytest.mark.parametrize("text", ["www.x.y", "http://www.x.y", "<http://www.x.y>"])
def test_bare_addresses_become_links(text: str) -> None:
    assert f'<a href="http://www.x.y" {REL}>' in render(text)


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/logout/",
        "//evil.example",
        "x.html",
        "#top",
        "?q=1",
        "tel:+123",
        "ftp://x",
    ],
)
def test_links_into_this_site_or_to_programs_lead_nowhere(address: str) -> None:
    assert render(f"[a]({address})") == f"<p><a {REL}>a</a></p>\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("![a](http://x/y.png)", f'<a href="http://x/y.png" {REL}>a</a>'),
        ("![](http://x/y.png)", f'<a href="http://x/y.png" {REL}>image</a>'),
        ("![a][r]\n\n[r]: http://x/y.png", f'<a href="http://x/y.png" {REL}>a</a>'),
        ("![a](javascript:1)", "a"),
        ("[![a](http://x/y.png)](http://z)", f'<a href="http://z" {REL}>a</a>'),
    ],
)
def test_images_become_links(source: str, expected: str) -> None:
    assert render(source) == f"<p>{expected}</p>\n"


def test_prices_are_not_maths() -> None:
    source = "It is $5 and $10, or $5-$10, or US$3 to $4."
    assert render(source) == f"<p>{source}</p>\n"


def test_inline_maths_is_set_in_the_sentence() -> None:
    math = (
        "<math><semantics><mi>x</mi>"
        '<annotation encoding="application/x-tex">x</annotation></semantics></math>'
    )
    assert render("a $x$ b") == f"<p>a {math} b</p>\n"
    assert render("a \\(x\\) b") == f"<p>a {math} b</p>\n"


@pytest.mark.parametrize(
    "source",
    [
        "$$x$$",
        "$$\nx\n$$",
        "\\[ x \\]",
        "\\[\n\nx\n\n\\]",
        "```math\nx\n```",
    ],
)
def test_display_maths_is_a_block_of_its_own(source: str) -> None:
    assert render(source).rstrip() == (
        '<div class="math-block" tabindex="0"><math display="block"><semantics>'
        '<mi>x</mi><annotation encoding="application/x-tex">x</annotation>'
        "</semantics></math></div>"
    )


@pytest.mark.parametrize("line", ["=", "- b", "# b", "> b", "1. b", "---", "    b"])
def test_a_line_in_a_formula_is_not_markdown(line: str) -> None:
    html = render(f"$$\na\n{line}\nc\n$$")
    assert html.startswith('<div class="math-block" tabindex="0">')
    assert html.count("math-block") == 1
    assert not any(tag in html for tag in ("<h3", "<ul", "<ol", "<hr", "<blockquote"))


def test_a_formula_ends_a_table_and_stays_in_its_item() -> None:
    assert "</table></div>\n<div class=" in render("| a |\n|---|\n| 1 |\n$$ x $$")
    assert render("- a\n  $$ x $$\n- b").count("<ul>") == 1


def test_a_formula_that_cannot_be_set_shows_its_source() -> None:
    assert render("$$\n\\nope{<b>}\n$$") == (
        '<div class="math-block" tabindex="0"><span class="math-source"><code>'
        "\\nope{&lt;b&gt;}</code></span></div>\n"
    )


@pytest.mark.parametrize("name", [*DOCUMENTS, *LINKED])
def test_everything_at_the_top_level_is_an_element(name: str) -> None:
    html = render({**DOCUMENTS, **LINKED}[name])
    assert not html or html.startswith("<")
    assert html == render({**DOCUMENTS, **LINKED}[name])


@pytest.mark.parametrize("name", [*DOCUMENTS, *LINKED])
def test_no_hidden_mark_is_left(name: str) -> None:
    html = render({**DOCUMENTS, **LINKED}[name])
    assert not set("\ufdd0\ufdd1\ufdd2\ufdd3\x00") & set(html)
    assert "<x-" not in html
    html.encode()


def test_what_cannot_be_shown_is_replaced() -> None:
    assert render("a\x00b\ud800c\ufdd0d") == "<p>a\ufffdb\ufffdc\ufffdd</p>\n"


def test_nobody_can_forge_a_hidden_text() -> None:
    assert "<" not in render("\ufdd2raw-3c623e\ufdd3")[3:-5]


def test_the_version_is_a_number_to_store() -> None:
    assert isinstance(RENDERER_VERSION, int)

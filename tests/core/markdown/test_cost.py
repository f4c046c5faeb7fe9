"""Text that is meant to cost much costs about what other text of its length does."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from conversations.core.markdown import MarkdownStream, render

SIZE = 12_000

HOSTILE: dict[str, Callable[[int], str]] = {
    "quotes": lambda n: ">" * n,
    "quotes in steps": lambda n: "\n".join(">" * (i % 200) for i in range(n // 100)),
    "brackets": lambda n: "[" * n,
    "bracket pairs": lambda n: "[" * n + "]" * n,
    "brackets in lines": lambda n: ("[" * 900 + "\n") * (n // 900),
    "half links": lambda n: ("[a](" * 200 + "\n") * (n // 800),
    "images": lambda n: ("![[" * 300 + "\n") * (n // 900),
    "stars": lambda n: "*" * n,
    "stars and letters": lambda n: ("*a_ " * 200 + "\n") * (n // 800),
    "nested emphasis": lambda n: ("*a **b " * 100 + "\n") * (n // 700),
    "tildes": lambda n: ("~~a ~b " * 100 + "\n") * (n // 700),
    "runs of ticks": lambda n: "".join("e" + "`" * (i % 150) for i in range(n // 75)),
    "dollars": lambda n: ("$a" * 400 + "\n") * (n // 800),
    "latex openers": lambda n: ("\\(a" * 300 + "\n") * (n // 900),
    "latex openers of two kinds": lambda n: ("\\(a \\] " * 100 + "\n") * (n // 700),
    "latex blocks": lambda n: "\\[\n" * (n // 3),
    "open formulas": lambda n: "$$ x\n" * (n // 5),
    "open environments": lambda n: "\\begin{align}\n" * (n // 14),
    "deep formula": lambda n: "$" + "{" * n + "}" * n + "$",
    "lonely brackets in a formula": lambda n: "$" + "(" * n + "$",
    "many small formulas": lambda n: ("$[(" + "(" * 5 + "$ ") * (n // 10),
    "list markers": lambda n: "- " * n,
    "list markers with spaces": lambda n: "-  " * n + "x",
    "nested lists": lambda n: "".join("  " * (i % 99) + "- a\n" for i in range(n // 9)),
    "flat list": lambda n: "- a\n" * (n // 4),
    "loose list": lambda n: "- a\n\n" * (n // 5),
    "one line": lambda n: "x" * n,
    "one line of words": lambda n: "word " * (n // 5),
    "many lines": lambda n: "word\n" * (n // 5),
    "columns": lambda n: "|a" * n + "|\n" + "|-" * n + "|\n",
    "short rows": lambda n: "|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "|\n" * (n // 4),
    "rows": lambda n: "|a|b|\n|-|-|\n" + "|c|d|\n" * (n // 6),
    "half a table": lambda n: "|a\n" * (n // 3),
    "tags": lambda n: ("<a " * 300 + "\n") * (n // 900),
    "comments": lambda n: ("a <!--" * 150 + "\n") * (n // 900),
    "harmless tags": lambda n: ("<sub>" * 150 + "\n") * (n // 750),
    "addresses": lambda n: ("http://a.b/))" * 70 + "\n") * (n // 900),
    "brackets after an address": lambda n: "http://a.b/" + ")" * n,
    "mail addresses": lambda n: ("a@b." * 200 + "\n") * (n // 800),
    "entities": lambda n: ("&#x" * 300 + "\n") * (n // 900),
    "backslashes": lambda n: ("\\" * 900 + "\n") * (n // 900),
    "definitions": lambda n: "".join(f"[a{i}]: /x\n\n" for i in range(n // 12)),
    "half definitions": lambda n: "[a]:\n\n" * (n // 6),
    "fences": lambda n: "```\n" * (n // 4),
    "open fence": lambda n: "```py\n" + 'x = "a"\n' * (n // 8),
    "unknown languages": lambda n: "".join(f"```z{i}\n```\n" for i in range(n // 12)),
    "empty code": lambda n: "```c\n" + "\n" * n + "```\n",
    "wordy code": lambda n: "```java\n" + ("a b " * 20 + "\n") * (n // 80) + "```\n",
    "commented code": lambda n: "```js\n" + ("/*$" * 30 + "\n") * (n // 90) + "```\n",
    "rules": lambda n: "---\n" * (n // 4),
    "headings": lambda n: "a\n---\n" * (n // 6),
    "hashes": lambda n: "#" * n,
    "digits": lambda n: "1" * n + "x",
    "spaces": lambda n: " " * n + "x",
    "tabs": lambda n: "\t" * n + "x",
    "zeros": lambda n: "\0" * n,
    "surrogates": lambda n: "\ud800" * n,
    "right to left": lambda n: "\u202eא " * (n // 3),
    "families": lambda n: "👩‍👩‍👧‍👦" * (n // 7),
    "a mix": lambda n: "*_`[]()<>!~$\\|-#\n ab" * (n // 20),
}  # fmt: skip


def seconds(work: Callable[[str], object], source: str) -> float:
    """The least of three runs, as other work on the machine only adds."""
    runs = []
    for _ in range(3):
        start = time.process_time()
        work(source)
        runs.append(time.process_time() - start)
    return min(runs)


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_text_takes_about_twice_the_time(name: str) -> None:
    once = seconds(render, HOSTILE[name](SIZE))
    twice = seconds(render, HOSTILE[name](2 * SIZE))
    assert twice < 3 * once + 0.05


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_streams_to_the_same_html(name: str) -> None:
    source = HOSTILE[name](2_000)
    stream = MarkdownStream()
    for start in range(0, len(source), 331):
        stream.feed(source[start : start + 331])
        stream.flush()
    stream.finish()
    assert stream.html == render(source)


def test_a_paste_of_ten_thousand_lines_is_one_matter_of_a_moment() -> None:
    source = "A line of text, with **marks** and `code`.\n\n" * 10_000
    stream = MarkdownStream()
    stream.feed(source)
    start = time.process_time()
    stream.flush()
    stream.finish()
    assert time.process_time() - start < 5
    assert stream.closed_blocks == 10_000


def test_a_line_of_a_hundred_thousand_characters_arrives_piece_by_piece() -> None:
    source = "word **bold** " * 7_200
    stream = MarkdownStream()
    start = time.process_time()
    for at in range(0, len(source), 10):
        stream.feed(source[at : at + 10])
        if at % 5_000 == 0:
            stream.flush()
    stream.finish()
    assert time.process_time() - start < 5
    assert stream.html == render(source)


def test_streaming_costs_a_small_multiple_of_rendering_at_once() -> None:
    source = "Some words, **bold** and `code`, then more words.\n\n- a\n- b\n\n" * 200

    def in_steps(text: str) -> None:
        stream = MarkdownStream()
        for at in range(0, len(text), 10):
            stream.feed(text[at : at + 10])
            stream.flush()
        stream.finish()

    short, long = seconds(in_steps, source[:3_000]), seconds(in_steps, source[:12_000])
    assert long < 6 * short

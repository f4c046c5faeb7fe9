"""Documents written for these tests: each kind of block, and replies as models write.

``DOCUMENTS`` need no replacement at the end of a stream. ``LINKED`` use links before
they are defined, or define them where only the whole text shows it.
"""

# Each document stays on one line, however long, so that they can be compared.
# ruff: noqa: E501

from __future__ import annotations

DOCUMENTS: dict[str, str] = {
    "nothing": "",
    "only space": "   \n\n\t\n",
    "tabs": "\tcode\n\n- a\n\n\tmore of a\n\n>\tquoted\n\n-\ttabbed\n\n1.\t\tdeep\n",
    "precedence": "- `one\n- two`\n\n> `a\nb`\n",
    "escapes": r"\*not\* \# \[x\] \`y\` \\ \a" + "\n\n\\- no list\n\n1\\. no list\n",
    "entities": "&amp; &copy; &#35; &#x22; &nope; &lt;b&gt;\n\n```a&amp;b\nx\n```\n",
    "code spans": "`a` ``b ` c`` ` d ` `e\nf` `` ` `` `open\n\nnext\n",
    "thematic breaks": "***\n---\n___\n- - -\n* * *\n _ _ _\na\n\n***\n\n- b\n\n***\n",
    "atx headings": "# a\n## b ##\n### c\n#### d\n##### e\n###### f\n####### g\n#h\n#\n",
    "setext headings": "a\n===\nb\n---\n\nc\n d\n---\n\ne\n\n---\n\n> f\n---\n- g\n---\n",
    "indented code": "    a\n      b\n\n    c\n\nd\n    lazy\n\n    e\n# f\n    g\n",
    "fenced code": "```\na\n```\n~~~py\nb = 1\n\n\nc = 2\n~~~\n````\n```\n````\ntext\n",
    "odd fences": "   ```\n   a\n  ```\nb\n\n``` a`b\nx\n\n```\nunclosed\n\n- not a list\n",
    "fences in quotes": "> ```\n> a\n>\n> b\nc\n\n> ~~~\n> d\n> ~~~\n> e\n",
    "html": "<div>\n# a\n\n*b*\n</div>\n\n<!-- c\n\n- d\n-->\n<script>\n\nx\n</script>\n",
    "html inside": "- <div>\n\n  a\n- <!-- b\n\nc -->\n> <pre>\n> d\n\n<?php\n?>\n<!X>\n",
    "inline html": "a <b>c</b> x<br>y<br/>z H<sub>2</sub>O <kbd>Ctrl</kbd> <u>*d*</u>\n",
    "definitions first": '[a]: /x\n[b]: <http://b.example> "B"\n\n[a], [b] and [c][b]\n',
    "paragraphs": "a\nb\n\n  c\n   d\n\n\ne  \nf\\\ng\n",
    "quotes": "> a\nlazy\n\nb\n\n> c\n\n> d\n>\n> e\n> > f\n> g\n\n>\n> h\n>\n",
    "bullet lists": "- a\n- b\n\n  c\n- d\n\n\n* e\n+ f\n\n    g\nh\n",
    "loose and tight": "- a\n- b\n\n- c\n\nd\n\n- e\n\n- f\n  - g\n\n    h\n\nend\n",
    "ordered lists": "1. a\n2. b\n10. c\n\n3) d\n4) e\n\ntext\n2. no list\n1. a list\n",
    "nested lists": "- a\n  - b\n    - c\n\n      d\n\n  e\n\n- f\n   1. g\n      2. h\n",
    "empty items": "-\n-\n\n- a\n*\n\n* b\n\n1.\n2. c\n-\n\n  d\n\n+\ntext\n",
    "items of all kinds": "- # a\n- > b\n- ```\n  c\n  ```\n-     d\n- | e |\n  |---|\n  | f |\n",
    "lists after text": "Here are:\n- a\n- b\n\n- c\n\nEnd\n* d\nlazy\n",
    "fences in lists": "1. a\n\n   ```py\n   x = 1\n\n   y = 2\n   ```\n2. b\n   - ~~~\n     c\n",
    "code left by its list": "- a\n   ```\n   b\n\nc\n\n- ```\n  d\ne\n\n1. ```\n\nf\n",
    "big numbers": "100. a\n\n     b\n\n     ```\n     c\n     ```\n101. d\n\n999999999. e\n",
    "emphasis": "*a* **b** ***c*** _d_ __e__ *f **g** h* **i *j* k** a_b_c 2*3*4 * l *\n",
    "links": '[a](http://x.y) [b](<http://x y> "t") [c](/rel) ![d](http://x/y.png) [e]\n',
    "autolinks": "<http://a.b> <c@d.e> https://f.g/h_i_j?k=l&m www.n.o. (http://p.q)\n",
    "hard breaks": "a  \nb\\\nc\n\nd  \n\ne\\\n",
    "tables": "| a | b |\n|---|:-:|\n| 1 | `x\\|y` |\n| **2** |\n\np\n| c |\n|--|\n| 3 |\n> q\n",
    "tables that are not": "| a | b |\n| c |\n\n| d |\n|---|---|\n\n|\n\n| e\n",
    "task lists": "- [ ] a\n- [x] b\n  - [X] c\n- [y] d\n\n1. [ ] e\n",
    "strikethrough": "~~a~~ ~b~ ~~c ~~ d~~ ~~~e~~~\n",
    "inline maths": "$a$ $b_1$ and $5 or $10, \\(c\\), $$d$$, \\[e\\] $ f $ `$g$` \\$h$\n",
    "display maths": "$$\nx\n=\ny\n- z\n\n$$\n\n$$\na\n=\nb\n$$\nafter\n$$ c $$\n$$d$$ and e\n",
    "latex brackets": "text\n\\[\na\n\n+ b\n\\] tail\n\n\\[ c \\]\n\n\\[ unclosed\n\n- list\n",
    "environments": "\\begin{align}\na &= b\\\\\n\nc &= d\n\\end{align}\n- q\n\n\\begin{cases}\n",
    "maths in lists": "1. x\n   $$\n   a\n   + b\n   $$\n2. y\n- $$ c $$\n- $$\n  d\n  $$\n",
    "maths that sticks out of its item": "- a\n\n  $$\nx\n  $$\n- b\n\n1. c\n   \\[\nword\n   \\]\n",
    "maths in other places": "> $$\n> a\n> $$\n\n| b |\n|---|\n| 1 |\n$$ c $$\n\n    $$ d $$\n",
    "maths as code": "```latex\n$$\nx\n$$\n```\n- ```\n  $$\n  y\n  ```\n\n~~~\n\\[\n~~~\n\\[ z \\]\n",
    "maths that breaks": "$$\n\\frac{1\n$$\n\n$\\nope{x}$\n\n$$ unclosed\n\ntext\n\n```math\nx^2\n```\n",
    "beyond the basic plane": "𝔼 **🙂** 👩‍👩‍👧‍👦 `🇫🇷`\n\n- 𝒳 é ñ\n\n$𝔼[X]$\n\nשלום **עולם** \u202eabc\n",
    "cyrillic and cjk": "**Важно:** да\n\n- 一\n- 二\n\n你好，**世界**。\n",
    "line ends": "a\r\nb\rc\n\r\n- d\r\n\r\n  e\r\n```\r\nf\r\n```\r\n",
    "control characters": "a\x00b\x01c\x0bd\x0ce\x1bf\x7fg\x85h\u2028i\ufeffj\n\n\x0c\n\nk\n",
    "forged marks": "\ufdd0div> \ufdd1( \ufdd2raw-41\ufdd3\n\n###### \ufdd2maths-2424\ufdd3\n",
    "lone surrogates": "a\ud83d b\ude00 \ud83d\n\n- \udfff\n",
    "many columns": "|" + "a|" * 99 + "\n|" + "-|" * 99 + "\n\n- " + "|" * 99 + "\n",
    "deep line": ">" * 60 + " a\n\n" + "- " * 60 + "b\n\nc\n",
    "loose brackets": "a \\(b\n" * 12 + "\nc \\(d\\) e\n\n- \\[ f\n- \\[ g\n",
    "recipe": (
        "Sure! Here's a simple **pancake** recipe:\n\n### Ingredients\n\n- 200 g flour\n"
        "- 2 eggs\n- 300 ml milk\n\n### Steps\n\n1. **Mix** the flour and eggs.\n"
        "2. Add milk *slowly*.\n   - Keep whisking.\n   - No lumps!\n3. Fry.\n\n"
        "> **Tip:** let the batter rest.\n\nWould you like a *vegan* version?"
    ),
    "programming": (
        "You can use `functools.lru_cache`:\n\n```python\nfrom functools import lru_cache\n"
        "\n\n@lru_cache\ndef fib(n: int) -> int:\n    return n if n < 2 else fib(n - 1) + "
        "fib(n - 2)\n```\n\nThis runs in $O(n)$ time. To test:\n\n```bash\n$ python -m "
        "pytest  # see below\n```\n\n| n | fib(n) |\n|--:|-------:|\n| 10 | 55 |\n| 20 | "
        "6765 |\n\n**Note:** recursion depth is limited to 1000.\n"
    ),
    "proof": (
        "**Claim.** For $n \\ge 1$:\n\n$$\n\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}\n$$\n\n"
        "*Proof.* By induction.\n\n1. **Base:** $1 = \\frac{1 \\cdot 2}{2}$.\n2. **Step:**\n"
        "   \\begin{align}\n   \\sum_{k=1}^{n+1} k &= \\frac{n(n+1)}{2} + (n+1) \\\\\n"
        "   &= \\frac{(n+1)(n+2)}{2}\n   \\end{align}\n\nHence the claim. $\\blacksquare$\n"
    ),
    "comparison": (
        "## Comparison\n\n| Feature | SQLite | PostgreSQL |\n|---|---|---|\n| Server | no | "
        "**yes** |\n| JSON | `json1` | `jsonb`<br>indexed |\n\n---\n\n**Verdict:**\n- Small: "
        "SQLite\n- Large: PostgreSQL\n\nIt costs $5 to $10 a month (~$60 a year).\n"
    ),
    "plan with tasks": (
        "- [x] Design\n- [ ] Build\n  ```js\n  const a = `x`;\n  ```\n- [ ] Ship 🚀\n\n"
        "1) First\n\n   More on first.\n\n2) Second\n\nDone: see <https://example.com/a_b>.\n"
    ),
    "cut off": "Here is the code:\n\n```python\ndef f(x):\n    return **",
    "cut off in a list": "1. One\n2. **Two** and `thr",
    "cut off in a table": "| a | b |\n|---|---|\n| 1 | [x](http://y",
    "cut off in maths": "So\n\n$$\n\\frac{a}{b} +",
}

LINKED: dict[str, str] = {
    "used before defined": "[a] and [b][c]\n\n- [a]\n\n[a]: /x\n\n[c]: http://y.z 'C'\n",
    "defined in a list": "- [a]: /x\n\n[a]\n",
    "defined in a quote": "[a]\n\n> [a]: /x\n",
    "title on the next line": '[a]: /x\n"title"\n\n[a]\n\n[b]:\n/y\n\n[b]\n',
    "defined twice": "[a]: /x\n\n[a]: /y\n\n[a]\n\ntext [b]\n\n[b]: /z\n",
    "definition in code": "```\n[a]: /x\n```\n\n[a]\n\n    [b]: /y\n\n[b]\n",
    "like a footnote": "As shown[^1].\n\n[^1]: The source.\n",
}

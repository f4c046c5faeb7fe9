"""A name from somebody's computer: shown, offered for saving, and never a path."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.file_names import (
    LONGEST,
    NAMELESS,
    clean_name,
    ending,
    kind_of_text,
    promised,
    same_name,
)

PLAIN = [
    "report.pdf",
    "Smörgås 2026.docx",
    "日本語.txt",
    "notes (final) [2].md",
    "no ending",
    "two.dots.csv",
    "naïve café.txt",
    "👩\u200d💻.png",
    "O'Reilly & Sons.txt",
    "50% off; rm -rf.txt",
    "-rf",
    "$(whoami).txt",
    "`id`.csv",
    "%2e%2e%2fetc%2fpasswd",
    "&lt;script&gt;.html",
    "'; DROP TABLE files; --",
]
NASTY = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
    ("/etc/shadow", "shadow"),
    ("C:\\Users\\maya\\tax.pdf", "tax.pdf"),
    ("\\\\server\\share\\x.txt", "x.txt"),
    ("file:///etc/passwd", "passwd"),
    ("a/b/c/", "c"),
    ("....//....//x", "x"),
    ("..", NAMELESS),
    (".", NAMELESS),
    ("", NAMELESS),
    ("   ", NAMELESS),
    ("/", NAMELESS),
    ("\\", NAMELESS),
    ("///", NAMELESS),
    ("\x00", NAMELESS),
    ("\u200b\u200b", NAMELESS),
    ("\u202e", NAMELESS),
    ("...", NAMELESS),
    (".htaccess", "htaccess"),
    (".bashrc", "bashrc"),
    ("..hidden", "hidden"),
    ("x.txt.", "x.txt"),
    ("x.txt   ", "x.txt"),
    ("x.txt. . .", "x.txt"),
    ("evil.txt\x00.png", "evil.txt.png"),
    ("a\r\nSet-Cookie: x=1", "a Set-Cookie_ x=1"),
    ("a\nb.txt", "a b.txt"),
    ("tab\there.txt", "tab here.txt"),
    ("bell\x07.txt", "bell.txt"),
    ("escape\x1b[2J.txt", "escape[2J.txt"),
    ("delete\x7f.txt", "delete.txt"),
    ("c1\x9b.txt", "c1.txt"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("\u2066isolated\u2069.txt", "isolated.txt"),
    ("mark\u200f.txt", "mark.txt"),
    ("\ufeffbom.txt", "bom.txt"),
    ("soft\u00adhyphen.txt", "softhyphen.txt"),
    ("zero\u200bwidth.txt", "zerowidth.txt"),
    ("line\u2028separator.txt", "line separator.txt"),
    ("tag\U000e0041.txt", "tag.txt"),
    ("private\ue000.txt", "private.txt"),
    ("half\ud800.txt", "half_.txt"),
    ('a"; filename="x.exe', "a_; filename=_x.exe"),
    ("<script>alert(1)</script>.svg", "script_.svg"),
    ("x.txt:stream.exe", "x.txt_stream.exe"),
    ("what?.txt", "what_.txt"),
    ("star*.txt", "star_.txt"),
    ("pipe|.txt", "pipe_.txt"),
    ("con", "_con"),
    ("CON.txt", "_CON.txt"),
    ("nul.tar.gz", "_nul.tar.gz"),
    ("com1.pdf", "_com1.pdf"),
    ("LPT9", "_LPT9"),
    ("console.txt", "console.txt"),
    ("e\u0301te\u0301.txt", "été.txt"),
    ("a" * 300, "a" * 119 + "…"),
    ("a" * 300 + ".pdf", "a" * 115 + "….pdf"),
    ("a" * 200 + "." + "b" * 200, "a" * 119 + "…"),
    ("x" * 115 + " ... long.pdf", "x" * 115 + "….pdf"),
    ("\u00a0space\u3000wide.txt", "space wide.txt"),
]


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_stays_as_it_is(name):
    assert clean_name(name) == name


@pytest.mark.parametrize(("given_", "shown"), NASTY)
def test_what_could_be_more_than_a_name_goes(given_, shown):
    assert clean_name(given_) == shown


def test_there_are_enough_of_them():
    assert len(NASTY) >= 60


@given(st.text(max_size=400))
def test_any_name_is_harmless(name):
    shown = clean_name(name)

    assert shown and len(shown) <= LONGEST
    assert shown == shown.strip() and not shown.startswith(".")
    assert not set(shown) & set('/\\<>:"|?*')
    assert all(
        char in "\u200c\u200d" or unicodedata.category(char)[0] != "C" for char in shown
    )
    shown.encode()  # it has no half characters


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(name):
    assert clean_name(clean_name(name)) == clean_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Report.PDF", "report.pdf"),
        ("Straße.txt", "STRASSE.txt"),
        ("ﬁle.txt", "file.txt"),
        ("caf\u00e9", "cafe\u0301"),
        ("１２.csv", "12.csv"),
    ],
)
def test_what_a_person_takes_for_the_same_name_is_the_same(one, other):
    assert same_name(one) == same_name(other)


def test_other_names_are_others():
    assert same_name("report.pdf") != same_name("report 2.pdf")


@pytest.mark.parametrize(
    ("name", "last", "kind"),
    [
        ("notes.md", "md", "markdown"),
        ("Notes.MARKDOWN", "markdown", "markdown"),
        ("x.csv", "csv", "csv"),
        ("x.tsv", "tsv", "csv"),
        ("x.py", "py", "code"),
        ("x.svg", "svg", "code"),
        ("x.html", "html", "code"),
        ("x.txt", "txt", "text"),
        ("x.pdf", "pdf", "text"),
        ("README", "", "text"),
        (".py", "", "text"),
        ("x.", "", "text"),
        ("x." + "y" * 17, "", "text"),
    ],
)
def test_text_is_called_by_its_ending(name, last, kind):
    assert (ending(name), kind_of_text(name)) == (last, kind)


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("a.jpg", "image/jpeg"),
        ("a.JPEG", "image/jpeg"),
        ("a.pdf", "application/pdf"),
        ("a.txt", ""),
        ("a.exe", ""),
        ("pdf", ""),
    ],
)
def test_some_endings_promise_what_only_content_can_keep(name, type_):
    assert promised(name) == type_

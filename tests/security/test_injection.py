"""What is typed is looked for, written in a header and logged as what it is: nothing of
it is read as a query, as another header or as another line.
"""

from __future__ import annotations

import copy
import io
import logging
import logging.config
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from conversations.models import File
from conversations.services import indexing
from tests.attaching import upload
from tests.factories import create_conversation, create_message
from tests.security.asking import browser, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# --- what is searched for
WILD = ["%", "_", "*", "?", "%%", "__", ".*", "[a-z]", "^", "$", "|", "\\", "\\%", "a%"]
QUERIES = [
    *WILD,
    *(
        '"',
        '""',
        '"""',
        "'",
        "''",
        "`",
        ":",
        "::",
        "(",
        ")",
        "()",
        "(((",
        "-",
        "+",
        "&",
    ),
    *("AND", "OR", "NOT", "NEAR", "NEAR(quagga xyzzy, 5)", "xyzzy OR quokka"),
    *("xyzzy AND quokka", "xyzzy NOT quokka", "xyzzy NEAR/2 quokka", "xyzzy | quokka"),
    *("quok*", "^quokka$", "body:xyzzy", "title:xyzzy*", "{title body}: xyzzy"),
    *("xyzzy:*", "xyzzy & !quokka", "!quokka", "<-> quokka", "xyzzy <-> quokka:*"),
    *("' OR 1=1 --", "'; DROP TABLE accounts_user; --", '") OR (""="', "1) OR (1=1"),
    *(
        "' UNION SELECT password FROM accounts_user --",
        "/**/",
        "pg_sleep(1)",
        "$1",
        "?1",
    ),
    *("%s", "%(owner)s", "{0}", "${x}", "\x00", "quo\x00kka%", "\ud7ff", "\ufffe", "٪"),
    *("ｘｙｚｚｙ％", "\u202exyzzy", "x" * 4_000, "(" * 400, "-" * 400, "a OR " * 300),
]
PLACES = {
    "the palette": ("/search/", {"typing": "1"}, {"X-Fragment": "results"}),
    "the search page": ("/search/", {}, {}),
    "the library": ("/c/", {}, {}),
    "the trash": ("/c/", {"show": "trash"}, {}),
}
WORD = "quokka"


@pytest.fixture
def said(alice: User, bob: User) -> None:
    """One message each; what is asked for is in neither, or in one by its words."""
    for owner, words in ((alice, "The gannet flies"), (bob, "Bobs quokka hops")):
        talk = create_conversation(owner, title=words)
        indexing.put_messages([create_message(talk, words)])
        indexing.put_title(talk)


def test_there_are_enough_of_them() -> None:
    assert len(set(QUERIES)) >= 60


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_is_searched_for_is_more_than_words(
    place: str, said: None, alice: User
) -> None:
    address, asked, headers = PLACES[place]
    client = browser(alice)
    for typed in QUERIES:
        response = client.get(address, {"q": typed, **asked}, headers=headers)

        assert response.status_code == 200, typed
        shown = response.content.decode()
        assert "gannet" not in _hits(shown), typed
        assert "Bobs" not in shown, typed


def _hits(page: str) -> str:
    return " ".join(re.findall(r'<a[^>]*class="hit.*?</a>', page, re.DOTALL))


def test_the_same_message_is_found_by_its_word(said: None, alice: User) -> None:
    shown = browser(alice).get("/c/", {"q": "gannet"}).content.decode()

    assert "gannet" in _hits(shown)


# --- headers
BREAKS = [
    *(
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
    ),
    *(
        "\x00",
        "%0d%0a",
        "%E5%98%8A%E5%98%8D",
        "嘊嘍",
        "\\r\\n",
        "\t",
        '"\r\n',
        ";\n",
        "\x1b",
    ),
    "\r\n ",
]
FORGED = [f"a{each}X-Forged: 1{each}Set-Cookie: forged=1" for each in BREAKS]


def assert_one_header_each(response: object, status: int) -> None:
    assert response.status_code == status
    assert "X-Forged" not in response.headers
    assert "forged" not in response.cookies
    for name, value in response.items():
        assert not set(name + value) & set("\r\n\x00"), name
        f"{name}: {value}".encode("latin-1")


@pytest.mark.parametrize("title", FORGED)
def test_a_title_is_no_header(title: str, alice: User) -> None:
    talk = create_conversation(alice, title=title, messages=1)
    client = browser(alice)
    for form in ("txt", "md", "json"):
        response = client.get(f"/c/{talk.id}/export.{form}")
        read(response)

        assert_one_header_each(response, 200)
        told = response["Content-Disposition"]
        assert told.startswith("attachment; filename") and told.endswith((form, '"'))
        assert not set(unquote(told).partition("filename")[2]) & set("\r\n/\\:")


@pytest.mark.parametrize("name", FORGED)
def test_the_name_of_a_file_is_no_header(name: str, alice: User) -> None:
    """As it would be, had it not been cleaned when it came: names from any source."""
    file = upload(alice, b"Hello", "a.txt")
    stored = File.objects.get(id=file.id)
    stored.name = name
    stored.save(update_fields=["name"])

    response = browser(alice).get(f"/files/{file.id}/content")
    read(response)

    assert_one_header_each(response, 200)


ELSEWHERE = [
    *("//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example"),
    *("https:evil.example", "///evil.example", "/\t/evil.example", "\t//evil.example"),
    *("http://testserver@evil.example/", "http://testserver.evil.example/", "//[::2]/"),
    *(
        "javascript:alert(1)",
        "data:text/html,x",
        "/%09/evil.example/..//",
        "https:///x",
    ),
    *(f"/{each}X-Forged: 1" for each in ("\r\n", "\n", "\x00", "\u2028")),
    *("\x01https://evil.example", " https://evil.example", "HTTPS://EVIL.EXAMPLE"),
]


@pytest.mark.parametrize("next_", ELSEWHERE)
def test_nobody_is_sent_elsewhere(next_: str, alice: User) -> None:
    """CVE-2025-59426. Every form that goes back, and the ways in and out."""
    talk = create_conversation(alice, messages=2)
    client = browser(alice)
    here = f"/c/{talk.id}/"
    posts = [f"{here}{verb}/" for verb in ("pin", "unpin", "archive", "unarchive")]
    posts += [f"{here}m/{talk.head_id}/{verb}/" for verb in ("pin", "unpin", "exclude")]
    posts += ["/accounts/reauthenticate/", "/accounts/logout/"]
    told = [client.post(there, {"next": next_}) for there in posts]
    told.append(client.get("/accounts/login/", {"next": next_}))
    told.append(browser(None).get("/accounts/login/", {"next": next_}))

    for response in told:
        assert response.status_code in (200, 302)
        assert_one_header_each(response, response.status_code)
        to = response.get("Location", "/").replace("\\", "/").replace("\t", "")
        assert urlsplit(urljoin("http://testserver/", to)).netloc == "testserver", to


# --- the log
BEGINNING = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ \S+: |^  ")
LIE = "2030-01-01 00:00:00,000 INFO root: all is well"
MOVES = [
    *(
        "\n",
        "\r\n",
        "\r",
        "\x0b",
        "\x0c",
        "\x1b[2J",
        "\x1b[1A",
        "\x1b]0;x\x07",
        "\x9b2J",
    ),
    *("\x85", "\u2028", "\u2029", "\u202e", "\x08" * 9, "\x7f", "\x00", "\t", "\x1c"),
    *("\u2066", "\x1b[31m"),
]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the product's log would hold."""
    form = copy.copy(settings.LOGGING["formatters"]["line"])
    made = logging.config.DictConfigurator({"version": 1}).configure_formatter(form)
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(made)
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("move", MOVES)
def test_nobody_writes_a_line_of_the_log(
    move: str, written: io.StringIO, alice: User, client: Client
) -> None:
    forged = f"x{move}{LIE}"
    headers = {"User-Agent": forged, "Referer": forged, "X-Forwarded-For": forged}
    given = {"login": f"{forged}@example.org", "email": forged, "password": forged}
    client.post("/accounts/login/", given, headers=headers)
    client.post("/accounts/signup/", given | {"password1": forged}, headers=headers)
    client.get(f"/{quote(forged)}", headers=headers)
    client.get("/c/", headers={"Host": forged.encode("ascii", "ignore").decode()})
    browser(alice).get("/c/", {"after": forged}, headers=headers)
    logging.getLogger("accounts").warning("somebody said: %s", forged)

    text = written.getvalue()
    assert "all is well" in text  # it was logged
    lines = text.split("\n")[:-1]
    assert all(BEGINNING.match(line) and not line.startswith(LIE) for line in lines)
    assert not set(text) & (set(map(chr, range(32))) - {"\n"} | set("\x7f\x9b\u202e"))

"""Whatever is wrong with a request, the answer is a refusal and never a failure:
CVE-2026-31949 (a malformed DELETE ended the process).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from asgiref.testing import ApplicationCommunicator

from accounts.models import User
from chatsite.asgi import application
from tests.security.asking import FORM, browser, field_names, undone
from tests.security.routes import Route, routes

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FIELDS = [*field_names(), "nobody_asked_for_this"]
MULTIPART = "multipart/form-data; boundary=x"
DEEP = "[" * 5_000


def form(value: str | bytes) -> bytes:
    """Every field there is anywhere, with this in it."""
    return urlencode([(name, value) for name in FIELDS]).encode()


BODIES: dict[str, tuple[bytes, str]] = {
    "no type": (b"{}", ""),
    "a type that is none": (b"x", "\x7f/;;=,"),
    "broken JSON": (b'{"a": ', "application/json"),
    "deep JSON": (DEEP.encode(), "application/json"),
    "no boundary": (b"--x\r\n\r\n--x--", "multipart/form-data"),
    "a boundary that is none": (b"--x", "multipart/form-data; boundary=\xff"),
    "a part without an end": (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nx',
        MULTIPART,
    ),
    "a part without a name": (b"--x\r\nContent-Type: a/b\r\n\r\nx\r\n--x--", MULTIPART),
    "a file without content": (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n--x--',
        MULTIPART,
    ),
    "bad base64": (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n***\r\n--x--",
        MULTIPART,
    ),
    "a charset that is none": (b"title=x", f"{FORM}; charset=nonsense"),
    "UTF-16": ("title=x".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "bad percent-encoding": (b"title=%&next=%zz&text=%u0041&=&&&=x", FORM),
    "not UTF-8": (form(b"\xff\xfe\xc0\x80\xed\xa0\x80"), FORM),
    "NUL": (form("a\x00b"), FORM),
    "emptiness": (form(""), FORM),
    "half characters": (form("\ud800".encode("utf-8", "surrogatepass")), FORM),
    "huge fields": (urlencode(dict.fromkeys(FIELDS[::8], "x" * 70_000)).encode(), FORM),
    "numbers": (form("-99999999999999999999999999"), FORM),
    "other digits": (form("٣"), FORM),
    "an id that is none": (form("00000000-0000-0000-0000-00000000000z"), FORM),
    "a date that is none": (form("9999-99-99"), FORM),
    "too many fields": (b"&".join(b"a%d=1" % n for n in range(1_100)), FORM),
}
QUERIES = {
    "bad percent-encoding": "q=%&page=%zz&after=%",
    "not UTF-8": urlencode([(name, b"\xff\xc0") for name in FIELDS]),
    "NUL": urlencode([(name, "\x00") for name in FIELDS]),
    "numbers": urlencode([(name, "-99999999999999999999") for name in FIELDS]),
    "many digits": urlencode([(name, "9" * 30) for name in FIELDS]),
    "other digits": urlencode([(name, "٣") for name in FIELDS]),
    "huge": "q=" + "x" * 16_000,  # the server takes no longer line
    "operators of the ORM": "id__gt=1&owner__email__startswith=a&p=x&_to_field=id",
}
# where who is not signed in gets further than to the way in
OPEN = ("/accounts/", "/setup/", "/files/", "/livez", "/readyz", "/metrics")


def test_the_fields_of_forms_are_found() -> None:
    assert {"title", "text", "value", "email", "password1", "q", "message"} <= set(
        FIELDS
    )


Ask = Callable[[Any, str], int]
"""Asks a browser's address for something; the status."""


@pytest.fixture
def failures(
    cast: dict[str, User | None], ids_of: Callable[[Route], Any]
) -> Callable[[Ask], list[Any]]:
    """Whose requests fail where. Nobody asks where they never get in."""

    def ask_all(ask: Ask) -> list[Any]:
        failed = []
        for who, asked in _rounds().items():
            client = browser(cast[who])
            for route in asked:
                with undone(client):
                    status = ask(client, route.place(ids_of(route)))
                if status >= 500:
                    failed.append((who, route.pattern, status))
        return failed

    return ask_all


def _rounds() -> dict[str, list[Route]]:
    admin = [route for route in routes() if route.pattern.startswith("/admin/")]
    others = [route for route in routes() if route not in admin]
    open_ = [route for route in others if route.pattern.startswith(OPEN)]
    return {"anonymous": open_, "alice": others, "administrator": admin}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_means_nothing_is_no_failure(name: str, failures: Any) -> None:
    body, kind = BODIES[name]

    def ask(client: Any, there: str) -> int:
        return client.generic("POST", there, body, content_type=kind).status_code

    assert failures(ask) == []


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_means_nothing_is_no_failure(name: str, failures: Any) -> None:
    def ask(client: Any, there: str) -> int:
        return client.get(there, QUERY_STRING=QUERIES[name]).status_code

    assert failures(ask) == []


@pytest.mark.parametrize("method", ["DELETE", "X"])
def test_other_methods_with_a_body_are_refused(method: str, failures: Any) -> None:
    body, kind = BODIES["broken JSON"]

    def ask(client: Any, there: str) -> int:
        return client.generic(method, there, body, content_type=kind).status_code

    assert failures(ask) == []


def test_who_is_not_signed_in_fails_nowhere(ids_of: Callable[[Route], Any]) -> None:
    client = browser(None)
    body, kind = BODIES["NUL"]
    statuses = {
        client.generic("POST", route.place(ids_of(route)), body, kind).status_code
        for route in routes()
    }
    assert statuses <= {200, 204, 301, 302, 400, 401, 403, 404, 405, 422}


# --- addresses that no client of ours would ask for
PATHS = [
    "/%",
    "/%zz",
    "/%00",
    "/c/%00/",
    "/%ff%fe",
    "/c/%c0%ae%c0%ae/",
    "/../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/../manage.py",
    "/static/%2e%2e/manage.py",
    "/static/..%5c..%5cmanage.py",
    "/static//etc/passwd",
    "/static/%00",
    "//evil.example/",
    "/c/%0d%0aSet-Cookie:%20x=1/",
    "/" + "x" * 8_000,
    "/" + "a/" * 4_000,
    "/\u202e",
    "/c/" + "9" * 40 + "/",
    "/files/x/p/" + "9" * 400 + "/",
    "/c/00000000-0000-0000-0000-000000000000/export.%00",
    "/accounts/confirm-email/%00/",
    "/accounts/password/reset/key/0-%00/",
    "/setup/%00%0a/",
    "/admin/%00/",
    "/admin/accounts/user/%00/change/",
    "/admin/accounts/user/_00/change/",
    "/ws-fallback/%00",
    "/.git/config",
    "/.env",
    "/var/keys",
    "*",
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_that_means_nothing_is_no_failure(path: str, db: None) -> None:
    """Against the whole application, with the path as the server hands it over."""
    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "scheme": "http",
        "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 1),
    }
    wire = ApplicationCommunicator(application, scope)
    await wire.send_input({"type": "http.request", "body": b""})

    start = await wire.receive_output(30)

    assert start["status"] in (200, 301, 302, 400, 404, 405)
    for name, value in start["headers"]:
        assert b"\n" not in name + value and b"\r" not in name + value
        assert name.lower() != b"set-cookie" or not value.startswith(b"x=")
    await wire.wait(30)

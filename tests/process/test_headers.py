"""What every answer of the real server says, of whatever kind, and what none says."""

from __future__ import annotations

import asyncio
import http.client
import re
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.process.visitor import PASSWORD, PATIENCE, Visitor
from tests.product import Product

pytestmark = pytest.mark.process

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
}
Answer = http.client.HTTPResponse


@pytest.fixture(scope="module")
def product(new_product: Callable[..., Product]) -> Iterator[Product]:
    """As it runs behind a proxy that speaks HTTPS."""
    product = new_product(
        COOKIE_SECURE="true", TRUSTED_PROXIES="1", SIGNUP_OPEN="true"
    ).start()
    yield product
    product.stop()


def ask(
    product: Product,
    path: str,
    method: str = "GET",
    body: bytes | None = None,
    **headers: str,
) -> Answer:
    """The answer, read, but for what streams."""
    line = http.client.HTTPConnection("127.0.0.1", product.port, timeout=PATIENCE)
    line.request(method, path, body, {"X-Forwarded-Proto": "https", **headers})
    answer = line.getresponse()
    if answer.headers["content-type"] != "text/event-stream":
        answer.text = answer.read().decode(errors="replace")
    line.close()
    return answer


def assert_guarded(answer: Answer) -> None:
    said = {name.lower(): value for name, value in answer.getheaders()}
    assert {name: said.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "default-src 'none'" in said["content-security-policy"]
    assert "unsafe" not in said["content-security-policy"]
    assert "camera=()" in said["permissions-policy"]
    assert not [name for name in said if name.startswith("access-control-")]
    assert "server" not in said and "x-powered-by" not in said
    names = [name.lower() for name, _ in answer.getheaders()]
    assert len(set(names) - {"set-cookie"}) == len(
        [name for name in names if name != "set-cookie"]
    ), "each is said once"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 302),
        ("/accounts/login/", 200),
        ("/livez", 200),
        ("/readyz", 200),
        ("/nowhere/", 404),
        ("/static/nowhere.js", 404),
        ("/static/../manage.py", 404),
        ("/c/%00/", 404),
        ("/ws-fallback/", 200),
        ("/ws/", 404),
        ("/admin/", 302),
    ],
)
def test_of_every_kind(path: str, status: int, product: Product) -> None:
    answer = ask(product, path)

    assert answer.status == status
    assert_guarded(answer)


def test_of_files(product: Product) -> None:
    page = ask(product, "/accounts/login/").text
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)

    assert {each.rsplit(".", 1)[1] for each in files} >= {"css", "js", "svg"}
    for path in files:
        answer = ask(product, path)
        assert answer.status == 200, path
        assert_guarded(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("TRACE", "/", 405),
        ("TRACE", "/accounts/login/", 405),
        ("TRACE", "/static/css/app.css", 405),
        ("TRACK", "/", 405),
        ("PUT", "/ws-fallback/", 405),
        ("DELETE", "/livez", 403),
        ("POST", "/accounts/login/", 403),
        ("POST", "/ws-fallback/", 403),
    ],
)
def test_of_refusals(method: str, path: str, status: int, product: Product) -> None:
    answer = ask(product, path, method)

    assert answer.status == status
    assert_guarded(answer)
    assert "X-Forwarded-Proto" not in answer.text, "nothing is echoed"


def test_of_a_body_that_is_too_large(product: Product) -> None:
    line = http.client.HTTPConnection("127.0.0.1", product.port, timeout=PATIENCE)
    line.putrequest("POST", "/accounts/login/")
    line.putheader("Content-Length", "2000000")
    line.endheaders()
    answer = line.getresponse()
    line.close()
    answer.close()

    assert answer.status == 413
    assert_guarded(answer)


def test_of_another_host(product: Product) -> None:
    answer = ask(product, "/", Host="elsewhere.example")

    assert answer.status == 400
    assert_guarded(answer)
    assert "elsewhere" not in answer.text


def test_who_signs_out_leaves_nothing_behind(product: Product) -> None:
    """And until then nothing personal is kept on the way: pages, redirects, errors."""
    visitor = Person(product)
    for path, status in [
        ("/", 200),
        ("/c/", 200),
        ("/nowhere/", 404),
        ("/accounts/login/", 302),
        ("/settings/facts.json", 200),
    ]:
        answer = visitor.ask(path)
        assert (answer.status, answer.headers["cache-control"]) == (status, "no-store")
        assert_guarded(answer)
    answer = visitor.ask("/settings/facts.json")
    assert "sandbox" in answer.headers["content-security-policy"]

    left = visitor.post("/accounts/logout/")

    assert left.headers["clear-site-data"] == '"cache", "storage"'
    assert left.headers["cache-control"] == "no-store"
    assert visitor.ask("/c/").status == 302


class Person:
    """Signed up through HTTPS, with a browser's cookies."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.cookies: dict[str, str] = {}
        email = f"{uuid.uuid4().hex}@example.org"
        given = {"email": email, "password1": PASSWORD}
        assert self.post("/accounts/signup/", **given).status == 302
        assert set(self.cookies) >= {"__Host-sessionid", "__Host-csrftoken"}

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> Answer:
        cookies = "; ".join(f"{name}={at}" for name, at in self.cookies.items())
        here = f"https://127.0.0.1:{self.product.port}"
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        answer = ask(
            self.product, path, method, body, Cookie=cookies, Referer=here, **kind
        )
        for given in answer.headers.get_all("set-cookie") or ():
            name, _, value = given.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in given:
                continue
            assert "Secure" in given and "HttpOnly" in given and "Path=/" in given
        return answer

    def post(self, path: str, **fields: str) -> Answer:
        page = self.ask(path).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        fields["csrfmiddlewaretoken"] = token[1]
        body = "&".join(f"{k}={v.replace(' ', '+')}" for k, v in fields.items())
        return self.ask(path, "POST", body.encode())


def test_nothing_that_is_said_or_typed_is_in_the_log(
    new_product: Callable[..., Product],
) -> None:
    """At its most talkative; nor can what a stranger sends forge a line of it."""
    product = new_product(LOG_LEVEL="DEBUG", DJANGO_LOG_LEVEL="DEBUG").start()
    try:
        _talk_with_markers(product)
        ask(product, "/c/%0d%0a2030-01-01%20INFO%20root:%20forged/")
        ask(product, "/nowhere/", **{"User-Agent": "\x1b[31mred\x1b[0m"})
    finally:
        product.stop()

    said = product.said()
    assert "DEBUG" in said and "Not Found" in said
    for marker in ("Quetzalcoatlus", "Zeuglodon", "the tide is out", "Plesiosaur"):
        assert marker.lower() not in said.lower()
    assert "\x1b" not in said and "\r" not in said
    assert not re.search(r"^2030", said, re.MULTILINE)


def _talk_with_markers(product: Product) -> None:
    maya = Visitor(product.address).sign_up("maya@example.org")
    maya.get("/search/?q=Plesiosaur")

    async def talk() -> None:
        async with maya.tab() as tab:
            ack, _ = await tab.ask("The word is Quetzalcoatlus, keep it.")
            await tab.until("conversation")
            here = {"conversation": ack["conversation"]}
            await tab.say("/set beast Zeuglodon", **here)

    asyncio.run(talk())

"""An OpenID Connect provider over HTTP, in the test's process. It checks PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "understory", "between the two of us"
DISCOVERY = "/.well-known/openid-configuration"


class FakeProvider:
    """``claims`` and ``told`` change what it says; ``asked`` is what it was asked."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = "1"
        self.person: dict[str, Any] = {"sub": "alice-7", "name": "Alice Liddell"}
        self.person |= {"email": "alice@corp.example", "email_verified": True}
        self.claims: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.signed_with: Any = None
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser comes back with after the person signed in there."""
        wanted = dict(parse_qsl(urlsplit(address).query))
        assert wanted["client_id"] == CLIENT
        assert wanted["response_type"] == "code"
        code = secrets.token_urlsafe()
        self.codes[code] = wanted
        return {"code": code, "state": wanted["state"]}

    def token(self, form: dict[str, str]) -> tuple[int, Any]:
        wanted = self.codes.pop(form.get("code", ""), None)
        if wanted is None or form.get("client_secret") != SECRET:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != wanted["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if "code_challenge" in wanted:
            proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            shown = base64.urlsafe_b64encode(proof).decode().rstrip("=")
            if wanted["code_challenge_method"] != "S256":
                return 400, {"error": "invalid_request"}
            if shown != wanted["code_challenge"]:
                return 400, {"error": "invalid_grant"}
        answer = {"access_token": "a-token", "token_type": "Bearer"}
        return 200, answer | {"id_token": self.id_token(wanted.get("nonce"))}

    def id_token(self, nonce: str | None) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        said = claims | {"nonce": nonce} | self.person | self.claims
        said = {name: value for name, value in said.items() if value is not None}
        key = self.signed_with or self.key
        return jwt.encode(said, key, "RS256", headers={"kid": self.kid})

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(path)
        if path == DISCOVERY:
            names = {"authorization": "/authorize", "token": "/token"}
            told = {f"{k}_endpoint": self.issuer + v for k, v in names.items()}
            told |= {"issuer": self.issuer, "jwks_uri": self.issuer + "/keys"}
            told |= {"userinfo_endpoint": self.issuer + "/userinfo"}
            methods = ["client_secret_post"]
            told |= {"token_endpoint_auth_methods_supported": methods}
            return 200, told | self.told
        if path == "/keys":
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), True)
            return 200, {"keys": [public | {"kid": self.kid, "use": "sig"}]}
        if path == "/token":
            return self.token(form)
        return (200, self.userinfo) if path == "/userinfo" else (404, {})


@contextmanager
def running() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    thread = threading.Thread(
        target=provider.server.serve_forever, kwargs={"poll_interval": 0.02}
    )
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()


def _handler(provider: FakeProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: all_[0] for name, all_ in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, told = provider.answer(urlsplit(self.path).path, form)
            body = json.dumps(told).encode()
            self.send_response(status)
            for name, value in self._headers(status, told, len(body)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _headers(self, status: int, told: Any, length: int) -> dict[str, str]:
            plain = {
                "Content-Type": "application/json",
                "Content-Length": str(length),
                "Connection": "close",
            }
            return plain | ({"Location": told["to"]} if status == 302 else {})

        def log_message(self, *_: Any) -> None:
            pass

    return Handler

"""A passkey in Python: it signs what a browser would have signed."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

ORIGIN = "http://localhost:8000"
TOUCHED, VERIFIED = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV


class SoftKey:
    """``rp_id`` and ``origin``: of the page it believes to be on."""

    def __init__(self, origin: str = ORIGIN, rp_id: str = "localhost") -> None:
        self.origin, self.rp_id = origin, rp_id
        self.id = os.urandom(16)
        self.handle = ""
        self.private = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any], *, verified: bool = True) -> dict:
        self.handle = options["user"]["id"]
        public = ES256.from_cryptography_key(self.private.public_key())
        data = AuthenticatorData.create(
            self._rp_hash(),
            (VERIFIED if verified else 0) | TOUCHED | AuthenticatorData.FLAG.AT,
            counter=0,
            credential_data=AttestedCredentialData.create(b"\0" * 16, self.id, public),
        )
        said = self._said("webauthn.create", options)
        response = {"attestationObject": AttestationObject.create("none", data, {})}
        return self._answer(response, said) | {
            "clientExtensionResults": {"credProps": {"rk": True}}
        }

    def get(self, options: dict[str, Any], *, verified: bool = True) -> dict:
        flags = (VERIFIED if verified else 0) | TOUCHED
        data = AuthenticatorData.create(self._rp_hash(), flags, counter=0)
        said = self._said("webauthn.get", options)
        signed = self.private.sign(
            data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256())
        )
        response = {"authenticatorData": data, "signature": signed}
        answer = self._answer(response, said)
        answer["response"]["userHandle"] = self.handle
        return answer

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        return CollectedClientData.create(kind, options["challenge"], self.origin)

    def _answer(self, response: dict[str, bytes], said: bytes) -> dict:
        parts = {name: websafe_encode(part) for name, part in response.items()}
        return {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "response": parts | {"clientDataJSON": websafe_encode(said)},
            "clientExtensionResults": {},
        }

    def _rp_hash(self) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest()


def sent(answer: Any) -> dict[str, str]:
    return {"credential": json.dumps(answer)}

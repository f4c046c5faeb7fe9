"""Where Django keeps sessions: the ``SESSION_ENGINE``."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import IntegrityError, transaction

from accounts.models import Device
from accounts.sessions.listeners import tell
from accounts.sessions.purging import purge


def hash_of(key: str) -> str:
    """What the database knows of a key: it is random and long, so it needs no salt."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


class SessionStore(SessionBase):
    """Keyed by a hash. The data is signed for its row, so that who can write to the
    database cannot move it to a session of theirs.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.device: Device | None = None  # as it was read
        self.is_new_key = False  # of this request
        self._told: dict[str, Any] = {}  # of the device, to store with the data

    @property
    def key_salt(self) -> str:
        return f"accounts.sessions:{hash_of(self.session_key or '')}"

    def describe(self, **fields: Any) -> None:
        """What is known of the device, stored when the session is."""
        self._told |= fields

    def load(self) -> dict[str, Any]:
        key = hash_of(self.session_key or "")
        self.device = Device.objects.alive().filter(key_hash=key).first()
        if self.device is None:
            self._session_key = None
            return {}
        return self.decode(self.device.data)

    def exists(self, session_key: str) -> bool:
        return Device.objects.filter(key_hash=hash_of(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.is_new_key = self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Raises ``UpdateError`` when the session, or its person, has gone since."""
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)
        fields = self._fields(data)
        if must_create:
            Device.objects.create(key_hash=hash_of(self.session_key), **fields)
        else:
            self._update(self.session_key, fields)
        self._told = {}

    def _update(self, key: str, fields: dict[str, Any]) -> None:
        try:
            with transaction.atomic():
                done = Device.objects.filter(key_hash=hash_of(key)).update(**fields)
        except IntegrityError as problem:  # the person was erased
            raise UpdateError from problem
        if not done:
            raise UpdateError

    def _fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "data": self.encode(data),
            "person_id": data.get(SESSION_KEY),
            "auth_hash": data.get(HASH_SESSION_KEY, ""),
            "expires": self.get_expiry_date(expiry=data.get("_session_expiry")),
            **self._told,
        }

    def __setitem__(self, key: str, value: Any) -> None:
        """A changed password makes every session with the old one invalid; the one that
        changed it must not be so until its request ends.
        """
        super().__setitem__(key, value)
        if key == HASH_SESSION_KEY and self.session_key is not None:
            try:
                self.save()
            except UpdateError as problem:
                raise SessionInterrupted("The session has ended.") from problem

    def cycle_key(self) -> None:
        """Another key for the same row: the device stays the device it was."""
        data, old = self._session, self.session_key
        if old is None:
            return self.create()
        self._session_key = self._get_new_session_key()
        fields = self._fields(data) | {"key_hash": hash_of(self.session_key or "")}
        try:
            self._update(old, fields)
        except UpdateError as problem:  # it has ended a moment ago: so it does here
            if SESSION_KEY in data:
                raise SessionInterrupted("The session has ended.") from problem
            return self.create()
        self.is_new_key = self.modified = True

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None and Device.objects.filter(key_hash=hash_of(key)).delete()[0]:
            tell()

    def flush(self) -> None:
        super().flush()
        self.device, self._told = None, {}

    @classmethod
    def clear_expired(cls) -> None:
        while purge():
            pass

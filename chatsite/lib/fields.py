"""A model field whose value is sealed in the database and text in Python.

The model says whose key seals it: ``sealing_key()`` returns the key or raises
``CannotOpen``. Values are opened when they are read, so a list that does not show a
body never pays for opening it. A model that can keep texts elsewhere, leaving a
reference in their place, has ``text_elsewhere(field, reference)``.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Literal, Protocol

from django.db import models

from chatsite.lib import unreadable
from chatsite.lib.crypto import CannotOpen, is_marked, open_sealed, seal

MARKER = "[cannot be decrypted]"
ELSEWHERE = b"\x03"  # no form of a seal: begins a reference to where the text lies


_MARK = {False: "\x01", True: "\x02"}  # before a text that lies elsewhere


class Sealed(bytes):
    """A value as it lies in the database."""


class Unreadable(str):
    """What a page shows for a value that cannot be opened; it keeps the original."""

    sealed: Sealed

    def __new__(cls, sealed: Sealed) -> Unreadable:
        marker = super().__new__(cls, MARKER)
        marker.sealed = sealed
        return marker


Private = Literal["text", "json", "piece", "no"]
"""How a field is redacted: as a text; the strings of a JSON text; only what is known,
of a text that comes in pieces; not at all.
"""


def _unpacked(packed: str) -> tuple[str, bool]:
    return packed[1:], packed[:1] == _MARK[True]


class Redactor(Protocol):
    """Decides what of a private text is stored. ``owner``: whose text it is."""

    def taken_in(self, text: str) -> str:
        """What a row holds from the moment that ``text`` is set."""
        ...

    def stored(self, owner: Any, text: str, private: Private) -> tuple[str, bool]:
        """What is sealed, and whether it has placeholders to restore."""
        ...

    def restored(self, owner: Any, text: str, private: Private) -> str:
        """What was ``stored`` with placeholders, as its person knows it."""
        ...


class _KeepsAll:
    """Where nobody redacts."""

    def taken_in(self, text: str) -> str:
        return text

    def stored(self, owner: Any, text: str, private: Private) -> tuple[str, bool]:
        return text, False

    def restored(self, owner: Any, text: str, private: Private) -> str:
        return text


_redactor: Redactor = _KeepsAll()


def redact_with(redactor: Redactor) -> None:
    """From now on, all private fields. The app that knows how calls it as it starts."""
    global _redactor  # noqa: PLW0603 - there is one for the process
    _redactor = redactor


class SealedTextField(models.BinaryField):
    """Text, sealed under the row's own place. Set it before ``save()``, not in SQL."""

    if TYPE_CHECKING:  # what the attribute is to those who use it

        def __get__(self, row: Any, owner: Any = None) -> str: ...
        def __set__(self, row: Any, value: str) -> None: ...

    def __init__(
        self,
        *args: Any,
        compress: bool = False,
        private: Private = "text",
        **kwargs: Any,
    ) -> None:
        self.compress, self.private = compress, private
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.compress:
            kwargs["compress"] = True
        return name, path, args, kwargs

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, self.attname, _SealedAttribute(self))

    @classmethod
    def sealed(cls, row: Any, **values: str) -> dict[str, Sealed]:
        """Values of ``row``'s sealed fields, as ``update()`` takes them."""
        fields = {name: row._meta.get_field(name) for name in values}
        return {name: fields[name].seal(row, text) for name, text in values.items()}

    @classmethod
    def stored_form(cls, row: Any, name: str) -> tuple[str, bool]:
        """What is sealed in a row's field, and whether it has placeholders. Of a text
        that was set since, that text.
        """
        field = row._meta.get_field(name)
        value = field.held(row)
        return (
            field._opened(row, value) if isinstance(value, Sealed) else (value, False)
        )

    def packed(self, row: Any) -> str:
        """What is sealed, to be kept elsewhere for a while: ``seal_packed`` takes it
        back as it was.
        """
        text, marked = self.stored_form(row, self.attname)
        return text if isinstance(text, Unreadable) else _MARK[marked] + text

    def seal_packed(self, row: Any, packed: str) -> Sealed:
        return self._seal(row, *_unpacked(packed))

    def place(self, row: Any) -> str:
        """What the seal is bound to: table, owner, row and field."""
        return f"{row._meta.db_table}|{row.owner_id}|{row.pk}|{self.attname}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Sealed(value)

    def to_python(self, value: Any) -> Any:
        return value  # text stays text; BinaryField would take it for base64

    def held(self, row: Any) -> Any:
        """Text that was set, or ``Sealed`` as it was loaded; fetched when deferred."""
        if self.attname not in row.__dict__:
            same = type(row)._base_manager.using(row._state.db).filter(pk=row.pk)
            row.__dict__[self.attname] = same.values_list(self.attname, flat=True).get()
        return row.__dict__[self.attname]

    def pre_save(self, row: Any, add: bool) -> Sealed | None:
        """Seal what was set; what was only loaded goes back as the bytes it was."""
        value = self.held(row)
        if value is None or isinstance(value, Sealed):
            return value
        return self.seal(row, value)

    def seal(self, row: Any, text: str) -> Sealed:
        row.sealing_key()  # who has none has no placeholders either
        if self.private == "no":
            return self._seal(row, text, marked=False)
        return self._seal(row, *_redactor.stored(row.owner_id, text, self.private))

    def open(self, row: Any, value: Sealed) -> str:
        text, marked = self._opened(row, value)
        if marked:
            return _redactor.restored(row.owner_id, text, self.private)
        return text

    def open_packed(self, row: Any, value: bytes) -> str:
        """As ``packed``; raises ``CannotOpen``."""
        text = open_sealed(row.sealing_key(), value, self.place(row))
        return _MARK[is_marked(value)] + text

    def _seal(self, row: Any, text: str, marked: bool) -> Sealed:
        key, place = row.sealing_key(), self.place(row)
        return Sealed(seal(key, text, place, compress=self.compress, marked=marked))

    def _opened(self, row: Any, value: Sealed) -> tuple[str, bool]:
        try:
            if value[:1] == ELSEWHERE and hasattr(row, "text_elsewhere"):
                return _unpacked(row.text_elsewhere(self, value))
            return _unpacked(self.open_packed(row, value))
        except CannotOpen:
            unreadable.notes.add(row._meta.label_lower, str(row.pk))
            return Unreadable(value), False

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str):
            raise TypeError(f"{self.name} is sealed: set it on the row and save()")
        return super().get_prep_value(value)

    def get_default(self) -> str | None:
        return None if self.null else ""

    def value_to_string(self, obj: Any) -> str:
        return b64encode(self.pre_save(obj, add=False) or b"").decode()


class _SealedAttribute:
    """Opens on reading; refuses to replace what cannot be opened."""

    def __init__(self, field: SealedTextField) -> None:
        self.field = field

    def __get__(self, row: Any, owner: Any = None) -> Any:
        if row is None:
            return self
        value = self.field.held(row)
        if not isinstance(value, Sealed):
            return value
        opened = row.__dict__.setdefault("_opened", {})
        name = self.field.attname
        if name in opened:
            return opened[name]
        text = self.field.open(row, value)
        if not isinstance(text, Unreadable):  # the key may yet come back
            opened[name] = text
        return text

    def __set__(self, row: Any, value: Any) -> None:
        name = self.field.attname
        if isinstance(value, Unreadable):
            value = value.sealed
        elif not isinstance(value, Sealed) and self._is_unreadable(row):
            raise CannotOpen(f"{name} cannot be opened, so it is not overwritten")
        elif self.field.private == "text" and isinstance(value, str):
            value = _redactor.taken_in(value)
        row.__dict__[name] = value
        row.__dict__.get("_opened", {}).pop(name, None)

    def _is_unreadable(self, row: Any) -> bool:
        if row._state.adding and self.field.attname not in row.__dict__:
            return False  # it is just being made
        return isinstance(self.__get__(row), Unreadable)

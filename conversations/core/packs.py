"""Texts in one piece: packed together they compress better than each by itself."""

from __future__ import annotations

import lzma
import struct
from collections.abc import Mapping

import orjson

_LENGTH = struct.Struct(">I")
# checked and bound to its place by the seal around it, so it needs no sum of its own
_FORM = lzma.FORMAT_ALONE


class BadPack(ValueError):
    """It was not made by ``pack``."""


def pack(texts: Mapping[str, str]) -> bytes:
    """Any text, lone surrogates included, each under its name (which is ASCII)."""
    data = [text.encode("utf-8", "surrogatepass") for text in texts.values()]
    names = [[name, len(each)] for name, each in zip(texts, data, strict=True)]
    header = orjson.dumps(names)
    whole = b"".join([_LENGTH.pack(len(header)), header, *data])
    return lzma.compress(whole, format=_FORM)


def unpack(packed: bytes) -> dict[str, str]:
    """What was packed; raises ``BadPack``."""
    try:
        whole = lzma.decompress(packed, format=_FORM)
        (size,) = _LENGTH.unpack_from(whole)
        at = _LENGTH.size + size
        texts = {}
        for name, length in orjson.loads(whole[_LENGTH.size : at]):
            texts[name] = whole[at : at + length].decode("utf-8", "surrogatepass")
            at += length
    except (lzma.LZMAError, struct.error, ValueError, TypeError) as problem:
        raise BadPack from problem
    if at != len(whole):
        raise BadPack
    return texts

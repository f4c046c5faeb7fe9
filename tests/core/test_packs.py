"""Texts in one piece: whatever goes in comes out, and nothing else is taken for it."""

from __future__ import annotations

import lzma
import os

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conversations.core.packs import BadPack, pack, unpack

ANY_TEXT = some.text(some.characters(), max_size=200)  # lone surrogates too
NAMES = some.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}:[0-9a-f]{32}", fullmatch=True)


@given(some.dictionaries(NAMES, ANY_TEXT, max_size=20))
def test_what_is_packed_comes_out_as_it_was(texts: dict[str, str]) -> None:
    assert unpack(pack(texts)) == texts


def test_the_order_stays() -> None:
    texts = {"b": "2", "a": "1", "c": ""}

    assert list(unpack(pack(texts)).items()) == list(texts.items())


def test_talk_gets_small() -> None:
    said = {f"body:{n}": f"The {n}. tide was at noon, and calm." for n in range(500)}

    assert len(pack(said)) < sum(map(len, said.values())) / 8


@given(some.binary(max_size=100))
def test_what_is_no_pack_is_refused(data: bytes) -> None:
    with pytest.raises(BadPack):
        unpack(data)


@given(some.binary(max_size=60))
def test_what_is_compressed_and_no_pack_is_refused(data: bytes) -> None:
    with pytest.raises(BadPack):
        unpack(lzma.compress(b"\0\0\0\x02[]" + data + b"x", format=lzma.FORMAT_ALONE))


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_pack_that_was_cut_is_refused(cut: int) -> None:
    packed = pack({"a": os.urandom(200).hex()})

    with pytest.raises(BadPack):
        unpack(packed[:-cut])

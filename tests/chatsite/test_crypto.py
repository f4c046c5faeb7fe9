"""Sealed text opens where it was sealed, whole, and nowhere else."""

from __future__ import annotations

import itertools

import pytest
from cryptography.fernet import Fernet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatsite.lib.crypto import (
    MARKED,
    CannotOpen,
    MasterRing,
    is_marked,
    new_key,
    open_sealed,
    seal,
)

KEY = new_key()
PLACE = "message|owner|row|body"
ANY_TEXT = st.text(st.characters(), max_size=300)


@settings(max_examples=300)
@given(text=ANY_TEXT, place=st.text(max_size=60), compress=st.booleans())
@example(text="", place="", compress=True)
@example(text="a lone \ud800 surrogate, \x00 and \U0001f9ff", place="p", compress=False)
def test_any_text_comes_back(text: str, place: str, compress: bool) -> None:
    sealed = seal(KEY, text, place, compress=compress)

    assert open_sealed(KEY, sealed, place) == text


def test_sealing_twice_gives_two_values_that_do_not_show_the_text() -> None:
    text = "the tide is out at noon"
    sealed = [seal(KEY, text, PLACE) for _ in range(100)]

    assert len(set(sealed)) == 100
    assert not any(text.encode() in value for value in sealed)


def test_compressing_makes_repetition_small() -> None:
    text = "<p>again</p>" * 1000

    assert len(seal(KEY, text, PLACE, compress=True)) < len(text) / 20


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("text", ["", "x", "Hello, Maya. " * 9, "naïve 🌊"])
def test_every_flipped_bit_is_noticed(text: str, compress: bool) -> None:
    sealed = seal(KEY, text, PLACE, compress=compress)

    for at, bit in itertools.product(range(len(sealed)), range(8)):
        changed = bytearray(sealed)
        changed[at] ^= 1 << bit
        with pytest.raises(CannotOpen):
            open_sealed(KEY, bytes(changed), PLACE)


def test_every_cut_and_every_addition_is_noticed() -> None:
    sealed = seal(KEY, "Hello, Maya.", PLACE)

    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            open_sealed(KEY, sealed[:length], PLACE)
    with pytest.raises(CannotOpen):
        open_sealed(KEY, sealed + b"\x00", PLACE)


def test_a_value_opens_in_its_own_place_only() -> None:
    places = [
        "|".join(parts)
        for parts in itertools.product(
            ("message", "turn"), ("alice", "bob"), ("row-1", "row-2"), ("body", "html")
        )
    ]
    for home, elsewhere in itertools.permutations(places, 2):
        with pytest.raises(CannotOpen):
            open_sealed(KEY, seal(KEY, "Hello", home), elsewhere)


def test_of_twenty_values_each_opens_in_its_own_place_and_no_other() -> None:
    places = [f"message|owner|row-{number}|body" for number in range(20)]
    sealed = [seal(KEY, f"text of {place}", place) for place in places]

    opened = {
        (at, to): _opened(sealed[at], places[to])
        for at, to in itertools.product(range(20), range(20))
    }

    assert opened == {
        (at, to): f"text of {places[to]}" if at == to else None for at, to in opened
    }


def test_every_bit_of_fifty_values_counts() -> None:
    """Short and long, packed and not: what is changed anywhere opens as nothing."""
    for number in range(50):
        text = "naïve 🌊 " * (number // 2)
        sealed = seal(KEY, text, PLACE, compress=number % 2 == 0)
        for at in range(8 * len(sealed)):
            changed = bytearray(sealed)
            changed[at // 8] ^= 1 << at % 8
            assert _opened(bytes(changed), PLACE) is None, (number, at)


def _opened(sealed: bytes, place: str, key: bytes = KEY) -> str | None:
    try:
        return open_sealed(key, sealed, place)
    except CannotOpen:
        return None


def test_another_key_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        open_sealed(new_key(), seal(KEY, "Hello", PLACE), PLACE)


def test_the_form_cannot_be_swapped() -> None:
    """The byte that says "compressed" is part of what is authenticated."""
    sealed = seal(KEY, "Hello", PLACE, compress=True)

    with pytest.raises(CannotOpen):
        open_sealed(KEY, b"\x01" + sealed[1:], PLACE)


def master_key() -> str:
    return Fernet.generate_key().decode()


def test_a_wrapped_key_comes_back() -> None:
    ring, key = MasterRing([master_key()]), new_key()

    assert ring.unwrap(ring.wrap(key)) == key
    assert key not in ring.wrap(key)


def test_rotation_moves_a_key_to_the_newest_master_key() -> None:
    old, new = master_key(), master_key()
    key = new_key()
    wrapped = MasterRing([old]).wrap(key)
    both = MasterRing([new, old])

    assert both.unwrap(wrapped) == key
    assert MasterRing([new]).unwrap(both.rewrap(wrapped)) == key
    assert MasterRing([new]).unwrap(both.wrap(key)) == key


def test_it_is_known_which_master_key_wrapped() -> None:
    old, new = master_key(), master_key()
    wrapped = MasterRing([old]).wrap(new_key())
    both = MasterRing([new, old])

    assert MasterRing([old]).is_newest(wrapped)
    assert not both.is_newest(wrapped)
    assert both.is_newest(both.rewrap(wrapped))
    assert not both.is_newest(b"")


def test_a_ring_without_the_right_master_key_opens_nothing() -> None:
    wrapped = MasterRing([master_key()]).wrap(new_key())
    other = MasterRing([master_key()])

    for act in (other.unwrap, other.rewrap):
        with pytest.raises(CannotOpen):
            act(wrapped)
    with pytest.raises(CannotOpen):
        other.unwrap(b"")


def test_what_cannot_be_opened_does_not_say_what_it_was() -> None:
    sealed = seal(KEY, "a secret", PLACE)

    with pytest.raises(CannotOpen) as problem:
        open_sealed(KEY, sealed, "elsewhere")
    assert "a secret" not in repr(problem.value)


@pytest.mark.parametrize("compress", [False, True])
def test_a_mark_is_read_without_opening_and_cannot_be_put_on(compress: bool) -> None:
    plain = seal(KEY, "text", PLACE, compress=compress)
    marked = seal(KEY, "text", PLACE, compress=compress, marked=True)

    assert (is_marked(plain), is_marked(marked), is_marked(b"")) == (False, True, False)
    assert open_sealed(KEY, marked, PLACE) == "text"
    for sealed in (plain, marked):
        other = bytes([sealed[0] ^ MARKED]) + sealed[1:]
        with pytest.raises(CannotOpen):
            open_sealed(KEY, other, PLACE)

"""Texts with nothing of anybody's: a false alarm here is a chat that is spoilt."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.samples import KINDS, tokens
from tests.core.redaction.values import found


@pytest.mark.parametrize("kind", KINDS)
def test_ordinary_replies_stay_as_they_are(kind):
    assert found("".join(tokens(kind, 2_000))) == []


@given(st.uuids())
def test_identifiers_are_nobodys(value: uuid.UUID):
    assert found(f"id {value}, {value.hex}") == []


@given(st.binary(min_size=16, max_size=32))
def test_hashes_are_nobodys(value: bytes):
    assert found(f"commit x{value.hex()}x") == []


@given(st.datetimes())
def test_times_are_nobodys(moment):
    texts = [f"at {moment.isoformat()}Z", f"{moment:%Y-%m-%d %H:%M:%S}, done"]
    texts += [f"{moment:%d.%m.%Y %H:%M}", f"{moment:%m/%d/%Y}", f"{moment:%Y%m%d}"]
    assert [found(text) for text in texts] == [[]] * len(texts)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_coordinates_are_nobodys(longitude, latitude):
    assert found(f"{latitude:.6f}, {longitude:.6f}") == []
    assert found(f"lat={latitude} lon={longitude}") == []


@given(st.lists(st.integers(0, 999), min_size=4, max_size=4))
def test_versions_are_nobodys(parts):
    written = ".".join(map(str, parts))
    assert found(f"v{written} version {written} pkg=={written}") == []


@given(st.integers(10**8, 10**10 - 1))
def test_numbers_of_orders_are_nobodys(number):
    assert found(f"Your order #{number} is on its way") == []


@pytest.mark.parametrize(
    "text",
    [
        "ISBN 978-3-16-148410-0 and 0-306-40615-2",
        "arXiv:2405.12345, doi 10.1000/182, ASIN B08N5WRWNW",
        "Win 3-2 (25-23, 22-25, 15-13); Boeing 737-800",
        "zip 94105-1234, Route 66, I-95",
        "chmod 0644; umask 0022; 0b1010101010101010; 0o7777777777; 0x7fffdeadbeef",
        "$12,345,678.90 of 1,234,567,890",
        "F1=0.9123 P=0.8745 R=0.9541; 6.02214076e23",
        "10 20 30 40 50 60 70 80 90 100",
        "01HF7YAT31JZHSMW1CG6Q6MHB7",
        "[EMAIL] [PHONE_1] [CARD_22]",
        "",
    ],
)
def test_numbers_of_things_are_nobodys(text):
    assert found(text) == []

"""Cutting a byte stream into events: the cuts of the network must not show."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.providers.sse import MAX_EVENT_BYTES, EventSplitter, EventTooLong

# Weighted to what matters: line ends, field names, characters of several bytes.
PIECES = st.sampled_from(
    [
        b"\n", b"\n", b"\n\n", b"\r\n", b"\r\n\r\n", b"\r", b"data: ", b"data:",
        b"data", b"event: x", b": note", b"id: 1", b"a", b" ", "é🌿\u2028".encode(),
        b"[DONE]", b'{"a":"b"}', b"\xef\xbb\xbf",
    ]
)  # fmt: skip
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)
CUTS = st.lists(st.integers(0, 300), max_size=30)


def split(chunks: list[bytes]) -> list[bytes]:
    splitter = EventSplitter()
    found = [data for chunk in chunks for data in splitter.feed(chunk)]
    return found + splitter.finish()


def by_the_book(stream: bytes) -> list[bytes]:
    """The rules of the standard, line by line, on the whole stream at once."""
    lines = stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    events: list[bytes] = []
    data: list[bytes] = []
    for line in [*lines, b""]:
        name, _, value = line.removeprefix(b"\xef\xbb\xbf").partition(b":")
        if not line and data:
            events.append(b"\n".join(data))
            data = []
        elif name == b"data":
            data.append(value.removeprefix(b" "))
    return events


@given(STREAMS, CUTS)
def test_any_cutting_gives_the_same_events(stream, cuts):
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[a:b] for a, b in zip(places, places[1:], strict=False)]
    assert split(chunks) == split([stream])


@given(STREAMS)
def test_byte_by_byte_is_no_different(stream):
    assert split([bytes([byte]) for byte in stream]) == split([stream])


@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_no_single_cut_matters(stream):
    whole = split([stream])
    assert all(
        split([stream[:cut], stream[cut:]]) == whole for cut in range(len(stream))
    )


@given(STREAMS.filter(lambda stream: b"\xef" not in stream))
def test_events_are_those_of_the_standard(stream):
    assert split([stream]) == by_the_book(stream)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\rdata: b\r\r", [b"a\nb"]),
        (b"event: x\ndata: a\nid: 3\n\n", [b"a"]),
        (b": ping\n\n: ping\n\ndata: a\n\n", [b"a"]),
        (b"data:  two spaces\n\n", [b" two spaces"]),
        (b"data\n\n", [b""]),
        (b"database: no\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data: unfinished", [b"unfinished"]),
        (b"", []),
    ],
)
def test_known_streams(stream, events):
    assert split([stream]) == events


def test_a_newline_is_dropped_only_after_its_cr():
    assert split([b"data: a", b"\ndata: b\r\n\r\n"]) == [b"a\nb"]
    assert split([b"data: a\r", b"\ndata: b\r\n\r\n"]) == [b"a\nb"]
    assert split([b"data: a\r", b"", b"\n", b"\r\n"]) == [b"a"]


def test_an_event_is_given_as_soon_as_it_is_complete():
    splitter = EventSplitter()
    assert splitter.feed(b"data: a\r\n\r") == [b"a"]
    assert splitter.feed(b"\ndata: b") == []
    assert splitter.feed(b"\n\n") == [b"b"]


@pytest.mark.parametrize("size", [1000, 70_000, 3_000_000])
def test_an_event_has_a_largest_size(size):
    stream = b"data: " + b"x" * (MAX_EVENT_BYTES + 1) + b"\n\n"
    splitter = EventSplitter()
    with pytest.raises(EventTooLong):
        for start in range(0, len(stream), size):
            splitter.feed(stream[start : start + size])


def test_large_events_within_the_limit_pass():
    data = b"x" * (MAX_EVENT_BYTES - 10)
    assert split([b"data: " + data + b"\n\n"]) == [data]


def test_a_dripping_server_costs_no_more_than_a_steady_one():
    splitter = EventSplitter()
    started = time.process_time()
    for _ in range(200_000):
        splitter.feed(b"x")
    assert time.process_time() - started < 2

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.requests import MAX_TEXT_BYTES, BadRequest, Request, parse

ID = str(uuid.uuid4())


def send(**fields) -> str:
    return json.dumps({"type": "send", "id": ID, "text": "hi", **fields})


def refusal(frame: str) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        parse(frame)
    return caught.value


def test_a_good_frame_is_a_checked_request():
    conversation = uuid.uuid4()
    assert parse(send(conversation=str(conversation))) == Request(
        "send", {"id": uuid.UUID(ID), "text": "hi", "conversation": conversation}, ID
    )


@pytest.mark.parametrize("spell", [str, lambda id: id.hex, lambda id: str(id).upper()])
def test_an_answer_bears_the_id_as_it_was_spelled(spell):
    id = uuid.uuid4()
    asked = parse(send(id=spell(id)))
    assert (asked.id, asked.fields["id"]) == (spell(id), id)
    assert refusal(send(id=spell(id), text=" ")).id == spell(id)
    assert refusal(send(id=spell(id), text="x" * 70_000)).id == spell(id)


def test_null_means_not_sent_where_that_is_allowed():
    assert parse(send(conversation=None, model=None)).fields.keys() == {"id", "text"}


@pytest.mark.parametrize(
    "frame",
    ["", "x", "[]", "1", "null", '{"type":', "{}", '{"type":"nope"}', '{"type":{}}'],
)
def test_rubbish_is_refused_with_a_sentence(frame):
    assert refusal(frame).code == "bad_request"


@pytest.mark.parametrize(
    "fields",
    [
        {"user": "someone"},
        {"conversation": "not-a-uuid"},
        {"conversation": 5},
        {"conversation": "a" * 10_000},
        {"text": 5},
        {"text": None},
        {"text": {"$ne": ""}},
        {"id": None},
        {"model": "a b"},
        {"model": "x" * 121},
        {"model": "../../etc\n"},
        {"strategy": []},
        {"format": "xml"},
        {"format": ["html"]},
        {"attachments": ["f"]},
    ],
)
def test_a_wrong_field_is_refused_and_the_request_named(fields):
    problem = refusal(send(**fields))
    assert problem.code == "bad_request"
    assert problem.id == (ID if fields.get("id", ID) else None)


@pytest.mark.parametrize("text", ["", " ", "\n\t\u2003 "])
def test_nothing_but_white_space_is_not_a_message(text):
    assert str(refusal(send(text=text))) == "Write something first."


@pytest.mark.parametrize(
    "text",
    [
        "<|endoftext|>",
        "<script>alert(1)</script>",
        "'; DROP TABLE x; --",
        "مرحبا \u202e",
        "👨‍👩‍👧‍👦🏳️‍🌈",
        "\x00\x07\x1b[2J",
        " leading and trailing \r\n",
        "a\n" * 10_000,
    ],
)
def test_text_is_kept_exactly_as_it_was_typed(text):
    assert parse(send(text=text)).fields["text"] == text


def test_half_a_surrogate_pair_is_marked_not_lost():
    text = parse(send(text="a\ud800b")).fields["text"]
    assert text == "a\N{REPLACEMENT CHARACTER}b"


def test_a_message_may_be_32_kb_long_and_no_more():
    assert len(parse(send(text="a" * MAX_TEXT_BYTES)).fields["text"]) == 32_768
    problem = refusal(send(text="a" * (MAX_TEXT_BYTES + 1)))
    assert (problem.code, problem.id) == ("too_long", ID)


def test_a_frame_over_64_kib_is_too_long():
    assert refusal(send(text="a" * 66_000)).code == "too_long"


@pytest.mark.parametrize("seen", [-1, 1.5, "3", True, 2**40])
def test_an_offset_is_a_whole_number(seen):
    frame = json.dumps({"type": "stop", "turn": ID, "seen": seen})
    assert refusal(frame).code == "bad_request"


def test_deep_nesting_is_refused():
    refusal('{"type":"ping","t":' + "[" * 20_000 + "]" * 20_000 + "}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
fields = st.sampled_from(
    ["type", "id", "text", "conversation", "turn", "seen", "offset", "format", "t"]
)


@given(
    st.dictionaries(fields, json_values),
    st.sampled_from(["send", "watch", "unwatch", "stop", "ping", "x"]),
)
def test_any_json_is_a_request_or_a_refusal(data, type_):
    try:
        request = parse(json.dumps({**data, "type": type_}))
    except BadRequest as problem:
        assert str(problem)
    else:
        assert request.type == type_


@given(st.text())
def test_any_text_is_a_request_or_a_refusal(frame):
    try:
        parse(frame)
    except BadRequest as problem:
        assert str(problem)

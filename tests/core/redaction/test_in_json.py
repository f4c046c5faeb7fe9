"""A JSON text stays one, whatever a value has in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction import (
    MemoryVault,
    Type,
    in_strings,
    restore,
    to_placeholders,
)

MAIL = "ann@example.com"
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@pytest.fixture
def vault():
    return MemoryVault()


def test_every_string_is_changed_at_every_depth_keys_too(vault):
    text = json.dumps({MAIL: [{"to": f"x\n{MAIL}"}, 7, None, True]})
    placed = in_strings(text, lambda part: to_placeholders(part, vault))
    assert json.loads(placed) == {"[EMAIL_1]": [{"to": "x\n[EMAIL_1]"}, 7, None, True]}
    back = in_strings(placed, lambda part: restore(part, vault))
    assert json.loads(back) == json.loads(text)


@pytest.mark.parametrize("secret", ['p"w', "back\\slash", "two\nlines", "ü", "\x07"])
def test_a_value_is_escaped_as_json_wants_it(vault, secret):
    vault.put(Type.SECRET, secret)
    back = in_strings('{"key":"[SECRET_1]"}', lambda part: restore(part, vault))
    assert json.loads(back) == {"key": secret}


@pytest.mark.parametrize("text", ['{ "a" :  1}', '{"a": "b"}', "[]", '"x"', "3"])
def test_where_nothing_changes_the_text_is_untouched(text):
    assert in_strings(text, lambda part: part) == text


@pytest.mark.parametrize("text", ["", "{", f"mail {MAIL}", '{"a": "b"'])
def test_what_is_no_json_is_changed_as_one_string(vault, text):
    changed = in_strings(text, lambda part: to_placeholders(part, vault))
    assert changed == text.replace(MAIL, "[EMAIL_1]")


@given(values)
def test_changed_and_changed_back_it_is_the_same(value):
    text = json.dumps(value)
    turned = in_strings(text, lambda part: f"<{part}>")
    assert json.loads(in_strings(turned, lambda part: part[1:-1])) == json.loads(text)

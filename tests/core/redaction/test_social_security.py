from __future__ import annotations

import pytest
from hypothesis import given

from tests.core.redaction.values import found, social


@given(social)
def test_an_issued_number_is_found(number):
    assert found(f"| Doe | {number} |") == [("SSN", number)]
    assert found(f"a,{number},b/{number}/c") == [("SSN", number)] * 2


@pytest.mark.parametrize("written", ["219 46 3375", "219463375", "219.46.3375"])
def test_without_dashes_a_word_must_say_so(written):
    assert found(f"social security number {written} on file") == [("SSN", written)]
    assert found(f"SSN#{written}") == [("SSN", written)]
    assert found(f"Social Security No. {written}") == [("SSN", written)]
    assert found(f"SS# {written}") == [("SSN", written)]
    assert found(f"{written} of them") == []


def test_numbers_of_taxpayers_are_found_by_their_name():
    assert found("ITIN 912-70-1234") == [("SSN", "912-70-1234")]
    assert found("ITIN 912-10-1234") == []
    assert found("912-70-1234") == []


@pytest.mark.parametrize(
    "text",
    [
        "SSN 000-12-3456",
        "SSN 666-12-3456",
        "SSN 219-00-3375",
        "SSN 219-46-0000",
        "part no. 219-46-3375 fits the pump",
        "catalog item 219-46-3375",
        "no. 219-46-3375 fits the pump",
        "219-46-33751",
        "1219-46-3375",
        "1-219-46-3375",
        "219-46-3375-9",
        "219-46 3375",
        r"regex \d{3}-\d{2}-\d{4} matches SSNs",
    ],
)
def test_what_was_never_issued_or_is_something_else_is_none(text):
    assert found(text) == []

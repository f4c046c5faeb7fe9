from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction.ibans import is_iban
from tests.core.redaction.values import account, accounts, found, in_fours

BRITISH = account("GB", "WEST12345698765432")


@given(accounts, st.sampled_from([" ", "-", ".", ""]), st.booleans())
def test_an_account_of_every_country_is_found(iban, sign, small):
    written = in_fours(iban.lower() if small else iban, sign)
    assert found(f"to {written}, please") == [("IBAN", written)]


@given(accounts, st.integers(4, 14), st.integers(1, 9))
def test_no_digit_of_an_account_can_be_another(iban, place, by):
    other = str((int(iban[place]) + by) % 10)
    assert not is_iban(iban[:place] + other + iban[place + 1 :])


def test_an_account_ends_where_its_country_says():
    written = in_fours(BRITISH)
    assert found(f"{written} 12 and more") == [("IBAN", written)]
    assert found(f"IBAN{BRITISH}") == [("IBAN", BRITISH)]
    assert found(f"口座{BRITISH}です") == [("IBAN", BRITISH)]


@pytest.mark.parametrize(
    "text",
    [
        "GB00WEST12345698765432",
        "DE00 1234 5678 9012 3456 78",
        BRITISH + "1",
        "X" + BRITISH,
        BRITISH[:-1],
        "XX82 1234 5678 9012 3456",
        "IT19 rules and DE12",
    ],
)
def test_wrong_check_digits_lengths_and_countries_are_none(text):
    assert "IBAN" not in dict(found(text))

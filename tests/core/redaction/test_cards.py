from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction.cards import is_card
from tests.core.redaction.values import cards, found, in_fours, with_check_digit

AMERICAN_EXPRESS = with_check_digit("37828224631000")
DINERS = with_check_digit("3852000002323"[:13])
SHORT_VISA = with_check_digit("422222222222")
LONG = with_check_digit("621234567890123456")


@given(cards, st.sampled_from([" ", "-", ".", "/", "_", "  ", ""]))
def test_a_card_is_found_however_its_groups_are_parted(card, sign):
    written = in_fours(card, sign)
    assert found(f"card {written}, please") == [("CARD", written)]


@pytest.mark.parametrize(
    "written",
    [
        AMERICAN_EXPRESS,
        f"{AMERICAN_EXPRESS[:4]} {AMERICAN_EXPRESS[4:10]} {AMERICAN_EXPRESS[10:]}",
        DINERS,
        f"{DINERS[:4]} {DINERS[4:10]} {DINERS[10:]}",
        in_fours(DINERS),
        SHORT_VISA,
        LONG,
        in_fours(LONG),
    ],
)
def test_every_issuer_has_its_lengths_and_groups(written):
    assert found(f"CC#{written}.") == [("CARD", written)]


@pytest.mark.parametrize("after", [" 04/29", " 123", ",123", " exp 04/29", "|x", "."])
def test_what_stands_beside_a_card_is_not_of_it(after):
    card = in_fours(with_check_digit("411111111111111"))
    assert found(f".{card}{after}") == [("CARD", card)]
    assert found(f"ann,{card.replace(' ', '')}{after}")[0][0] == "CARD"


@given(cards, st.integers(0, 15), st.integers(1, 9))
def test_no_digit_of_a_card_can_be_another(card, place, by):
    other = str((int(card[place]) + by) % 10)
    assert not is_card(card[:place] + other + card[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "matrix 1234 5678 9012 3456",
        "IMEI 490154203237518",
        "0.4111111111111111",
        "4111111111111111.5",
        "a4111111111111111",
        "41111111111111111111111",
        "123e4567-4111-4111-8111-111111111111",
        "EAN 4006381333931",
        "EAN 4222222222222, as a card would be",
        "0000 0000 0000 0000",
        "1700000000000000",
    ],
)
def test_other_long_numbers_are_no_cards(text):
    assert found(text) == []

from __future__ import annotations

import pytest

from tests.core.redaction.values import found

ABROAD = [
    "+1 212-555-0147", "+12125550147", "+1(415)5550132", "001-415-555-0132",
    "+44 (0)20 7946 0958", "+447700900123", "00 44 20 7946 0321", "0049 30 123456",
    "+33 6 12 34 56 78", "+33612345678", "+49 1512 3456789", "+49 (0)30 / 123456",
    "+34 612 34 56 78", "+31 6 12345678", "+41 78 123 45 67", "+55 11 96123-4567",
    "+81 3-1234-5678", "+91 98765 43210", "+86 138 1234 5678", "+61 2 9374 4000",
]  # fmt: skip
AT_HOME = [
    "212-555-0147", "(415) 555-0132", "(415)555-0132", "303.555.0111", "917 555 0190",
    "1-800-555-0199", "1 (415) 555-2671", "(555) 123-4567", "416-555-0123",
    "020 7946 0018", "(020) 7946 0958", "07700 900123", "01632 960123",
    "06 12 34 56 78", "06.12.34.56.78", "01-42-68-53-00", "06/12/34/56/78",
    "030 12345678", "0151/23456789", "(089) 1234567", "0171-2345678",
]  # fmt: skip


@pytest.mark.parametrize("number", ABROAD + AT_HOME)
@pytest.mark.parametrize("frame", ["{}", "Ann, {}, at home.", ".{}", "_{}_", "({})"])
def test_a_number_as_it_is_written_there_is_found(number, frame):
    [(kind, value)] = found(frame.format(number))
    assert kind == "PHONE"
    assert number.strip("(") in value


@pytest.mark.parametrize(
    "text",
    [
        "phone number 2125550147 please",
        "call me on 2125550147",
        "my mum's number is 2125550147",
        "Meine Nummer: 015123456789",
        "appelle le 0612345678",
        "Tél: 0612345678",
        "appelez le 07 12 34 12 93",
        "joignable au 0612345678",
        "switchboard: 07700900123",
        "Festnetz 040 428 28-0",
        '{"home_phone": "2125550147"}',
        "Tel.: 123-456-7890",
        "Teléfono 612 34 56 78",
        "móvil 612345678",
        "fax 0 30 / 12 34 56 78",
    ],
)
def test_bare_digits_are_a_number_when_a_word_before_them_says_so(text):
    assert [kind for kind, _ in found(text)] == ["PHONE"]


@pytest.mark.parametrize(
    "text",
    [
        "2125550147",
        "the order number 2125550147",
        "PO 4500012345 line 10",
        "tracking 2125550147",
        "part no. 212-555-0147",
        "pages 212-555-0147",
        "0012125550147",
        "[2125550147, 4155550132]",
        "2147483647 is INT_MAX",
        "range(2000000000, 4000000000)",
        "1700000000 and 1700000000000",
        "300-200-1000 ratio",
        "212 555 0147 212 555 0148",
        "phone call on 2025-10-30 09:14",
        "2025-10-30 09:14:02",
        "30.10.2025 09:14",
        "+20 30 40 50",
        "x += 1234567",
        "x = 5855208749 + 431467140",
        "batch 0051-7484-0883-9023",
        "SIREN 041 574 741 RCS Paris",
        "01 02 03 04 05 06 07",
        "3.14159265358979",
        "00:1B:44:11:3A:B7 and 00-1B-44-11-3A-B7",
        "Boston, MA 02111-1307",
        "dial 311, ext. 4421",
        "phone VARCHAR(20)",
    ],
)
def test_other_digits_are_no_number(text):
    assert found(text) == []


def test_an_extension_and_what_follows_are_not_of_the_number():
    assert found("tel 303.555.0111 ext 4") == [("PHONE", "303.555.0111")]
    assert found("+33 6 12 34 56 78 12 30")[0] == ("PHONE", "+33 6 12 34 56 78")


def test_two_numbers_stay_two():
    one, other = "+1 212-555-0147", "+1 212-555-0148"
    assert found(f"{one} / {other}") == [("PHONE", one), ("PHONE", other)]

"""Values that pass their checks, made here and no real person's."""

from __future__ import annotations

from hypothesis import strategies as st

from conversations.core.redaction import Span, find
from conversations.core.redaction.ibans import LENGTHS


def found(text: str) -> list[tuple[str, str]]:
    """What is found in a text, as (type, value)."""
    return [(span.type.value, part(text, span)) for span in find(text)]


def part(text: str, span: Span) -> str:
    return text[span.start : span.end]


def with_check_digit(digits: str) -> str:
    """A card's number from all its digits but the last."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def account(country: str, rest: str) -> str:
    """An IBAN from a country and what follows its check digits."""
    turned = "".join(str(int(sign, 36)) for sign in rest + country + "00")
    return f"{country}{98 - int(turned) % 97:02}{rest}"


def in_fours(value: str, sign: str = " ") -> str:
    return sign.join(value[at : at + 4] for at in range(0, len(value), 4))


digits = st.text("0123456789", min_size=30, max_size=30)
cards = st.builds(
    lambda start, rest: with_check_digit((start + rest)[:15]),
    st.sampled_from(["4", "51", "55", "2221", "2720", "6011", "65", "3530", "62"]),
    digits,
)
accounts = st.builds(
    lambda country, rest: account(country, rest[: LENGTHS[country] - 4]),
    st.sampled_from(sorted(LENGTHS)),
    digits,
)
social = st.builds(
    "{:03}-{:02}-{:04}".format,
    st.integers(1, 899).filter(lambda area: area != 666),
    st.integers(1, 99),
    st.integers(1, 9999),
)
emails = st.builds(
    "{}{}@{}.example".format,
    st.sampled_from("abcxyz"),
    st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,12}[a-z0-9]", fullmatch=True),
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}[a-z]", fullmatch=True),
)
networks = st.builds(
    "{}.{}.{}.{}".format,
    st.sampled_from([62, 80, 91, 104, 151]),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
)
phones = st.builds(
    "{}{:07}".format,
    st.sampled_from(["+1 212 ", "+44 20 7", "+33 6 1", "+49 1512 "]),
    st.integers(2_000_000, 9_999_999),
)
values = st.one_of(cards, accounts, social, emails, networks, phones)

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction.secret_formats import _ISSUERS, _LEAST
from tests.core.redaction.values import found

BODY = "q7Zk2Vd9XwB4nT8sLr3Yh6Gc1Pm5Jf0Kb" * 3  # no key of anybody
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OF_ITS_OWN = {
    "Amazon": "ABCDEFGH234567AB",
    "Azure": BODY[:86] + "==",
    "New Relic": BODY.upper(),
    "Postman": HEX,
    "SendGrid": f"{BODY[:22]}.{BODY[:43]}",
    "age": BODY.upper(),
}
KEYS = (
    [
        start + OF_ITS_OWN.get(name, HEX if "[0-9a-f" in rest else BODY)
        for name, (starts, rest) in _ISSUERS.items()
        for start in starts.split()
    ]
    + [
        f"abc8Q~{BODY[:34]}",  # an Azure client's
        f"{BODY[:14]}.atlasv1.{BODY[:67]}",  # Terraform
        f"110201543:AA{BODY[:33]}",  # Telegram
        f"MTA{BODY[:23]}.{BODY[:6]}.{BODY[:38]}",  # Discord
        f"glpat-{BODY[:27]}.01.0w1abcdef",  # GitLab
    ]
)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_a_known_form_is_found_anywhere(key):
    for frame in ("{}", "use {}, please", "KEY={}", '{{"a":"{}"}}', "x/{}", r"\n{}\n"):
        assert ("SECRET", key) in [
            (kind, value if value == key else value.strip("=,"))
            for kind, value in found(frame.format(key))
        ]


def test_a_signed_token_is_found_with_all_its_parts():
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(b'{"sub":"1234","n":1}').decode().rstrip("=")
    token = f"{head}.{body}.c2lnbmF0dXJl-_x"
    assert found(f"it is {token}, see?") == [("SECRET", token)]
    assert found(f"it—{token}, that") == [("SECRET", token)]
    assert found(f"{head}.{body}") == []


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_is_found_whole(kind):
    lines = "\n".join([BODY[:64]] * 5)
    key = f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"
    assert found(f"Here:\n{key}\nThanks") == [("SECRET", key)]
    cut = key[: key.index("-----END")].rstrip()
    assert found(f"{cut}\n\nThat is all.") == [("SECRET", cut)]


def test_speaking_of_private_keys_gives_none_away():
    assert found("It begins with -----BEGIN PRIVATE KEY----- and so on.") == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('password = "Tr0ub4dor&3"', "Tr0ub4dor&3"),
        ("my password is hunter2!", "hunter2"),
        ("Passwort: Sommer2024", "Sommer2024"),
        ("mot de passe : Ete-2024-Nice", "Ete-2024-Nice"),
        ('{"client_secret": "8Q~abcDEFghi123JKLmno"}', "8Q~abcDEFghi123JKLmno"),
        ("DB_PASSWORD=pa55w0rd\nDEBUG=1", "pa55w0rd"),
        ("DB_PASS=pa55w0rd&x", "pa55w0rd&x"),
        ("password=Xk9$mPq2", "Xk9$mPq2"),
        ("mysqldump --password pa55w0rd db", "pa55w0rd"),
        ("<password>pa55w0rd</password>", "pa55w0rd"),
        (f"der API-Schlüssel lautet {HEX[:32]}", HEX[:32]),
        (f"clé API : {HEX[:32]}", HEX[:32]),
        ("connect(password=pa55w0rd,host=db)", "pa55w0rd"),
        (f"api_key: {HEX[:32]}", HEX[:32]),
        (f"?access_token={BODY[:30]}&x=1", BODY[:30]),
        ("Authorization: Bearer abc123DEF456ghi789", "abc123DEF456ghi789"),
        ("Authorization: Basic YW5uOmh1bnRlcjIx", "YW5uOmh1bnRlcjIx"),
        ("redis://:s3cr3t-w0rd@cache.example:6379", "s3cr3t-w0rd"),
    ],
)
def test_what_is_called_a_secret_is_found(text, secret):
    assert found(text) == [("SECRET", secret)]


@pytest.mark.parametrize(
    "text",
    [
        "const KEY = 'AAAA-BBBB-CCCC-DDDD';",
        "api_key = 'AAAA-BBBB-CCCC-DDDD'",
        'password = os.environ["DB_PASSWORD2"]',
        "password: ${DB_PASSWORD2}",
        "password = get_password2()",
        "password: ********",
        'password="your_password_1"',
        '"password": "string"',
        "password is required",
        "the token is invalid",
        "token_count: 1234567890",
        "max_tokens=4096",
        "secretary: Jane12345678901",
        "password123 is a bad one",
        "sk-learn-contrib-package-name",
        "bearer of bad-news-and-other-things",
        "https://user:password@localhost/",
        "token: https://example.org/abc123def456",
        f"sha256:{HEX} md5 {HEX[:32]}",
        "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    ],
)
def test_words_names_and_hashes_are_no_secrets(text):
    assert found(text) == []


@given(st.text(max_size=80))
def test_any_text_between_the_lines_of_a_key_goes_with_them(text):
    key = f"-----BEGIN PRIVATE KEY-----\n{text.replace('-', '')}x\n-----END KEY-----"
    assert found(key) == [("SECRET", key)]


def test_a_text_that_could_hold_the_shortest_key_is_searched_for_all():
    shortest = "xoxb-" + "1a2b3c4d5e"

    assert len(shortest) == _LEAST
    assert found(f"({shortest})") == [("SECRET", shortest)]

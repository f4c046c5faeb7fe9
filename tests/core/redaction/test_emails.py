from __future__ import annotations

import pytest

from conversations.core.redaction import find
from tests.core.redaction.values import found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Write to ann@example.com.", "ann@example.com"),
        ("ANN.LEE+Home@Mail.Example.COM!", "ANN.LEE+Home@Mail.Example.COM"),
        ("<o'brien@example.co.uk>", "o'brien@example.co.uk"),
        ("'ann@example.com'", "ann@example.com"),
        ("_ann@example.com_ and *that*", "ann@example.com"),
        ("|ann@example.com|active|", "ann@example.com"),
        (".ann@example.com", "ann@example.com"),
        ("https://a.example/reset?to=ann@example.com&t=9", "ann@example.com"),
        ("mailto:ann@example.com?subject=hi", "ann@example.com"),
        ('"ann lee"@example.com said', '"ann lee"@example.com'),
        ('"a@b c"@example.com', '"a@b c"@example.com'),
        ("ann%example.com@example.org", "ann%example.com@example.org"),
        ("host!ann@example.org", "host!ann@example.org"),
        ("to ann/sales@example.org", "ann/sales@example.org"),
        ("at https://a.example/ann@example.org", "ann@example.org"),
        ("bounces+ann=a.example@example.org", "bounces+ann=a.example@example.org"),
        ("to=ann@example.org", "ann@example.org"),
        ("ann-@example.org", "ann-@example.org"),
        ("jose\u0301@example.org", "jose\u0301@example.org"),
        ("jörg.müller@bücher.example", "jörg.müller@bücher.example"),
        ("иван@пример.рф", "иван@пример.рф"),
        ("我的邮箱是ann@example.cn，谢谢", "ann@example.cn"),
        ("メールはann@example.co.jpまで", "ann@example.co.jp"),
        ("ann@例え.jp", "ann@例え.jp"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("sftp://ann@example.com/x", "ann@example.com"),
    ],
)
def test_an_address_is_found_and_nothing_beside_it(text, address):
    assert found(text) == [("EMAIL", address)]


def test_each_of_several_is_found():
    text = "a1@example.com;b2@example.com,c3@example.com"
    assert [value for _, value in found(text)] == text.replace(";", ",").split(",")


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:group/repository.git",
        "ssh://git@gitlab.com:2222/group/app.git",
        "npm i @angular/core@17.0.1 left-pad@1.3.0-beta.two",
        "logo@2x.png and icon@3x.webp",
        "getty@tty1.service user@1000.slice",
        "@app.route('/') and @pytest.fixture",
        "Follow @ann_lee at 5:30 @ the cafe",
        "user@localhost pkg@next a@b",
        "product = W@x.transpose()",
        "ann@-",
        "@example.com",
    ],
)
def test_other_uses_of_the_sign_are_none(text):
    assert found(text) == []


def test_the_password_of_an_address_is_no_name_at_its_host():
    text = "postgres://app:s3cr3t-w0rd@db.example.com/main"
    assert found(text) == [("SECRET", "s3cr3t-w0rd")]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ann@example.com.txt", "ann@example.com"),
        ("list of ann.lee@example.org.pdf, new", "ann.lee@example.org"),
        ("bob@mail.example.net.json", "bob@mail.example.net"),
    ],
)
def test_a_file_may_be_called_by_an_address(name, address):
    assert [name[start:end] for _, start, end in find(name)] == [address]


@pytest.mark.parametrize("name", ["icon@2x.png", "jquery@3.6.min.js"])
def test_a_file_with_the_sign_in_its_name_is_no_address(name):
    assert find(name) == []

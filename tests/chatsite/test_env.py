"""Reading the environment."""

from __future__ import annotations

from pathlib import Path

import environ
import pytest

from chatsite.lib.env import Environment, is_loopback


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment that remembers nothing from other tests."""
    monkeypatch.setattr(Environment, "ENVIRON", type(Environment.ENVIRON)())
    return Environment()


def test_a_file_stands_in_for_a_value(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("SOME_KEY", "from the environment")
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "key"))

    assert env.str("SOME_KEY") == "from the file"


def test_a_missing_file_is_not_passed_over(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY_FILE", "/nowhere/at/all")

    with pytest.raises(FileNotFoundError):
        env.str("SOME_KEY", default="")


def test_a_value_may_begin_with_a_dollar(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "$ecret")

    assert env.str("SOME_KEY", default="") == "$ecret"


def test_spaces_in_lists_do_not_count(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTS", "one.example.org, two.example.org ,")

    assert env.list("HOSTS") == ["one.example.org", "two.example.org"]
    assert env.list("NO_HOSTS", default=["here"]) == ["here"]


def test_a_wrong_number_names_the_variable(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_PORT", "eighty")

    with pytest.raises(environ.ImproperlyConfigured, match="SOME_PORT"):
        env.int("SOME_PORT", default=80)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("chat.example.org", False),
        ("", False),
    ],
)
def test_loopback_is_known(host: str, local: bool) -> None:
    assert is_loopback(host) is local

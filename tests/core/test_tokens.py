import hashlib

import pytest

from conversations.core import tokens


def test_the_vocabulary_is_the_one_tiktoken_checks_for(tmp_path, monkeypatch):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    tokens.install_vocabulary(tmp_path)
    hashes = {
        hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()
    }
    assert "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d" in hashes
    assert len(hashes) == len(tokens.SHIPPED)


def test_installing_again_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    tokens.install_vocabulary(tmp_path)
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    tokens.install_vocabulary(tmp_path)
    after = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert before == after


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("hello world", 2), ("tiktoken is great!", 6), ("naïve café", 4)],
)
def test_counts_are_exact(text, expected):
    assert tokens.count(text) == expected


@pytest.mark.parametrize(
    "text", ["<|endoftext|>", "\ud800 half a character", "\x00\x1b[31m", "a" * 40_000]
)
def test_any_text_can_be_counted(text):
    assert tokens.count(text) > 0


def test_models_are_counted_by_their_own_vocabulary():
    text = "Größenordnungsmäßig 你好世界"
    assert tokens.count(text, "gpt-4") != tokens.count(text, "gpt-5.4-mini")
    assert tokens.count(text, "my-own-llama") == tokens.count(text)

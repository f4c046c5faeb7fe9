"""What an image costs, by the examples that OpenAI gives."""

from __future__ import annotations

import pytest

from conversations.core.images import image_tokens


@pytest.mark.parametrize(
    ("model", "width", "height", "tokens"),
    [
        ("gpt-4o", 1024, 1024, 765),
        ("gpt-4o", 2048, 4096, 1105),
        ("gpt-4o-2024-08-06", 512, 512, 255),
        ("gpt-4o-mini", 512, 512, 8_500),
        ("gpt-5", 1024, 1024, 630),
        ("gpt-4.1-mini", 1024, 1024, 1_659),
        ("gpt-5-mini", 4000, 4000, 2_489),
        ("gpt-5.4", 1024, 1024, 1_024),
        ("gpt-5.4-mini-2026-03-17", 32, 32, 2),
        ("llava", 1024, 1024, 2_520),
    ],
)
def test_it_costs_what_they_say(model, width, height, tokens):
    assert image_tokens(model, width, height) == tokens


def test_an_image_of_unknown_size_counts_as_a_large_one():
    assert image_tokens("gpt-5-mini", None, None) == 2_489

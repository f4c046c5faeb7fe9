"""Requests that are too much of something: refused, each with the code for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.core.requests import BadRequest, parse

DEEP = 20_000


@pytest.mark.parametrize("path", ["/accounts/login/", "/settings/facts/"])
def test_a_form_has_so_many_fields(path: str, hers: Client) -> None:
    fields = {f"field{n}": "x" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)}

    assert hers.post(path, {**fields, "one": "more"}).status_code == 400


def test_a_form_is_so_large(hers: Client) -> None:
    large = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)

    answer = hers.post(
        "/settings/facts/",
        f"value={large}",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code in (400, 413)


def test_an_upload_has_one_file(hers: Client) -> None:
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(101)]

    answer = hers.post("/files/", {"file": files})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_an_upload_has_few_fields(hers: Client) -> None:
    fields = {f"field{n}": "x" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)}
    fields["file"] = SimpleUploadedFile("a.txt", b"x")

    answer = hers.post("/files/", {**fields, "one": "more"})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("name", ["title", "q"])
def test_an_address_is_so_long(name: str, hers: Client) -> None:
    """What a server reads of a line is bounded before; what gets here works."""
    assert hers.get("/c/", {name: "x" * 12_000}).status_code == 200


@pytest.mark.parametrize(
    "frame",
    [
        "[" * DEEP + "]" * DEEP,
        '{"type":"ping","t":' + '{"a":' * DEEP + "1" + "}" * DEEP + "}",
        '{"type":"send","attachments":' + "[" * 30 + "]" * 30 + "}",
        '{"type":"ping","t":{"a":{"b":{"c":{"d":{"e":1}}}}}}',
    ],
)
def test_a_frame_is_so_deep(frame: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(frame)

    assert caught.value.code in ("bad_request", "too_long")


def test_the_limits_are_set(settings: Any) -> None:
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS == 1_000
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES == 100
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 1024 * 1024

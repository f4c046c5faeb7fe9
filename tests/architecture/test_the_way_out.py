"""There is one way to a model, and it redacts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("accounts", "chatsite", "conversations")
TALKS = "conversations/providers/"  # to servers; and what it is tested with
OPENS = {"open_model", "OpenAIModel", "ResponsesModel", "ChatCompletionsModel"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(TALKS):
                yield name, ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    """Names by the module they come from."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def files_that(import_: set[str]) -> set[str]:
    return {
        name
        for name, tree in sources()
        if {each.rpartition(".")[2] for each in imported(tree)} & import_
    }


def test_only_the_way_out_opens_a_model():
    assert files_that(OPENS) == {"conversations/outbound.py"}


def test_only_the_embedding_service_opens_an_embedder():
    assert files_that({"open_embedder", "ApiEmbedder", "EMBEDDERS"}) <= {
        "conversations/services/embedding.py",
        "chatsite/checks.py",
        "chatsite/preparation.py",
    }


def test_nobody_else_talks_to_a_model_server():
    """But the doctor, which asks whether it answers, and has no words of anybody."""
    found = {
        name
        for name, tree in sources()
        for each in imported(tree)
        if each.startswith(("openai.", "conversations.providers.client.open_"))
    }
    assert found <= {"chatsite/doctor/machine.py"}


def test_only_redacting_says_that_an_item_is_cleared():
    found = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "cleared"
    }
    assert found == {"conversations/services/redacting.py"}


def test_every_request_says_whose_words_it_has():
    """Without an owner all is masked, and nothing could be restored."""
    found = [
        (name, {keyword.arg for keyword in node.keywords})
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ModelRequest"
    ]
    assert found
    assert [name for name, given in found if "owner" not in given] == []

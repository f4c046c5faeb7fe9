"""Adapters for model APIs. A new one is a file here and a line in the table."""

from __future__ import annotations

from conversations.core.model_api import ChatModel
from conversations.providers.base import OpenAIModel
from conversations.providers.catalogue import listed_models
from conversations.providers.chat_completions import ChatCompletionsModel
from conversations.providers.client import ModelServer
from conversations.providers.responses import ResponsesModel

__all__ = ["PROVIDERS", "ModelServer", "listed_models", "open_model"]

# By the value of OPENAI_API.
PROVIDERS: dict[str, type[OpenAIModel]] = {
    "responses": ResponsesModel,
    "chat": ChatCompletionsModel,
}


def open_model(api: str, config: ModelServer) -> ChatModel:
    """Return the model behind a server. Close it when it is no longer needed."""
    return PROVIDERS[api](config)

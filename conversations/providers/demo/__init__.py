"""The offline demo model: a small server that speaks OpenAI's protocols.

It understands nothing and knows nothing but the context of each request.
"""

from conversations.providers.demo.server import DemoModel, start_demo_model

__all__ = ["DemoModel", "start_demo_model"]

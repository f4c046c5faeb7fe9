"""The ASGI application: files, pages and sockets."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
pages = get_asgi_application()  # before anything that imports models

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from servestatic import ServeStaticASGI  # noqa: E402

from chatsite.headers import with_headers  # noqa: E402
from conversations.core.tokens import install_vocabulary  # noqa: E402
from conversations.fallback import fallback  # noqa: E402
from conversations.routing import websocket_urlpatterns  # noqa: E402

install_vocabulary(settings.TIKTOKEN_CACHE_DIR)
FALLBACK = "/ws-fallback/"
HASHED = r"^.+\.[0-9a-f]{12}\..+$"  # names that change with the content
files = ServeStaticASGI(
    pages,
    root=str(settings.STATIC_ROOT),
    prefix=settings.STATIC_URL,
    allow_all_origins=False,
    immutable_file_test=HASHED,
)


async def http(scope: Any, receive: Any, send: Any) -> None:
    """Event streams stay on the event loop; everything else is a file or a page."""
    served = fallback if scope["path"] == FALLBACK else files
    await served(scope, receive, send)


application = ProtocolTypeRouter(
    {"http": with_headers(http), "websocket": URLRouter(websocket_urlpatterns)}
)

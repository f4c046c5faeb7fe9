"""The product's settings, in a throwaway place and with fast passwords."""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

from chatsite.lib.env import Environment

# neither a developer's .env nor their shell decides what is tested; only which database
Environment.read_env = staticmethod(lambda *args, **kwargs: None)
_EXAMPLE = (Path(__file__).parents[1] / ".env.example").read_text()
for _name in re.findall(r"^#? ?([A-Z_]+)=", _EXAMPLE, re.MULTILINE):
    if _name not in ("DATABASE_URL", "KEYS_DATABASE_URL"):
        os.environ.pop(_name, None)
        os.environ.pop(f"{_name}_FILE", None)

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix=f"understory-{_WORKER}-")
atexit.register(
    lambda owner, place: os.getpid() == owner and shutil.rmtree(place, True),
    os.getpid(),  # not when a fork of this process ends
    os.environ["VAR_DIR"],
)

from chatsite.settings import *  # noqa: E402, F403
from chatsite.settings import DATABASES, VAR_DIR  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
RATE_LIMITS = False
ACCOUNT_RATE_LIMITS = False
for _name, _database in DATABASES.items():
    if "sqlite" in _database["ENGINE"]:
        # a file, not memory: threads must meet the locks they meet in production
        _database["TEST"] = {"NAME": str(VAR_DIR / f"test-{_name}.sqlite3")}
    else:
        # a pool keeps connections open, and so test databases from being dropped
        _database["OPTIONS"].pop("pool", None)

from conversations.core.tokens import install_vocabulary  # noqa: E402

# shared by all workers and runs: unpacking it takes longer than most tests
install_vocabulary(Path(tempfile.gettempdir()) / "understory-tests-tiktoken")
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405 - the ASGI application looks at it

"""Fixtures for every test: the cast, both databases, and the product to start."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.test import Client
from xdist.scheduler import LoadScopeScheduling

from accounts import limits, policies
from accounts.models import User
from conversations.services import catalogue, originals, preferences, remembering
from tests import base
from tests.audit_log import let_flush
from tests.product import Product

# a machine that is busy with other tests is no reason to fail
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

let_flush()

# or a slow machine decides how many queries a test takes
remembering.FRESH = 3600.0

HERE = Path(__file__).parent
# begun first, in this order
LONG = ("process", "browser", "core/markdown/test_stream_properties.py")
# where one test takes as long as whole files elsewhere, and the file shares nothing
ONE_BY_ONE = (
    "tests/browser/",
    "tests/core/markdown/test_stream_properties.py",
)
# but where a file has a product of its own, which takes longer to start than its tests
BY_FILE = tuple(
    f"tests/browser/test_{name}.py"
    for name in (
        "administration",
        "attacks",
        "console",
        "data_requests",
        "first_steps",
        "limits",
    )
)
# against a real clock on a machine that others use, too: tried once more, and told
REAL_TIME = ("process", "browser", "sockets")
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences"}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Whoever uses one database gets both: a person's key lies in the other.

    Before pytest-django sorts by these marks. After it, what takes longest comes to the
    front: workers that share the tests end together when the short ones are the last.
    """
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            options = {"databases": ["default", "keys"]} | (mark.kwargs if mark else {})
            item.add_marker(pytest.mark.django_db(**options), append=False)
        if item.path.relative_to(HERE).parts[0] in REAL_TIME:
            item.add_marker(pytest.mark.flaky(reruns=1))
    yield
    rooms = [HERE / name for name in LONG]
    items.sort(key=lambda item: _rank(item.path, rooms))


def _rank(path: Path, rooms: list[Path]) -> int:
    """Where the first of the rooms that holds it stands."""
    holds = (path == room or room in path.parents for room in rooms)
    return next((n for n, here in enumerate(holds) if here), len(rooms))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What failed at first is told in full, though it passed when tried again."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_sep("_", f"failed at first: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """More than there are cores: half of the time is waiting, for a browser mostly."""
    cores = os.cpu_count() or 1
    return max(cores, min(2 * cores, 8))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests go to one worker, so that what they share is made once."""
    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):
    """What stands together goes together, and nothing overtakes: tests that empty the
    tables come after those that need what the migrations wrote.
    """

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        files = [nodeid.partition("::")[0] for nodeid in collection]
        changes = (here != before for before, here in pairwise(["", *files]))
        parts = zip(collection, files, accumulate(changes), strict=True)
        self._parts = {nodeid: f"{file} {part}" for nodeid, file, part in parts}
        super().add_node_collection(node, collection)

    def _split_scope(self, nodeid: str) -> str:
        alone = nodeid.startswith(ONE_BY_ONE) and not nodeid.startswith(BY_FILE)
        return nodeid if alone else self._parts[nodeid]


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Counters of one test (wrong passwords, say) do not count in the next."""
    cache.clear()
    limits.forget()
    catalogue.forget()
    preferences.forget()
    policies.believe({})
    originals.forget()


@pytest.fixture
def alice(db: None) -> User:
    return base.make_person("Alice")


@pytest.fixture
def bob(db: None) -> User:
    return base.make_person("Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return base.make_person("Charlie")


@pytest.fixture
def admin_person(db: None) -> User:
    return base.make_person("Ada", admin=True)


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a product that was started and ended; nobody has an account.

    The first start takes three times as long as the next. One is enough for a run.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    place, making = shared / "started-once", shared / "starting-once"
    with (shared / "started-once.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            making.mkdir()
            product = Product(making).start()
            assert product.stop() == 0
            product.log.unlink()
            making.rename(place)
    return place


@pytest.fixture(scope="session")
def new_product(
    started_once: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Product]:
    """Makes products, not yet running, that need no first start."""

    def make(**settings: str) -> Product:
        place = tmp_path_factory.mktemp("product")
        shutil.copytree(started_once, place, dirs_exist_ok=True)
        return Product(place, **settings)

    return make


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    return base.client_of

"""The running platform, and a shop on it for each test.

All tests of this folder share the processes and so belong to one worker: xdist_group("processes").
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import databases
from tests.support.final_check import check_shop, wait_until_quiet
from tests.support.live_shops import LiveShop, make_live_shop
from tests.support.platform import RunningPlatform
from tests.support.shops import use_shop

_LOGS = pytest.StashKey[dict[Path, int]]()
_SHOWN_CHARACTERS = 20_000


def pytest_configure(config: pytest.Config) -> None:
    """Known also when the tests run without xdist."""
    config.addinivalue_line("markers", "xdist_group(name): tests that belong to one worker")


@pytest.fixture(scope="session")
def started_platform(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPlatform]:
    """One for all tests of this worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = tmp_path_factory.mktemp("platform")
    with django_db_blocker.unblock():
        platform = RunningPlatform(folder, f"galleria_test_{worker}_platform")
        try:
            platform.start_all()
            yield platform
        finally:
            platform.stop_all()


@pytest.fixture
def platform(
    started_platform: RunningPlatform,
    django_db_blocker: Any,
    settings: Any,
    request: pytest.FixtureRequest,
) -> Iterator[RunningPlatform]:
    """All of it running, and this process looking at its database."""
    started_platform.ensure_running()
    started_platform.simulator.clear_mail_faults()
    request.node.stash[_LOGS] = started_platform.log_sizes()
    for name, value in started_platform.provider_settings.items():
        setattr(settings, name, value)
    with django_db_blocker.unblock(), databases.use_database(started_platform.database):
        yield started_platform
    web = started_platform.logs_since(request.node.stash[_LOGS]).get("web", "")
    assert "unhandled_exception" not in web, web[-_SHOWN_CHARACTERS:]


@pytest.fixture
def make_shop(platform: RunningPlatform) -> Iterator[Callable[[], LiveShop]]:
    """Shops of the test's own. Each one's books must be in order when the test is over."""
    made: list[LiveShop] = []

    def make() -> LiveShop:
        made.append(make_live_shop(platform))
        return made[-1]

    yield make
    platform.ensure_running()
    for shop in made:
        wait_until_quiet(shop, seconds=45)
        check_shop(shop)


@pytest.fixture
def shop(make_shop: Callable[[], LiveShop]) -> Iterator[LiveShop]:
    """One shop; this process works in its schema."""
    made = make_shop()
    with use_shop(made):
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show what the processes wrote during a test that failed."""
    report = yield
    platform = getattr(item, "funcargs", {}).get("platform")
    if report.failed and platform is not None and _LOGS in item.stash:
        for name, text in platform.logs_since(item.stash[_LOGS]).items():
            report.sections.append((f"log of {name}", text[-_SHOWN_CHARACTERS:]))
    return report

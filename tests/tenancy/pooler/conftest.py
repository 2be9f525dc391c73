"""One PgBouncer for the tests of this folder, which share a worker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.pooler import Pooler


@pytest.fixture(scope="session")
def pooler(tmp_path_factory: pytest.TempPathFactory, django_db_setup: Any) -> Iterator[Pooler]:
    """All transactions of a database take turns on one session."""
    folder: Path = tmp_path_factory.mktemp("pooler")
    started = Pooler(folder, size=1)
    started.start()
    yield started
    started.stop()

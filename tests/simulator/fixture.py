"""The pytest fixture ``simulator``. A conftest that wants it imports it from here."""

from collections.abc import Iterator

import pytest

from tests.simulator.running import RunningSimulator


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """One process for the whole session; tests keep apart by using accounts of their own."""
    running = RunningSimulator(tmp_path_factory.mktemp("simulator"))
    running.start()
    yield running
    running.stop()

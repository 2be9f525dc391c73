"""Fixtures of the tests that run config.local on the real machine."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every account may walk through; pytest's own temporary folders are private."""
    folder = Path(tempfile.mkdtemp(prefix="galleria-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)

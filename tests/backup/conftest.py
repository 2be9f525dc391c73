"""Files of these tests lie in a folder of each one's own."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> Path:
    """Where shops keep their files."""
    settings.PRIVATE_MEDIA_ROOT = str(tmp_path / "private")
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            **settings.STORAGES["private"],
            "OPTIONS": {
                **settings.STORAGES["private"]["OPTIONS"],
                "location": settings.PRIVATE_MEDIA_ROOT,
            },
        },
    }
    return tmp_path

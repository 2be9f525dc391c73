from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages


@pytest.fixture(autouse=True)
def private_folder(tmp_path: Path) -> Iterator[Path]:
    """Private storage in a folder of the test's own; `folder / schema / path`."""
    storage = storages["private"]
    before = storage.__dict__.get("base_location")
    storage.__dict__["base_location"] = str(tmp_path)
    yield tmp_path
    storage.__dict__["base_location"] = before or settings.PRIVATE_MEDIA_ROOT

from collections.abc import Iterator

import pytest

from tests.shared.idempotency import urls


@pytest.fixture(autouse=True)
def _probe_routes(settings) -> Iterator[None]:
    """Shops answer with the views of `urls` here; a request that waits is let go at the end."""
    settings.ROOT_URLCONF = urls.__name__
    urls.begun.clear()
    urls.may_end.clear()
    yield
    urls.may_end.set()

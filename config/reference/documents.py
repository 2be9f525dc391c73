"""The two OpenAPI documents: what shops answer, and what the platform does.

The committed copies are `docs/openapi/{shop,platform}.json`; they are made by

    python manage.py spectacular --format openapi-json --urlconf config.urls_tenant \\
        --file docs/openapi/shop.json
"""

import threading
from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

DOCUMENTS = {"shop": settings.ROOT_URLCONF, "platform": settings.PUBLIC_SCHEMA_URLCONF}

# The generator keeps notes on the view classes, which all threads share.
_one_at_a_time = threading.Lock()


@cache
def document(urlconf: str) -> dict[str, Any]:
    """The document of one URL conf, made once per process. Not to be changed."""
    with _one_at_a_time:
        generator: Any = SchemaGenerator(urlconf=urlconf)  # type: ignore[no-untyped-call]
        made: dict[str, Any] = generator.get_schema(request=None, public=True)
    return made


@cache
def document_bytes(urlconf: str) -> bytes:
    """As `manage.py spectacular --format openapi-json` writes it."""
    return OpenApiJsonRenderer().render(document(urlconf), renderer_context={})

"""Which PostgreSQL schema the present code works in.

django-tenants' own `with tenant:` and `@schema_context` restore the wrong schema when they are
nested or shared by threads; this context manager keeps what it found on its own stack.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db import connection

PUBLIC = "public"


def current_schema() -> str:
    """The schema that the connection is set to."""
    return cast(str, cast(Any, connection).schema_name)


@contextmanager
def use_schema(name: str) -> Iterator[None]:
    """Work in schema `name`, and afterwards in the one that was set before."""
    wrapper = cast(Any, connection)
    before = wrapper.tenant
    wrapper.set_schema(name)
    try:
        yield
    finally:
        wrapper.set_tenant(before)

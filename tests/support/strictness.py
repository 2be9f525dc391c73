"""Where a test calls the product, it may not write without a transaction, though the test may.

The transaction that a test runs in is no excuse: in production there is none.
"""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from django.core.management import BaseCommand
from django.db import connection

from apps.shared.schema import PUBLIC
from apps.shared.tasks import TenantTask
from config.postgres import path
from config.postgres.errors import OutsideTransaction
from config.postgres.in_transaction import SchemaInTransaction
from tenants.middleware import TenantMiddleware

_is_product: ContextVar[bool] = ContextVar("is_product", default=False)
_SAVEPOINTS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


def hold_the_product_to_it(patch: pytest.MonkeyPatch) -> None:
    """Requests, tasks and commands are refused what tests may do."""
    for edge, method in (
        (TenantMiddleware, "__call__"),
        (TenantTask, "__call__"),
        (BaseCommand, "execute"),
    ):
        patch.setattr(edge, method, _strict(getattr(edge, method)))
    patch.setattr(SchemaInTransaction, "path_before", _path_before)


def _strict(work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def held(*arguments: Any, **options: Any) -> Any:
        token = _is_product.set(True)
        try:
            with connection.lone_changes(allowed=False):  # type: ignore[attr-defined]
                return work(*arguments, **options)
        finally:
            _is_product.reset(token)

    return held


_real_path_before = SchemaInTransaction.path_before


def _path_before(wrapper: SchemaInTransaction, statement: str) -> str:
    blocks = wrapper.atomic_blocks
    if (
        blocks
        and _is_product.get()
        and all(block._from_testcase for block in blocks)
        and wrapper.schema_name != PUBLIC
        and not path.reads(statement)
        and not statement.startswith(_SAVEPOINTS)
    ):
        raise OutsideTransaction(f"only the test has a transaction for {statement[:200]}")
    return _real_path_before(wrapper, statement)

"""Shops for tests, made by the product's own provisioning."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from apps.shared import clock
from apps.shared.schema import PUBLIC, use_schema
from tenants import services
from tenants.models import Provisioning, TenantDeletion
from tenants.services._drop_shop import drop_shop as drop

OWNER_PASSWORD = "owner-password"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class TestShop:
    """How to reach a shop."""

    __test__ = False

    slug: str

    @property
    def schema(self) -> str:
        return f"shop_{self.slug.replace('-', '_')}"

    @property
    def domain(self) -> str:
        return f"{self.slug}.{settings.PLATFORM_DOMAIN}"

    @property
    def owner_email(self) -> str:
        return f"owner@{self.slug}.example"


def make_shop(*, slug: str | None = None, currency: str = "USD") -> TestShop:
    """A new shop, provisioned from the template (about 0.1 s)."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    shop = TestShop(slug=slug or f"t-{worker}-{os.getpid()}-{next(_numbers)}")
    services.create_tenant(
        slug=shop.slug,
        name=f"Shop {shop.slug}",
        currency=currency,
        country="US",
        owner_email=shop.owner_email,
        owner_password=OWNER_PASSWORD,
        now=clock.now(),
    )
    return shop


def drop_shop(shop: TestShop) -> None:
    """Remove a shop and all that it committed."""
    with transaction.atomic(), use_schema(PUBLIC):
        drop(schema_name=shop.schema)
        for account in (Provisioning, TenantDeletion):
            account.objects.filter(schema_name=shop.schema).delete()


@contextmanager
def use_shop(shop: TestShop) -> Iterator[None]:
    """Work in the shop's schema. Tests may write without a transaction: see `strictness`."""
    with use_schema(shop.schema), connection.lone_changes(allowed=True):  # type: ignore[attr-defined]
        yield

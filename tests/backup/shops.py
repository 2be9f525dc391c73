"""Shops to back up, what is in them, and the commands that do it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection

from apps.catalog.models import Variant
from apps.shared.audit.models import AuditEntry
from apps.shared.schema import PUBLIC, use_schema
from tenants.backup.manifest import TableSum
from tenants.backup.server import WRITING
from tenants.backup.tables import sum_of, tables_of
from tenants.models import Tenant
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop, drop_shop, use_shop

SETTLED = {"shop_shopsettings", "django_session", "customers_customertoken"}
PRIVATE_FILE = "exports/привет and spaces.csv"


def fill(shop: TestShop, *, orders: int = 2) -> Variant:
    """Some of everything: goods, orders, secrets, a private file."""
    with use_shop(shop):
        connect_payments(shop.slug)
        variant = make_variant(stock=1000, title="Tea – “Été”, \\N \t tab")
        for _ in range(orders):
            buy(shop, variant)
        storages["private"].save(PRIVATE_FILE, ContentFile(shop.slug.encode() * 100_000))
    return variant


def buy(shop: TestShop, variant: Variant) -> str:
    """An order through the API; its id."""
    with use_shop(shop):
        answer = new_cart(ShopClient(shop.domain), (variant, 1)).complete()
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def private_folder(shop: TestShop) -> Path:
    with use_shop(shop):
        return Path(storages["private"].path(""))


def back_up(shop: TestShop, to: Path | str) -> str:
    """By command; the backup's address."""
    out = io.StringIO()
    with use_schema(PUBLIC):
        call_command("tenant_backup", shop.slug, to=str(to), stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def restore(address: str, *options: str) -> str:
    """By command; what it printed."""
    out = io.StringIO()
    with use_schema(PUBLIC):
        call_command("tenant_restore", address, *options, stdout=out)
    return out.getvalue()


def restored(slug: str) -> TestShop:
    """The shop of this name, wherever its schema is."""
    with use_schema(PUBLIC):
        schema = str(Tenant.objects.get(slug=slug).schema_name)
    return RestoredShop(slug=slug, schema_name=schema)


class RestoredShop(TestShop):
    """A shop whose schema may be of any name."""

    __test__ = False

    def __init__(self, *, slug: str, schema_name: str) -> None:
        super().__init__(slug=slug)
        object.__setattr__(self, "_schema", schema_name)

    @property
    def schema(self) -> str:
        return str(self._schema)


def sums(schema: str) -> dict[str, TableSum]:
    """Rows and digest of each table, as they are now."""
    with connection.cursor() as cursor:
        for name, value in WRITING.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
        return {one.name: sum_of(cursor, schema, one.name) for one in tables_of(cursor, schema)}


def but_settled(found: dict[str, TableSum]) -> dict[str, TableSum]:
    """Without what a restore changes once it has compared everything."""
    return {name: one for name, one in found.items() if name not in SETTLED}


def entries(action: str, slug: str) -> list[AuditEntry]:
    """What the platform's audit says of this shop; entries are never deleted."""
    with use_schema(PUBLIC):
        return list(AuditEntry.objects.filter(action=action, after__slug=slug))


@contextmanager
def dropped(slug: str) -> Iterator[None]:
    """Whatever the block makes of this name is gone afterwards."""
    try:
        yield
    finally:
        with use_schema(PUBLIC):
            is_there = Tenant.objects.filter(slug=slug).exists()
        if is_there:
            drop_shop(restored(slug))

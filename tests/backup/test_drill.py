"""B1, the restore drill: a backup under load, into a database where the shop never was."""

import threading
import time
from datetime import timedelta

from django.conf import settings

from apps.catalog.models import Variant
from apps.orders.models import Order
from apps.shared import clock
from apps.shared.schema import PUBLIC, use_schema
from tenants.models import Tenant
from tenants.states import TenantStatus
from tests.backup.shops import back_up, buy, fill, restore, restored
from tests.support import databases
from tests.support.final_check import assert_invariants
from tests.support.shops import use_shop
from tests.support.threads import race

BUYERS = 3
_LONGEST_SECONDS = 60.0
# An order says when it was placed, which is before it is committed.
SLACK = timedelta(seconds=10)


def test_a_backup_under_load_is_whole_and_starts_in_a_fresh_database(committed_shop, tmp_path):
    """B1: INV, equal row counts and checksums (the restore compares each table's with those of the
    moment), every order that was acknowledged before the backup began, none that came after it."""
    shop = committed_shop
    variant = fill(shop, orders=1)
    ready, done = threading.Barrier(BUYERS + 1), threading.Event()
    ends_at = time.monotonic() + _LONGEST_SECONDS

    def keep_buying() -> list[str]:
        bought = [buy(shop, variant)]
        ready.wait(_LONGEST_SECONDS)
        while not done.is_set() and time.monotonic() < ends_at:
            bought.append(buy(shop, variant))
        return bought

    def back_up_meanwhile() -> list[str]:
        ready.wait(_LONGEST_SECONDS)
        try:
            return [back_up(shop, tmp_path)]
        finally:
            done.set()

    *orders, backup = race(shop, *[keep_buying] * BUYERS, back_up_meanwhile)
    assert all(isinstance(one, list) for one in (*orders, backup)), (orders, backup)
    [address] = backup
    with use_shop(shop):
        all_orders = {one.public_id: one.placed_at for one in Order.objects.all()}
    assert len(all_orders) > 1 + BUYERS, "nobody bought anything during the backup"

    name = f"{settings.DATABASES['default']['NAME']}_fresh"
    databases.copy_of_template(name)
    try:
        with databases.use_database(name):
            assert_starts(
                restore_whole(address), first={one[0] for one in orders}, known=all_orders
            )
    finally:
        databases.drop(name)


def restore_whole(address):
    told = restore(address)
    slug = told.split("is now shop ")[1].split()[0]
    with use_schema(PUBLIC):
        Tenant.objects.get(slug=slug).move_to(TenantStatus.ACTIVE, now=clock.now())
    return restored(slug)


def assert_starts(shop, *, first, known):
    """It holds what was there at the moment, sells, and can be backed up itself."""
    with use_shop(shop):
        there = {one.public_id for one in Order.objects.all()}
        assert first <= there <= set(known)
        latest = max(known[one] for one in there)
        assert {one for one, placed_at in known.items() if placed_at < latest - SLACK} <= there
        assert_invariants(severities=["broken"])
        assert buy(shop, Variant.objects.get()) not in known
        assert_invariants(severities=["broken"])

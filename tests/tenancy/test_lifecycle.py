"""TEN-005: suspend, resume, archive, rename, delete; and T7: what is deleted is gone, alone."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import OperationalError, connection, transaction

from apps.shared import clock, storage
from apps.shared.audit.models import AuditEntry
from apps.shared.invariants.models import InvariantResult
from apps.shared.outbox.models import DomainEvent
from apps.shared.relay.models import Backlog, Wakeup
from apps.shared.schedule.models import ScheduledRun
from apps.shared.schema import PUBLIC, use_schema
from apps.shared.states import InvalidTransition
from billing.models import Plan, Subscription
from tenants import directory, selectors, services
from tenants.errors import (
    DeletionScheduled,
    InvalidTenantName,
    NoDeletionScheduled,
    ProvisioningUnfinished,
    TenantExists,
    TenantNotFound,
)
from tenants.models import Domain, Provisioning, Tenant, TenantDeletion
from tenants.states import DeletionState, TenantStatus
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.probe import emit_probed
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop, use_shop
from tests.support.threads import outcomes, race
from tests.tenancy.catalogue import dump, exists
from tests.tenancy.test_provisioning import request

MONTH = timedelta(days=31)


def tenant_of(shop: TestShop) -> Tenant:
    return selectors.tenant_by_slug(slug=shop.slug)


def act(name: str, tenant: Tenant, **more: Any) -> Any:
    return getattr(services, name)(tenant_id=tenant.pk, why="because", now=clock.now(), **more)


def rename(tenant: Tenant, slug: str, *, keep: bool = True) -> Tenant:
    renamed: Tenant = act("rename_tenant", tenant, slug=slug, keep_old_host=keep)
    return renamed


def schedule(shop: TestShop, wait: timedelta = timedelta()) -> TenantDeletion:
    deletion: TenantDeletion = act("schedule_deletion", tenant_of(shop), wait=wait)
    return deletion


def answers(host: str) -> tuple[int, str]:
    response = ShopClient(host).get("products")
    return response.status_code, response.json().get("code", "")


@pytest.mark.parametrize(
    ("steps", "status", "answer"),
    [
        ("suspend", "suspended", (403, "tenant_suspended")),
        ("suspend resume", "active", (200, "")),
        ("archive", "archived", (404, "unknown_host")),
        ("archive resume", "active", (200, "")),
        ("suspend archive", "archived", (404, "unknown_host")),
    ],
)
def test_steps_and_what_the_host_answers(
    shop_a: TestShop, shop_b: TestShop, steps: str, status: str, answer: tuple[int, str]
) -> None:
    for step in steps.split():
        act(f"{step}_tenant", tenant_of(shop_a))

    assert tenant_of(shop_a).status == status
    assert answers(shop_a.domain) == answer
    assert answers(shop_b.domain) == (200, "")
    assert (shop_a.schema in selectors.active_schemas()) == (status == "active")
    last = steps.split()[-1].removesuffix("e")
    with use_schema(PUBLIC):
        assert DomainEvent.objects.latest("occurred_at").name == f"tenants.tenant.{last}ed"
        entry = AuditEntry.objects.latest("id")
        assert (entry.action, entry.why) == (f"tenants.tenant_{last}ed", "because")
        assert entry.after == {"status": status}


@pytest.mark.parametrize(
    "steps", ["resume", "suspend suspend", "archive archive", "archive suspend"]
)
def test_steps_that_lead_nowhere_are_refused_and_write_nothing(
    shop_a: TestShop, steps: str
) -> None:
    *before, last = steps.split()
    for step in before:
        act(f"{step}_tenant", tenant_of(shop_a))
    with use_schema(PUBLIC):
        entries, events = AuditEntry.objects.count(), DomainEvent.objects.count()

    with pytest.raises(InvalidTransition):
        act(f"{last}_tenant", tenant_of(shop_a))

    with use_schema(PUBLIC):
        assert (AuditEntry.objects.count(), DomainEvent.objects.count()) == (entries, events)


def test_half_a_shop_is_nothing_to_work_on(db: None) -> None:
    """Resuming it would open what is not there."""
    half = request("half-made")
    for name in ("suspend_tenant", "resume_tenant", "archive_tenant"):
        with pytest.raises(ProvisioningUnfinished):
            act(name, half)
    with pytest.raises(ProvisioningUnfinished):
        rename(half, "other")
    with pytest.raises(ProvisioningUnfinished):
        act("schedule_deletion", half, wait=MONTH)
    assert answers(TestShop("half-made").domain) == (404, "unknown_host")


def test_of_two_who_suspend_at_once_one_is_told_that_it_was_done(committed_shop: TestShop) -> None:
    tenant = tenant_of(committed_shop)

    results = race(committed_shop, *[lambda: act("suspend_tenant", tenant)] * 3)

    assert outcomes(results) == ["InvalidTransition"] * 2 + ["ok"]


def test_a_renamed_shop_answers_on_both_hosts(shop_a: TestShop) -> None:
    renamed = rename(tenant_of(shop_a), "new-name")

    assert (renamed.slug, renamed.schema_name) == ("new-name", shop_a.schema)
    assert selectors.primary_domain(renamed) == f"new-name.{settings.PLATFORM_DOMAIN}"
    assert answers(f"new-name.{settings.PLATFORM_DOMAIN}") == (200, "")
    assert answers(shop_a.domain) == (200, "")
    with pytest.raises(TenantExists):
        request(shop_a.slug)


def test_a_renamed_shop_may_give_its_old_host_away(shop_a: TestShop) -> None:
    renamed = rename(tenant_of(shop_a), "new-name", keep=False)

    assert answers(shop_a.domain) == (404, "unknown_host")
    assert selectors.primary_domain(renamed) == f"new-name.{settings.PLATFORM_DOMAIN}"
    other = services.create_tenant(
        slug=shop_a.slug,
        name="Another",
        currency="USD",
        country="US",
        owner_email="o@x.example",
        owner_password=None,
        now=clock.now(),
    )
    assert other.schema_name == f"shop2_{shop_a.slug.replace('-', '_')}"


def test_a_name_is_taken_back_and_given_twice(shop_a: TestShop, shop_b: TestShop) -> None:
    tenant = tenant_of(shop_a)
    rename(tenant, "new-name")
    back = rename(tenant, shop_a.slug)

    assert selectors.primary_domain(back) == shop_a.domain
    assert rename(back, shop_a.slug).slug == shop_a.slug
    with pytest.raises(TenantExists):
        rename(back, shop_b.slug)
    with pytest.raises(InvalidTenantName):
        rename(back, "www")
    assert answers(shop_a.domain) == answers(shop_b.domain) == (200, "")


def test_a_domain_of_the_shops_own_stays_primary(shop_a: TestShop) -> None:
    tenant = tenant_of(shop_a)
    with use_schema(PUBLIC):
        Domain.objects.create(tenant=tenant, domain="tea.example", is_primary=True)

    rename(tenant, "new-name")

    assert selectors.primary_domain(tenant) == "tea.example"
    assert answers(f"new-name.{settings.PLATFORM_DOMAIN}") == (200, "")


def test_of_two_shops_that_want_one_name_one_gets_it(
    make_committed_shop: Callable[[], TestShop],
) -> None:
    shops = [make_committed_shop() for _ in range(3)]
    slug = f"{shops[0].slug}-new"

    results = race(shops[0], *[lambda one=one: rename(tenant_of(one), slug) for one in shops])

    assert outcomes(results) == ["TenantExists"] * 2 + ["ok"]


def test_a_shop_waits_before_it_is_deleted(shop_a: TestShop) -> None:
    now = clock.now()
    deletion = schedule(shop_a, timedelta(days=7))

    assert timedelta(0) <= deletion.due_at - now - timedelta(days=7) < timedelta(minutes=1)
    assert answers(shop_a.domain) == (404, "unknown_host")
    assert services.delete_due_tenants(now=now + timedelta(days=6)) == 0
    assert not services.delete_tenant(tenant_id=deletion.tenant_id, now=now)
    assert exists(shop_a.schema)
    with pytest.raises(DeletionScheduled):
        schedule(shop_a)


def test_the_shortest_wait_is_an_hour(shop_a: TestShop) -> None:
    now = clock.now()
    assert schedule(shop_a).due_at >= now + timedelta(hours=1)


@pytest.mark.parametrize("before", [[], ["suspend_tenant"], ["archive_tenant"]])
def test_a_cancelled_deletion_leaves_the_shop_as_it_was(
    shop_a: TestShop, before: list[str]
) -> None:
    for step in before:
        act(step, tenant_of(shop_a))
    was = tenant_of(shop_a).status
    deletion = schedule(shop_a)

    act("cancel_deletion", tenant_of(shop_a))

    assert tenant_of(shop_a).status == was
    assert services.delete_due_tenants(now=clock.now() + MONTH) == 0
    assert exists(shop_a.schema)
    deletion.refresh_from_db()
    assert deletion.state == DeletionState.CANCELLED
    with pytest.raises(NoDeletionScheduled):
        act("cancel_deletion", tenant_of(shop_a))
    assert schedule(shop_a).pk != deletion.pk


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    """Private storage in a folder of the test's own."""
    private = vars(storages["private"])
    before = private.get("base_location", settings.PRIVATE_MEDIA_ROOT)
    private["base_location"] = str(tmp_path)
    yield tmp_path
    private["base_location"] = before


def test_a_deleted_shop_is_gone_and_the_other_is_byte_equal(
    make_committed_shop: Callable[[], TestShop], files: Path
) -> None:
    """T7."""
    doomed, other = make_committed_shop(), make_committed_shop()
    for shop in (doomed, other):
        with use_shop(shop):
            make_variant(stock=3)
            emit_probed(f"of {shop.slug}")
            storages["private"].save("invoices/INV-1.pdf", ContentFile(b"of " + shop.slug.encode()))
    rename(tenant_of(doomed), f"{doomed.slug}-late")
    before, tenant = dump(other.schema), selectors.tenant_by_slug(slug=f"{doomed.slug}-late")
    with use_schema(PUBLIC):
        _leave_traces(doomed, tenant)
        act("schedule_deletion", tenant, wait=MONTH / 2)

    assert services.delete_due_tenants(now=clock.now() + MONTH) == 1

    assert not exists(doomed.schema)
    assert dump(other.schema) == before
    assert [path.name for path in files.iterdir()] == [other.schema]
    kept = (files / other.schema / "invoices/INV-1.pdf").read_text()
    assert kept == f"of {other.slug}"
    with use_schema(PUBLIC):
        for model in (Wakeup, Backlog, ScheduledRun, InvariantResult, Tenant):
            assert not model.objects.filter(schema_name=doomed.schema).exists(), model
        assert not Domain.objects.filter(domain=doomed.domain).exists()
        assert not Subscription.objects.filter(tenant_id=tenant.pk).exists()
        Plan.objects.filter(code=doomed.slug).delete()
        entry = AuditEntry.objects.get(action="tenants.tenant_deleted", target_id=tenant.public_id)
        assert entry.before == {"slug": tenant.slug, "schema_name": doomed.schema}
        told = DomainEvent.objects.filter(name="tenants.tenant.deleted")
        assert told.filter(payload__slug=tenant.slug).count() == 1
    shown = directory.tenant_detail(tenant_id=tenant.pk)
    assert (shown.status, shown.slug, shown.domain) == ("deleted", tenant.slug, None)
    with pytest.raises(TenantNotFound):
        act("cancel_deletion", tenant)
    assert services.delete_due_tenants(now=clock.now() + MONTH) == 0


def test_every_table_of_the_platform_that_names_a_schema_was_thought_of() -> None:
    """A new one is emptied by `drop_shop`, or is an account that stays."""
    cleared = {Wakeup, Backlog, ScheduledRun, InvariantResult, Tenant}
    accounts = {Provisioning, TenantDeletion}
    naming = {
        model
        for model in apps.get_models()
        if any(field.name == "schema_name" for field in model._meta.concrete_fields)
    }
    assert naming == cleared | accounts


def _leave_traces(shop: TestShop, tenant: Tenant) -> None:
    """What other tables of `public` know of a shop."""
    now = clock.now()
    Wakeup.objects.create(schema_name=shop.schema, due_at=now)
    Backlog.objects.create(schema_name=shop.schema, deliveries=1, oldest_at=now, measured_at=now)
    ScheduledRun.objects.create(job="j", schema_name=shop.schema, period=now, token=1)
    InvariantResult.objects.create(
        schema_name=shop.schema, check_name="c", violations=0, checked_at=now
    )
    plan = Plan.objects.create(code=shop.slug, name="Plan")
    Subscription.objects.create(tenant=tenant, plan=plan)


def test_a_deletion_that_was_killed_before_its_files_is_gone_on_with(
    committed_shop: TestShop, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_shop(committed_shop):
        storages["private"].save("a.txt", ContentFile(b"a"))
    deletion = schedule(committed_shop)

    def killed(schema_name: str) -> None:
        raise OSError("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr("tenants.services._delete_tenant.remove_files_of", killed)
        assert services.delete_due_tenants(now=clock.now() + MONTH) == 0
    with use_schema(PUBLIC):
        deletion.refresh_from_db()
        assert deletion.state == DeletionState.DROPPED
    assert not exists(committed_shop.schema)

    assert services.delete_due_tenants(now=clock.now() + MONTH) == 1

    assert list(files.iterdir()) == []
    with use_schema(PUBLIC):
        deletion.refresh_from_db()
        assert deletion.state == DeletionState.DONE


def test_files_of_no_other_folder_are_removed(db: None, files: Path) -> None:
    (files / "shop_x").mkdir()
    for name in ("", ".", "..", "../x", "a/b"):
        with pytest.raises(Exception, match=r"."):
            storage.remove_files_of(name)
    assert (files / "shop_x").exists()


def test_shoppers_at_the_till_finish_or_find_no_shop(committed_shop: TestShop) -> None:
    """A deletion while checkouts run: each is answered 201, or 404 as of nobody's host."""
    variant = make_variant(stock=50)
    connect_payments()
    carts = [new_cart(ShopClient(committed_shop.domain), (variant, 1)) for _ in range(6)]
    works = [lambda cart=cart: int(cart.complete().status_code) for cart in carts]
    results = race(committed_shop, *works, lambda: schedule(committed_shop) and 0)

    assert set(results) <= {0, 201, 404}
    assert answers(committed_shop.domain) == (404, "unknown_host")
    with use_shop(committed_shop), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {committed_shop.schema}.orders_order")
        assert cursor.fetchone()[0] == results.count(201)


def test_a_drop_waits_for_who_works_in_the_schema_and_leaves_no_wakeup(
    committed_shop: TestShop,
) -> None:
    deletion = schedule(committed_shop)
    working, dropped = threading.Event(), threading.Event()

    def work() -> str:
        with transaction.atomic():
            emit_probed("late")
            working.set()
            dropped.wait(1.0)
        return "committed"

    def drop() -> bool:
        working.wait(10)
        gone = services.delete_tenant(tenant_id=deletion.tenant_id, now=clock.now() + MONTH)
        dropped.set()
        return gone

    assert race(committed_shop, work, drop) == ["committed", True]
    assert not exists(committed_shop.schema)
    with use_schema(PUBLIC):
        assert not Wakeup.objects.filter(schema_name=committed_shop.schema).exists()


def test_a_drop_gives_way_to_who_works_too_long(
    committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.services._drop_shop._LOCK_TIMEOUT", "100ms")
    deletion = schedule(committed_shop)
    working, given_up = threading.Event(), threading.Event()

    def work() -> str:
        with transaction.atomic():
            emit_probed("long")
            working.set()
            given_up.wait(10)
        return "committed"

    def drop() -> bool:
        working.wait(10)
        try:
            return services.delete_tenant(tenant_id=deletion.tenant_id, now=clock.now() + MONTH)
        finally:
            given_up.set()

    committed, refused = race(committed_shop, work, drop)

    assert committed == "committed"
    assert isinstance(refused, OperationalError)
    assert exists(committed_shop.schema)
    assert services.delete_due_tenants(now=clock.now() + MONTH) == 1


def test_of_keeping_and_deleting_at_once_one_wins(
    make_committed_shop: Callable[[], TestShop],
) -> None:
    for _ in range(3):
        shop = make_committed_shop()
        deletion = schedule(shop)
        tenant = tenant_of(shop)

        kept, deleted = race(
            shop,
            lambda tenant=tenant: act("cancel_deletion", tenant),
            lambda deletion=deletion: services.delete_tenant(
                tenant_id=deletion.tenant_id, now=clock.now() + MONTH
            ),
        )

        if deleted is True:
            assert isinstance(kept, TenantNotFound | NoDeletionScheduled)
            assert not exists(shop.schema)
        else:
            assert (deleted, tenant_of(shop).status) == (False, TenantStatus.ACTIVE)
            assert exists(shop.schema)

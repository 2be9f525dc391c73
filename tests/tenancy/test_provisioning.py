"""TEN-003, M2: a shop is made step by step; whoever is killed half way leaves no half shop."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.outbox.models import DomainEvent
from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from config.local.folders import PROJECT
from tenants import provisioning, selectors, services
from tenants.dto import NewTenant
from tenants.models import Domain, Provisioning, Tenant
from tenants.services import _provision_tenant
from tenants.states import ProvisioningState, TenantStatus
from tests.support import databases
from tests.support.client import ShopClient
from tests.support.probe import deliver_due
from tests.support.shops import TestShop, drop_shop
from tests.support.threads import outcomes, race
from tests.tenancy.catalogue import described, exists, filled_tables

LATER = timedelta(minutes=1)


def asked(slug: str, **changes: Any) -> NewTenant:
    return NewTenant(
        **{
            "slug": slug,
            "name": "A shop",
            "currency": "USD",
            "country": "US",
            "owner_email": "owner@new.example",
            **changes,
        }
    )


def request(slug: str) -> Tenant:
    return services.request_tenant(asked=asked(slug), now=clock.now())


def row_of(slug: str) -> Provisioning | None:
    with use_schema(PUBLIC):
        return Provisioning.objects.filter(slug=slug).first()


@pytest.fixture
def cleaned(make_committed_shop: Callable[[], TestShop]) -> Iterator[list[str]]:
    """Slugs of shops of which nothing is to stay."""
    slugs: list[str] = []
    yield slugs
    for slug in slugs:
        drop_shop(TestShop(slug))


def killed(slug: str, place: str, number: int) -> None:
    """Make a shop in a process of its own, which is killed at this place."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tenancy.killed", slug, place, str(number)],
        cwd=PROJECT,
        env={
            **os.environ,
            "DATABASE_URL": databases.url_of(str(connection.settings_dict["NAME"])),
            "GALLERIA_NO_BOOTSTRAP": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    ("place", "number", "left_at"),
    [
        ("in", 1, None),
        ("after", 1, "requested"),
        ("in", 2, "requested"),
        ("after", 2, "schema"),
        ("in", 3, "schema"),
        ("after", 3, "seeded"),
        ("in", 4, "seeded"),
        ("after", 4, "ready"),
    ],
)
def test_killed_anywhere_it_is_gone_on_with(
    cleaned: list[str], committed_shop: TestShop, place: str, number: int, left_at: str | None
) -> None:
    """M2: kill -9 between any two steps and in the middle of each."""
    slug = f"killed-{place}-{number}"
    cleaned.append(slug)

    killed(slug, place, number)

    row = row_of(slug)
    assert (row.state if row else None) == left_at
    if row is None:
        assert not Tenant.objects.filter(slug=slug).exists()
        assert not exists(TestShop(slug).schema)
        return
    expected = 200 if left_at == "ready" else 404
    assert ShopClient(TestShop(slug).domain).get("products").status_code == expected
    services.resume_provisioning(now=clock.now() + LATER)

    assert row_of(slug).state == ProvisioningState.READY
    assert described(TestShop(slug).schema) == described(committed_shop.schema)
    rows = {**filled_tables(committed_shop.schema)}
    assert filled_tables(TestShop(slug).schema) == rows
    assert ShopClient(TestShop(slug).domain).get("products").status_code == 200
    with use_schema(TestShop(slug).schema):
        assert User.objects.get().check_password("of-the-owner")
    assert (row_of(slug).owner_email, row_of(slug).owner_password) == ("", "")


def test_what_is_being_made_at_this_moment_is_left_alone(db: None) -> None:
    request("young")

    assert services.resume_provisioning(now=clock.now()) == 0

    assert row_of("young").state == ProvisioningState.REQUESTED


def test_a_migration_run_meanwhile_makes_no_schema_of_its_own(db: None) -> None:
    """It would stand in the way of the template's replay."""
    tenant = request("early-bird")

    assert services.prepare_platform(now=clock.now()) == []

    assert not exists("shop_early_bird")
    state = services.provision_tenant(tenant_id=tenant.pk, now=clock.now())
    assert state == ProvisioningState.READY
    assert "shop_early_bird" in selectors.shop_schemas()


def test_of_two_sweeps_one_goes_on_with_a_shop(
    cleaned: list[str], committed_shop: TestShop
) -> None:
    cleaned.append("swept")
    request("swept")
    now = clock.now() + LATER

    results = race(committed_shop, *[lambda: services.resume_provisioning(now=now)] * 3)

    assert sorted(results) == [0, 0, 1]
    assert (row_of("swept").state, row_of("swept").attempts) == (ProvisioningState.READY, 1)


def test_a_worker_makes_a_requested_shop(db: None) -> None:
    tenant = request("asked-for")
    with use_schema(PUBLIC):
        assert tenant.status == TenantStatus.PROVISIONING
        assert not exists("shop_asked_for")

        assert deliver_due(now=clock.now() + LATER) != []

    tenant = selectors.tenant_by_slug(slug="asked-for")
    assert tenant.status == TenantStatus.ACTIVE
    assert ShopClient(TestShop("asked-for").domain).get("products").status_code == 200


def test_two_workers_make_one_shop_once(cleaned: list[str], committed_shop: TestShop) -> None:
    cleaned.append("doubly")
    tenant = request("doubly")

    results = race(
        committed_shop,
        *[lambda: services.provision_tenant(tenant_id=tenant.pk, now=clock.now())] * 4,
    )

    assert results == [ProvisioningState.READY] * 4
    with use_schema(PUBLIC):
        names = DomainEvent.objects.filter(payload__slug="doubly").values_list("name", flat=True)
        assert sorted(names) == ["tenants.tenant.created", "tenants.tenant.requested"]


def test_of_two_requests_for_one_name_one_wins(
    cleaned: list[str], committed_shop: TestShop
) -> None:
    """M2."""
    cleaned.append("wanted-twice")

    results = race(committed_shop, *[lambda: request("wanted-twice")] * 4)

    assert outcomes(results) == ["TenantExists"] * 3 + ["ok"]
    with use_schema(PUBLIC):
        assert Provisioning.objects.filter(slug="wanted-twice").count() == 1


def test_what_cannot_be_made_is_given_up_after_five_attempts_and_its_name_is_free(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(shop: provisioning.NewShop) -> None:
        raise LookupError("no such thing")

    tenant = request("hopeless")
    now = clock.now()
    with monkeypatch.context() as patch:
        patch.setattr(provisioning, "_SEEDS", [*provisioning._SEEDS, fail])
        for attempt in range(1, 6):
            assert row_of("hopeless").state in ("requested", "schema")
            assert services.resume_provisioning(now=now + attempt * LATER) == 0

    assert row_of("hopeless").state == ProvisioningState.FAILED
    assert not exists("shop_hopeless")
    with use_schema(PUBLIC):
        assert not Tenant.objects.filter(pk=tenant.pk).exists()
        assert not Domain.objects.filter(domain__startswith="hopeless.").exists()
        entry = AuditEntry.objects.get(action="tenants.tenant_provisioning_failed")
        assert (entry.target_id, entry.why) == (tenant.public_id, "LookupError('no such thing')")
    assert services.provision_tenant(tenant_id=tenant.pk, now=now) == ProvisioningState.FAILED
    assert not services.fail_provisioning(tenant_id=tenant.pk, reason="again", now=now)

    services.create_tenant(**vars(asked("hopeless")), now=now)
    assert exists("shop_hopeless")


def test_what_is_ready_is_not_given_up(shop_a: TestShop) -> None:
    tenant = selectors.tenant_by_slug(slug=shop_a.slug)

    assert not services.fail_provisioning(tenant_id=tenant.pk, reason="why", now=clock.now())

    assert exists(shop_a.schema)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_the_host_of_half_a_shop_is_nobodys(
    db: None, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """T6."""
    tenant = request("half")
    for _ in range(steps):
        state = row_of("half").state
        _provision_tenant._STEPS[state](tenant.pk, clock.now())

    response = ShopClient(TestShop("half").domain).get("products")

    assert (response.status_code, response.json()["code"]) == (404, "unknown_host")
    assert "shop_half" not in selectors.active_schemas()


def test_a_request_is_on_record_without_the_password(db: None) -> None:
    services.request_tenant(asked=asked("told", owner_password="secret-word"), now=clock.now())

    entry = AuditEntry.objects.get(action="tenants.tenant_requested", after__slug="told")
    assert entry.after == {"slug": "told", "name": "A shop", "currency": "USD", "country": "US"}
    row = row_of("told")
    assert row.owner_password
    assert "secret-word" not in row.owner_password
    assert "secret-word" not in repr(asked("told", owner_password="secret-word"))
    with use_schema(PUBLIC):
        assert "secret" not in str(DomainEvent.objects.get(payload__slug="told").payload)


def test_a_name_that_was_anothers_gets_a_schema_of_its_own(db: None) -> None:
    """What a shop left in caches and folders is named after its schema."""
    first = services.create_tenant(**vars(asked("again")), now=clock.now())
    with use_schema(PUBLIC):
        Domain.objects.filter(tenant=first).delete()
        Tenant.objects.filter(pk=first.pk).delete()

    second = services.create_tenant(**vars(asked("again")), now=clock.now())

    assert (first.schema_name, second.schema_name) == ("shop_again", "shop2_again")

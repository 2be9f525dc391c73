"""B1: what comes out of a backup is what went in; nobody else notices."""

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command

from apps.orders.models import Order
from apps.payments.models import PaymentAccount
from apps.shared import clock
from apps.shared.relay.models import Wakeup
from apps.shared.schema import PUBLIC, use_schema
from apps.shop.models import ShopSettings
from billing.models import Plan, Subscription
from tenants import services
from tenants.models import Domain, Tenant
from tenants.states import TenantStatus
from tests.backup.shops import (
    PRIVATE_FILE,
    back_up,
    but_settled,
    buy,
    dropped,
    entries,
    fill,
    private_folder,
    restore,
    restored,
    sums,
)
from tests.support.client import ShopClient
from tests.support.final_check import assert_invariants
from tests.support.shops import drop_shop, use_shop
from tests.tenancy.catalogue import described, dump, exists


def test_a_lost_shop_comes_back_as_it_was(committed_shop, make_committed_shop, tmp_path):
    """B1: rows, structure, files, names and plan; the other shop is byte-equal."""
    shop, other = committed_shop, make_committed_shop()
    variant = fill(shop)
    fill(other)
    before, structure = sums(shop.schema), described(shop.schema)
    file = (private_folder(shop) / PRIVATE_FILE).read_bytes()
    with use_schema(PUBLIC):
        tenant = Tenant.objects.get(slug=shop.slug)
        plan = Plan.objects.create(code=f"plan-{shop.slug}", name="Plan")
        Subscription.objects.create(tenant=tenant, plan=plan, status="past_due")
        Domain.objects.create(tenant=tenant, domain=f"{shop.slug}.example", is_primary=False)
    address = back_up(shop, tmp_path / "backups")
    untouched = dump(other.schema)
    with use_schema(PUBLIC):
        Subscription.objects.all().delete()
    drop_shop(shop)

    told = restore(address)

    assert f"is now shop {shop.slug} in schema {shop.schema}" in told
    assert but_settled(sums(shop.schema)) == but_settled(before)
    assert described(shop.schema) == structure
    assert dump(other.schema) == untouched
    assert (private_folder(shop) / PRIVATE_FILE).read_bytes() == file
    with use_schema(PUBLIC):
        again = Tenant.objects.get(slug=shop.slug)
        assert (again.pk, again.name) == (tenant.pk, tenant.name)
        assert list(again.domains.order_by("-is_primary").values_list("domain", "is_primary")) == [
            (shop.domain, True),
            (f"{shop.slug}.example", False),
        ]
        assert (again.subscription.plan, again.subscription.status) == (plan, "past_due")
        assert again.status == TenantStatus.SUSPENDED
        assert ShopClient(shop.domain).get("products").json()["code"] == "tenant_suspended"
        assert [one.target_id for one in entries("tenant.backed_up", shop.slug)] == [
            tenant.public_id
        ]
        [entry] = entries("tenant.restored", shop.slug)
        assert (entry.target_id, entry.actor) == (tenant.public_id, "command:tenant_restore")
        assert not Wakeup.objects.filter(schema_name=shop.schema).exists()
        services.resume_tenant(tenant_id=again.pk, why="checked", now=clock.now())
        assert Wakeup.objects.filter(schema_name=shop.schema).exists()
        Subscription.objects.all().delete()
        plan.delete()
    with use_shop(shop):
        assert PaymentAccount.objects.get().secrets["secret_key"].startswith("sk_test_")
        assert ShopSettings.objects.get().withholds_messages
        assert_invariants(severities=["broken"])
    assert buy(shop, variant)


def test_a_copy_stands_beside_its_shop_and_has_no_accounts(committed_shop, tmp_path):
    """B1: one shop alone under a new name, the others unchanged."""
    fill(committed_shop)
    with use_shop(committed_shop):
        Session.objects.create(session_key="k", session_data="", expire_date=clock.now())
    address = back_up(committed_shop, tmp_path)
    before, structure = dump(committed_shop.schema), described(committed_shop.schema)
    slug = f"copy-{committed_shop.slug}"
    with dropped(slug):
        told = restore(address, "--as", slug)

        copy = restored(slug)
        assert "no accounts at payment providers" in told
        assert dump(committed_shop.schema) == before
        assert described(copy.schema) == structure
        same, found = but_settled(sums(committed_shop.schema)), but_settled(sums(copy.schema))
        assert {name for name in same if same[name] != found[name]} == {"payments_paymentaccount"}
        assert (private_folder(copy) / PRIVATE_FILE).stat().st_size > 0
        with use_shop(copy):
            assert not PaymentAccount.objects.exists()
            assert not Session.objects.exists()
            assert_invariants(severities=["broken"])
        with use_schema(PUBLIC):
            domains = Domain.objects.filter(tenant__slug=slug).values_list("domain", flat=True)
            assert list(domains) == [copy.domain]


def test_a_rehearsal_says_what_would_be_and_changes_nothing(committed_shop, tmp_path):
    fill(committed_shop)
    address = back_up(committed_shop, tmp_path)
    slug = f"copy-{committed_shop.slug}"

    told = restore(address, "--as", slug, "--dry-run")

    assert f"would become shop {slug}" in told
    rows = sum(one.rows for one in sums(committed_shop.schema).values())
    assert f"{rows} rows, 1 files" in told
    with use_schema(PUBLIC):
        assert not Tenant.objects.filter(slug=slug).exists()
    assert not exists(f"shop_{slug.replace('-', '_')}")
    assert not list(tmp_path.glob("private/.*"))
    assert entries("tenant.restored", slug) == []


def test_domains_of_others_stay_theirs(committed_shop, make_committed_shop, tmp_path):
    other = make_committed_shop()
    wanted = f"{committed_shop.slug}.example"
    with use_schema(PUBLIC):
        for one in (committed_shop, other):
            tenant = Tenant.objects.get(slug=one.slug)
            Domain.objects.filter(tenant=tenant).update(is_primary=False)
        mine = Domain(tenant=Tenant.objects.get(slug=committed_shop.slug), domain=wanted)
        mine.save()
    address = back_up(committed_shop, tmp_path)
    drop_shop(committed_shop)
    with use_schema(PUBLIC):
        Domain.objects.create(tenant=tenant, domain=wanted, is_primary=True)

    told = restore(address)

    assert f"{wanted} answers for another shop" in told
    with use_schema(PUBLIC):
        assert Domain.objects.get(domain=wanted).tenant.slug == other.slug
        kept = Domain.objects.filter(tenant__slug=committed_shop.slug)
        assert list(kept.values_list("domain", "is_primary")) == [(committed_shop.domain, True)]


def test_one_that_is_older_than_the_code_is_migrated(committed_shop, tmp_path):
    fill(committed_shop)
    structure = described(committed_shop.schema)
    with use_schema(PUBLIC):
        call_command(
            "migrate_schemas",
            "notifications",
            "0002",
            schema_name=committed_shop.schema,
            verbosity=0,
        )
    assert described(committed_shop.schema) != structure
    address = back_up(committed_shop, tmp_path)
    drop_shop(committed_shop)

    told = restore(address)

    assert "older than this version, and was migrated" in told
    assert described(committed_shop.schema) == structure
    with use_shop(committed_shop):
        assert Order.objects.count() == 2


@pytest.mark.parametrize("is_private", [True, False])
def test_files_that_lie_in_the_way_are_set_aside(committed_shop, tmp_path, is_private):
    fill(committed_shop)
    media = tmp_path / "media" / committed_shop.schema
    media.mkdir(parents=True)
    (media / "picture.png").write_bytes(b"of the backup")
    address = back_up(committed_shop, tmp_path)
    drop_shop(committed_shop)
    newer = (private_folder(committed_shop) if is_private else media) / "newer.pdf"
    newer.write_bytes(b"of a day that was lost")

    told = restore(address)

    assert (media / "picture.png").read_bytes() == b"of the backup"
    assert not newer.exists()
    [aside] = newer.parent.parent.glob(".before-restore-*")
    assert (aside / "newer.pdf").read_bytes() == b"of a day that was lost"
    assert str(aside) in told

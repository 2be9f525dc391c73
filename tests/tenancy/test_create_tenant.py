"""TEN-003: a usable shop, all of it or nothing of it, and one of each name (M2)."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from apps.shared import clock
from apps.shared.money import UnknownCurrency
from apps.shared.outbox.models import DomainEvent
from apps.shared.schema import PUBLIC, current_schema, use_schema
from tenants import provisioning, selectors, services
from tenants.errors import InvalidTenantName, TenantExists, TenantNotFound
from tenants.models import Domain, Tenant
from tenants.names import RESERVED
from tenants.provisioning import NewShop
from tenants.states import TenantStatus
from tests.support.shops import TestShop, drop_shop
from tests.support.threads import outcomes, race
from tests.tenancy.catalogue import exists, filled_tables

_FIELDS = {
    "name": "A shop",
    "currency": "USD",
    "country": "US",
    "owner_email": "owner@new.example",
    "owner_password": None,
}


def create(slug: str, **changes: str) -> Tenant:
    return services.create_tenant(slug=slug, **{**_FIELDS, **changes}, now=clock.now())


@pytest.fixture
def cleaned(make_committed_shop) -> Iterator[list[str]]:
    """Slugs of shops to drop at the end."""
    slugs: list[str] = []
    yield slugs
    for slug in slugs:
        if exists(TestShop(slug).schema):
            drop_shop(TestShop(slug))


def nothing_of(slug: str) -> bool:
    with use_schema(PUBLIC):
        rows = (
            Tenant.objects.filter(slug=slug).exists()
            or Domain.objects.filter(domain__startswith=f"{slug}.").exists()
        )
        told = DomainEvent.objects.filter(payload__slug=slug).exists()
    return not (rows or told or exists(TestShop(slug).schema))


def test_a_new_shop_is_complete(db):
    before = current_schema()

    tenant = create("north-sea-2")

    assert current_schema() == before
    assert (tenant.schema_name, tenant.status) == ("shop_north_sea_2", TenantStatus.ACTIVE)
    found = selectors.tenant_by_slug(slug="north-sea-2")
    assert selectors.primary_domain(found) == f"north-sea-2.{settings.PLATFORM_DOMAIN}"
    assert "shop_north_sea_2" in selectors.active_schemas()
    told = DomainEvent.objects.filter(name="tenants.tenant.created", payload__slug=tenant.slug)
    assert [one.payload["tenant_id"] for one in told] == [str(tenant.pk)]
    filled = set(filled_tables("shop_north_sea_2"))
    assert {"shop_shopsettings", "inventory_location", "shipping_shippingmethod"} <= filled
    assert {"staff_user", "auth_group", "auth_permission", "django_content_type"} <= filled


def test_a_new_shop_starts_empty_whatever_others_hold(shop_a):
    """The template is replayed, not a copy of somebody's shop."""
    from tests.support.probe import emit_probed

    emit_probed()

    create("fresh", owner_password="of-the-owner")

    goods = [one for one in filled_tables("shop_fresh") if one.startswith(("catalog", "orders"))]
    assert goods == []
    assert "outbox_domainevent" not in filled_tables("shop_fresh")


def test_a_failure_half_way_leaves_nothing_and_the_name_free(cleaned, monkeypatch):
    def fail(shop: NewShop) -> None:
        assert exists("shop_doomed"), "the schema is there by now"
        raise LookupError("no such thing")

    cleaned.append("doomed")
    with monkeypatch.context() as patch:
        patch.setattr(provisioning, "_SEEDS", [*provisioning._SEEDS, fail])
        with pytest.raises(LookupError):
            create("doomed")
    assert nothing_of("doomed")

    create("doomed")

    assert not nothing_of("doomed")


def test_of_two_creations_of_one_name_one_wins(cleaned, committed_shop):
    """M2."""
    cleaned.append("race")

    results = race(committed_shop, *[lambda: create("race")] * 4)

    assert outcomes(results) == ["TenantExists"] * 3 + ["ok"]
    assert exists("shop_race")
    with use_schema(PUBLIC):
        assert Tenant.objects.filter(slug="race").count() == 1
        assert DomainEvent.objects.filter(payload__slug="race").count() == 1


def test_creations_of_different_names_do_not_wait_for_each_other(cleaned, committed_shop):
    slugs = [f"parallel-{number}" for number in range(4)]
    cleaned.extend(slugs)

    results = race(committed_shop, *[lambda slug=slug: create(slug) for slug in slugs])

    assert outcomes(results) == ["ok"] * 4


def test_a_name_that_is_taken_is_a_conflict(db):
    create("taken")

    with pytest.raises(TenantExists) as refused:
        create("taken")

    assert (refused.value.code, refused.value.details) == ("tenant_exists", {"tenant": "taken"})


def test_a_host_that_is_another_s_domain_is_a_conflict(db):
    owner = create("owner")
    Domain.objects.create(
        tenant=owner, domain=f"wanted.{settings.PLATFORM_DOMAIN}", is_primary=False
    )

    with pytest.raises(TenantExists):
        create("wanted")

    assert not exists("shop_wanted")


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "a",
        "-a",
        "a-",
        "A",
        "Apparel",
        "a" * 41,
        "a_b",
        "a.b",
        "a b",
        "a\n",
        "aä",
        "ａｂ",
        "a/b",
        "../public",
        'a"; DROP SCHEMA public CASCADE; --',
        "a'; SELECT pg_sleep(9); --",
        "a\x00b",
        "public",
        "xn--bcher-kva",
        "aa--bb",
        *sorted(RESERVED),
    ],
)
def test_a_bad_or_reserved_name_is_refused_before_anything_is_written(db, slug):
    tenants = Tenant.objects.count()

    with pytest.raises(InvalidTenantName) as refused:
        create(slug)

    assert refused.value.code == "invalid_tenant_name"
    assert Tenant.objects.count() == tenants


@pytest.mark.parametrize("slug", ["ab", "a1", "1a", "0-0", "a" * 40, "galleria-template", "a-b-c"])
def test_names_at_the_limits_are_fine(db, slug):
    """“galleria-template” holds the template's own name: the replay must not trip over it."""
    create(slug)

    schema = f"shop_{slug.replace('-', '_')}"
    assert "staff_user" in filled_tables(schema)
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(%s::regnamespace, 'pg_namespace')", [schema])
        assert len(cursor.fetchone()[0]) == 64


def test_no_two_names_share_a_schema(db):
    """A hyphen becomes an underscore, which no name may hold."""
    create("a-b")
    with pytest.raises(InvalidTenantName):
        create("a_b")


def test_an_unknown_currency_is_refused_before_anything_is_written(db):
    with pytest.raises(UnknownCurrency):
        create("money", currency="XXX")

    assert nothing_of("money")


def test_an_unknown_shop_is_not_found(db):
    for slug in ("nobody", PUBLIC, ""):
        with pytest.raises(TenantNotFound):
            selectors.tenant_by_slug(slug=slug)

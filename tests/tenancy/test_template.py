"""The template: a replayed shop equals a migrated one, and one that is up to date costs nothing."""

import time

import pytest
from django.core.management import call_command
from django.db import connection

from apps.shared import clock
from apps.shared.schema import PUBLIC, use_schema
from tenants import fingerprints, services, template
from tenants.fingerprints import code_fingerprint, schema_fingerprint
from tenants.fleet import lagging
from tenants.fleet.crew import End
from tenants.models import Domain, TemplateScript, Tenant
from tenants.states import TenantStatus
from tenants.template import TEMPLATE_SCHEMA
from tests.support.shops import use_shop
from tests.tenancy.catalogue import described, exists


@pytest.fixture
def migrated(make_committed_shop):
    """A schema made by running all migrations, as a shop's was before there was a template."""
    name = "shop_by_migrations"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {name}")
    call_command("migrate_schemas", schema_name=name, interactive=False, verbosity=0)
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {connection.ops.quote_name(name)} CASCADE")


def test_a_replayed_shop_equals_a_migrated_one(migrated, committed_shop):
    """Tables, columns, constraints, indexes, triggers, functions; content types, permissions."""
    by_migrations, by_replay = described(migrated), described(committed_shop.schema)

    assert set(by_migrations) == set(by_replay)
    for kind, expected in by_migrations.items():
        assert by_replay[kind] == expected, kind
    assert len(by_replay["columns"]) > 200
    assert len(by_replay["permissions"]) > 50
    assert by_replay["triggers"] != []


def test_generated_keys_go_on_after_the_template_s_rows(committed_shop):
    """A sequence that was left behind would give out a key that is taken."""
    from django.contrib.contenttypes.models import ContentType

    made = ContentType.objects.create(app_label="probe", model="probe")

    assert made.pk == ContentType.objects.order_by("-pk")[0].pk


def test_the_template_holds_no_shop_s_rows(db):
    with use_schema(TEMPLATE_SCHEMA), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM staff_user")
        assert cursor.fetchone() == (0,)


def test_extensions_live_in_public_only(db):
    """One in a shop's schema would go with the shop, and nobody else would see it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extname, nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace"
        )
        homes = {home for name, home in cursor.fetchall() if name != "plpgsql"}
    assert homes <= {PUBLIC}


def test_session_settings_are_dropped_and_the_rest_is_kept():
    dump = "\n".join(
        [
            "SET statement_timeout = 0;",
            "SET default_table_access_method = heap;",
            "\\restrict abc",
            "SELECT pg_catalog.set_config('search_path', '', false);",
            "CREATE FUNCTION galleria_template.f() RETURNS trigger AS $$",
            "BEGIN",
            "UPDATE galleria_template.t",
            "SET n = n + 1;",
            "SELECT pg_catalog.set_config('app.user', 'x', true);",
            "END $$;",
            "INSERT INTO galleria_template.t VALUES ('a",
            "\\. b');",
            "\\unrestrict abc",
        ]
    )

    kept = template.replayable(dump).splitlines()

    assert kept == dump.splitlines()[4:12]


def test_an_up_to_date_platform_has_nothing_to_do(db):
    assert services.prepare_platform(now=clock.now()) == []
    assert services.migrate_fleet() == services.FleetRun()


def test_an_up_to_date_fleet_costs_next_to_nothing(shop_a, shop_b, django_assert_num_queries):
    """TEN-004: one look for all shops together, whatever the number of migrations."""
    lagging.lagging_shops(among=[shop_a.schema, shop_b.schema])

    with use_schema(PUBLIC), django_assert_num_queries(1):
        begin = time.perf_counter()
        assert lagging.lagging_shops(among=[shop_a.schema, shop_b.schema]) == []
        took = time.perf_counter() - begin

    assert took < 2 * 0.005


def test_suspended_shops_are_migrated_too(make_committed_shop):
    """They may be resumed at any moment, and must not lag behind then."""
    shop = make_committed_shop()
    with use_schema(PUBLIC):
        Tenant.objects.get(slug=shop.slug).move_to(TenantStatus.SUSPENDED, now=clock.now())
        with connection.cursor() as cursor:
            cursor.execute(f"COMMENT ON SCHEMA {connection.ops.quote_name(shop.schema)} IS 'old'")

    run = services.migrate_fleet()

    assert [(one.schema, one.end) for one in run.outcomes] == [(shop.schema, End.DONE)]

    with use_schema(PUBLIC):
        assert schema_fingerprint(shop.schema) == code_fingerprint()


def test_a_shop_that_lags_is_brought_up_to_date(make_committed_shop):
    shop = make_committed_shop()
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        cursor.execute("DROP TABLE django_session")
    with use_schema(PUBLIC), connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA {connection.ops.quote_name(shop.schema)} IS NULL")

    call_command("setup_platform", verbosity=0)

    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{shop.schema}.django_session"])
        assert cursor.fetchone() == (True,)


def test_without_a_template_for_this_code_nothing_half_made_is_left(db):
    TemplateScript.objects.all().delete()

    with pytest.raises(LookupError, match="setup_platform"):
        services.create_tenant(
            slug="early",
            name="Too early",
            currency="USD",
            country="US",
            owner_email="o@x.example",
            owner_password=None,
            now=clock.now(),
        )

    assert not exists("shop_early")
    assert not Domain.objects.filter(domain__startswith="early.").exists()


def test_the_fingerprint_is_of_all_migrations():
    from django.db.migrations.loader import MigrationLoader

    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations

    assert fingerprints.code_migrations() == {".".join(key) for key in on_disk}
    assert code_fingerprint() == fingerprints.fingerprint_of(fingerprints.code_migrations())
    assert code_fingerprint() != fingerprints.fingerprint_of([".".join(key) for key in on_disk][1:])


@pytest.mark.parametrize("schema", ["nowhere", 'odd"name', "odd'name", "x; SELECT 1"])
def test_a_schema_that_is_not_there_has_no_fingerprint(db, schema):
    assert schema_fingerprint(schema) is None

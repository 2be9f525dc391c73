"""A run: canaries, failures, locks, other runs, shops made meanwhile; and who is refused."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.shared import clock
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors, services, versions
from tenants.fingerprints import code_fingerprint, schema_fingerprint
from tenants.fleet.crew import End
from tenants.fleet.holding import Limits
from tenants.models import ShopMigration, Tenant
from tenants.services import Canaries
from tenants.states import MigrationState
from tests.support.client import ShopClient
from tests.support.databases import url_of
from tests.support.shops import TestShop, make_shop, use_shop
from tests.tenancy.fleet.conftest import version

QUICK = Limits(lock=100, attempts=2)


def spoil(shop: TestShop) -> None:
    """The first two of its migrations go well, the third fails."""
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute("CREATE INDEX thing_by_told ON synthetic_thing (number)")


def mend(shop: TestShop) -> None:
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute("DROP INDEX thing_by_told")


def is_at_second(shop: TestShop) -> bool:
    with use_schema(PUBLIC):
        row = Tenant.objects.get(slug=shop.slug)
        assert row.fingerprint == schema_fingerprint(shop.schema)
        return row.fingerprint == code_fingerprint()


def record_of(shop: TestShop) -> ShopMigration:
    with use_schema(PUBLIC):
        return ShopMigration.objects.get(tenant__slug=shop.slug)


def test_one_that_fails_stops_no_other_and_is_taken_up_once_it_is_mended(lagging) -> None:
    bad = lagging[2]
    spoil(bad)

    run = services.migrate_fleet(limits=QUICK)

    assert [(one.schema, one.step) for one in run.failed] == [(bad.schema, "synthetic.0003_rules")]
    assert "thing_by_told" in run.failed[0].error
    assert run.failed[0].steps == ["synthetic.0002_fields"]
    assert [is_at_second(one) for one in lagging] == [True, True, False, True]
    record = record_of(bad)
    assert (record.state, record.step) == (MigrationState.FAILED, "synthetic.0003_rules")
    assert "thing_by_told" in record.error
    assert record_of(lagging[0]).state == MigrationState.DONE
    mend(bad)
    again = services.migrate_fleet(limits=QUICK)
    assert [(one.schema, one.end) for one in again.outcomes] == [(bad.schema, End.DONE)]
    assert again.outcomes[0].steps[0] == "synthetic.0003_rules"
    assert is_at_second(bad)
    assert (record_of(bad).state, record_of(bad).error) == (MigrationState.DONE, "")


def test_when_a_canary_fails_no_other_shop_is_begun(lagging) -> None:
    spoil(lagging[2])

    run = services.migrate_fleet(
        canaries=Canaries([lagging[2].schema, lagging[3].schema]), limits=QUICK
    )

    assert {one.schema: one.end for one in run.outcomes} == {
        lagging[2].schema: End.FAILED,
        lagging[3].schema: End.DONE,
    }
    assert {lagging[0].schema, lagging[1].schema} <= set(run.left)
    assert record_of(lagging[0]).state == MigrationState.WAITING
    assert not is_at_second(lagging[0])


def test_the_first_so_many_are_canaries(lagging) -> None:
    spoil(lagging[0])

    run = services.migrate_fleet(canaries=Canaries(count=2), workers=1, limits=QUICK)

    assert [one.schema for one in run.outcomes] == [lagging[0].schema, lagging[1].schema]
    assert len(run.left) == len(lagging)  # two more, and the two of all tests


def test_a_lock_is_waited_for_briefly_and_asked_for_again(lagging) -> None:
    """A shopper's long transaction makes nobody wait behind the migration."""
    shop, released = lagging[0], threading.Event()
    held = threading.Event()

    def hold() -> None:
        with use_shop(shop), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM synthetic_thing")
            held.set()
            released.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        refused = services.migrate_fleet(schemas=[shop.schema], limits=QUICK)
        assert "lock timeout" in refused.failed[0].error
        threading.Timer(0.3, released.set).start()
        run = services.migrate_fleet(schemas=[shop.schema], limits=Limits(lock=100, attempts=20))
        assert run.failed == []
    finally:
        released.set()
        holder.join()
    assert is_at_second(shop)


def test_a_statement_that_takes_too_long_is_ended_and_told_of(lagging) -> None:
    shop = lagging[0]
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(20); RETURN NEW; END $$; "
            "INSERT INTO synthetic_thing (name, number, note, size, gone) "
            "VALUES ('x', 1, 'n', 1, ''); "
            "CREATE TRIGGER dawdle BEFORE UPDATE ON synthetic_thing "
            "FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )

    run = services.migrate_fleet(schemas=[shop.schema], limits=Limits(statement=500))

    assert run.failed[0].step == "synthetic.0004_functions"
    assert "statement timeout" in run.failed[0].error
    assert run.outcomes[0].seconds < 15


def test_an_index_that_was_left_half_built_is_built_anew(lagging) -> None:
    shop = lagging[0]
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute("CREATE INDEX thing_by_key ON synthetic_thing (note)")
    refused = services.migrate_fleet(schemas=[shop.schema])
    assert [one.step for one in refused.failed] == ["synthetic.0006_online_index"]
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'thing_by_key'::regclass"
        )

    run = services.migrate_fleet(schemas=[shop.schema])

    assert run.failed == []
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indexrelid = 'thing_by_key'::regclass"
        )
        is_valid, definition = cursor.fetchone()
    assert is_valid
    assert definition.endswith("(key)")


def test_two_runs_at_once_do_each_shop_once(lagging) -> None:
    runs: list[services.FleetRun] = []

    def work() -> None:
        runs.append(services.migrate_fleet(workers=2))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    outcomes = [one for run in runs for one in run.outcomes]
    assert End.FAILED not in {one.end for one in outcomes}
    for shop in lagging:
        steps = [step for one in outcomes if one.schema == shop.schema for step in one.steps]
        assert len(steps) == len(set(steps)) == 7
        assert is_at_second(shop)


def test_a_run_leaves_a_shop_alone_that_another_one_holds(lagging) -> None:
    import psycopg

    with psycopg.connect(url_of(str(connection.settings_dict["NAME"]))) as other:
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('fleet ' || %s, 0))", [lagging[0].schema]
        )
        run = services.migrate_fleet(schemas=[lagging[0].schema])

    assert [one.end for one in run.outcomes] == [End.BUSY]
    assert not is_at_second(lagging[0])


def test_a_shop_that_the_old_version_makes_meanwhile_is_new_already(shops) -> None:
    """Its template has more than it knows of, and that is fine."""
    with version("second"):
        services.prepare_platform(now=clock.now())
    with version("first"):
        late = make_shop(slug="fleet-late")
        assert ShopClient(late.domain).get("/api/v1/products").status_code == 200
    with version("second"):
        assert is_at_second(late)
        run = services.migrate_fleet()
        assert late.schema not in [one.schema for one in run.outcomes]


def test_publishing_waits_for_shops_that_are_being_made_from_the_old_template(shops) -> None:
    """Who lists the shops after it misses none that lags."""
    begun, go_on = threading.Event(), threading.Event()

    def make() -> None:
        with transaction.atomic():
            from tenants.template import replay_template

            replay_template("shop_slow")
            begun.set()
            go_on.wait(30)
        connection.close()

    with version("first"):
        maker = threading.Thread(target=make)
        maker.start()
        begun.wait(30)
    with version("second"):
        publisher = threading.Thread(
            target=lambda: (services.prepare_platform(now=clock.now()), connection.close())
        )
        publisher.start()
        publisher.join(2)
        go_on.set()
        maker.join()
        publisher.join()
        with use_schema(PUBLIC):
            assert schema_fingerprint("shop_slow") is not None
            assert schema_fingerprint("shop_slow") != code_fingerprint()


def test_only_the_shops_that_lag_are_refused(shops) -> None:
    """TEN-004, and the version before goes on with all of them."""
    ahead, behind = shops[:2]
    with version("second"):
        services.prepare_platform(now=clock.now())
        services.migrate_fleet(schemas=[ahead.schema])

        assert ShopClient(ahead.domain).get("/api/v1/products").status_code == 200
        refused = ShopClient(behind.domain).get("/api/v1/products")
        assert (refused.status_code, refused.json()["code"]) == (503, "tenant_migrating")
        assert refused["Retry-After"] == "2"
        active = selectors.active_schemas()
        assert ahead.schema in active
        assert behind.schema not in active
        assert selectors.active_among([ahead.schema, behind.schema]) == {ahead.schema}
    with version("first"):
        for shop in (ahead, behind):
            assert ShopClient(shop.domain).get("/api/v1/products").status_code == 200
        assert services.migrate_fleet() == services.FleetRun()
    with version("second"):
        assert is_at_second(ahead)


def test_the_refusal_costs_no_statement_of_its_own(lagging, django_assert_num_queries) -> None:
    with use_schema(PUBLIC):
        tenant = Tenant.objects.get(slug=lagging[0].slug)
        assert not versions.serves(tenant.fingerprint)
        with django_assert_num_queries(0):
            assert not versions.serves(tenant.fingerprint)
            assert versions.serves(code_fingerprint())
            assert not versions.serves("")


def test_a_row_that_says_something_else_than_its_schema_is_put_right(shops) -> None:
    with version("first"):
        with use_schema(PUBLIC):
            Tenant.objects.filter(slug=shops[0].slug).update(fingerprint="")
        services.migrate_fleet()
        assert ShopClient(shops[0].domain).get("/api/v1/products").status_code == 200


def test_the_command_says_what_it_did_and_who_failed(lagging) -> None:
    spoil(lagging[1])
    told, complained = StringIO(), StringIO()

    with pytest.raises(CommandError, match="Not all shops are up to date"):
        call_command("fleet", "migrate", "--attempts", "1", stdout=told, stderr=complained)
    assert "5 shops brought up to date with 35 migrations, 0 left to another run, 1 failed" in (
        told.getvalue()
    )
    assert f"{lagging[1].schema}: failed at synthetic.0003_rules" in complained.getvalue()

    told = StringIO()
    with pytest.raises(CommandError, match="1 shops lag"):
        call_command("fleet", "status", "--format", "json", "--check", stdout=told)
    status = json.loads(told.getvalue())
    assert status["shops"] == 6
    assert [one["slug"] for one in status["lagging"]] == [lagging[1].slug]
    assert status["lagging"][0]["state"] == "failed"
    told = StringIO()
    call_command("fleet", "status", stdout=told)
    assert "5 of 6 shops are up to date" in told.getvalue()


def test_a_plan_and_a_dry_run_say_what_would_be_done_and_write_nothing(lagging) -> None:
    for command in (["plan", "--sql"], ["migrate", "--dry-run"]):
        told = StringIO()
        call_command("fleet", *command, "--tenant", lagging[0].slug, stdout=told)
        text = told.getvalue()
        assert f"1 shops ({lagging[0].schema})" in text
        assert "synthetic.0002_fields: replayed" in text
        assert "synthetic.0005_in_python: as Django runs it" in text
        assert ('ADD COLUMN "kept"' in text) == ("--sql" in command)
        assert not is_at_second(lagging[0])
        with use_schema(PUBLIC):
            assert not ShopMigration.objects.filter(tenant__slug=lagging[0].slug).exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["migrate", "--tenant", "nobody"],
        ["migrate", "--canary", "nobody"],
        ["migrate", "--workers", "99"],
        ["migrate", "--lock-timeout", "0"],
        ["sideways"],
    ],
)
def test_what_cannot_be_meant_is_refused(db, arguments) -> None:
    with pytest.raises(CommandError):
        call_command("fleet", *arguments)

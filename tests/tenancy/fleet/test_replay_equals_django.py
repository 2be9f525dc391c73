"""A replayed schema is what Django's own executor would have made, to the name of an index."""

import pytest
from django.core.management import call_command
from django.db import connection

from apps.shared import clock
from apps.shared.schema import PUBLIC, use_schema
from tenants import services
from tenants.fingerprints import code_fingerprint, schema_fingerprint
from tenants.fleet.crew import End
from tenants.models import MigrationScript
from tests.support.shops import TestShop, make_shop, use_shop
from tests.tenancy.fleet.conftest import version
from tests.tenancy.fleet.dump import left_behind, structure

SECOND = [
    "0002_fields",
    "0003_rules",
    "0004_functions",
    "0005_in_python",
    "0006_online_index",
    "0007_names",
    "0008_last",
]
IN_PYTHON = {"0005_in_python", "0006_online_index", "0007_names"}


def fill(shop: TestShop) -> None:
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO synthetic_thing (name, number, note, size, gone) VALUES "
            "('a', 1, NULL, 3, ''), ('b', 2, 'two', 2, '')"
        )
        cursor.execute(
            "INSERT INTO synthetic_part (thing_id, code) SELECT id, name FROM synthetic_thing"
        )


def things(shop: TestShop, columns: str) -> list[tuple[object, ...]]:
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM synthetic_stuff ORDER BY id")
        return cursor.fetchall()


def test_a_replayed_shop_equals_one_migrated_by_django(shops) -> None:
    replayed, ordinary, by_django = shops[:3]
    for shop in (replayed, ordinary, by_django):
        fill(shop)
    with version("second"):
        services.prepare_platform(now=clock.now())
        by_replay = services.migrate_fleet(schemas=[replayed.schema])
        in_python = services.migrate_fleet(schemas=[ordinary.schema], is_replayed=False)
        call_command(
            "migrate_schemas", schema_name=by_django.schema, interactive=False, verbosity=0
        )
        new = make_shop(slug="fleet-new")

        assert [one.end for one in (*by_replay.outcomes, *in_python.outcomes)] == [End.DONE] * 2
        assert by_replay.outcomes[0].steps == [f"synthetic.{name}" for name in SECOND]
        expected = structure(by_django)
        assert structure(replayed) == expected
        assert structure(ordinary) == expected
        assert structure(new) == expected
        assert left_behind(replayed) == left_behind(by_django)
        assert left_behind(ordinary) == left_behind(by_django)
        for shop in (replayed, ordinary, new):
            with use_schema(PUBLIC):
                assert schema_fingerprint(shop.schema) == code_fingerprint()
    assert "CREATE INDEX thing_by_key" in expected
    assert "SET search_path TO 'shop', 'public'" in expected
    assert ("synthetic", "item") in left_behind(replayed)["content types"]
    assert ("synthetic", "thing") not in left_behind(replayed)["content types"]


def test_rows_get_what_django_gives_them_and_keys_of_their_own(shops) -> None:
    replayed, by_django = shops[:2]
    for shop in (replayed, by_django):
        fill(shop)
    with version("second"):
        services.prepare_platform(now=clock.now())
        services.migrate_fleet(schemas=[replayed.schema])
        call_command(
            "migrate_schemas", schema_name=by_django.schema, interactive=False, verbosity=0
        )

        columns = "title, number, note, size, kept, filled, told, tags, parent_id, last"
        assert things(replayed, columns) == things(by_django, columns)
        assert things(replayed, "number, note, size") == [(1001, "-!", 4), (1002, "two!", 2)]
        keys = {key for shop in (replayed, by_django) for (key,) in things(shop, "key")}
    assert len(keys) == 2  # one of each shop's: never the template's


def test_what_is_plain_sql_is_replayed_and_nothing_else(lagging) -> None:
    with use_schema(PUBLIC):
        kept = MigrationScript.objects.filter(migration__startswith="synthetic.0")
        by_way = {one.migration.partition(".")[2]: one.is_replayable for one in kept}
    assert by_way == {name: name not in IN_PYTHON for name in ["0001_initial", *SECOND]}


@pytest.mark.parametrize("is_replayed", [True, False])
def test_a_shop_of_another_history_goes_the_ordinary_way(lagging, is_replayed: bool) -> None:
    """It lacks a migration of long ago that the template had before the new ones."""
    odd, other = lagging[:2]
    with use_shop(odd), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        cursor.execute("DROP TABLE django_session")

    run = services.migrate_fleet(schemas=[odd.schema, other.schema], is_replayed=is_replayed)

    assert run.failed == []
    steps = {one.schema: one.steps for one in run.outcomes}
    assert "sessions.0001_initial" in steps[odd.schema]
    assert structure(odd) == structure(other)

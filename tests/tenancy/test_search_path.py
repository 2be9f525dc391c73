"""The schema goes with the statement and not with the session (TEN-006, ADR 28)."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from config.postgres import path
from config.postgres.errors import OutsideTransaction
from tests.support.shops import TestShop
from tests.tenancy.test_schema import real_schema


def session_path() -> str:
    """What the session itself remembers, asked past Django."""
    connection.ensure_connection()
    [found] = connection.connection.execute("SHOW search_path").fetchone()
    return str(found)


@pytest.fixture
def shop(committed_shop: TestShop) -> Iterator[TestShop]:
    """A shop, and none of the leave that tests have."""
    with connection.lone_changes(allowed=False):
        yield committed_shop


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_lone_read_is_one_message_and_leaves_nothing(shop, django_assert_num_queries):
    connection.ensure_connection()
    before = session_path()

    with django_assert_num_queries(1):
        assert User.objects.get().email == shop.owner_email

    assert session_path() == before


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO staff_user (id) VALUES (1)",
        "UPDATE staff_user SET name = ''",
        "  -- why\n  DELETE FROM staff_user",
        "/* why */ MERGE INTO staff_user USING staff_user ON true WHEN MATCHED THEN DO NOTHING",
        "CREATE TABLE t (id int)",
        "TRUNCATE staff_user",
        "SET search_path = public",
        "LISTEN orders",
        "CALL something()",
    ],
)
def test_anything_else_of_a_shop_is_refused_outside_a_transaction(shop, statement):
    with pytest.raises(OutsideTransaction, match=shop.schema):
        run(statement)
    assert User.objects.count() == 1


def test_a_row_is_saved_in_a_transaction_only(shop):
    owner = User.objects.get()
    with pytest.raises(OutsideTransaction):
        owner.save()
    with pytest.raises(OutsideTransaction):
        User.objects.update(name="Ada")

    with transaction.atomic():
        User.objects.update(name="Ada")
    assert User.objects.get().name == "Ada"


def test_batches_and_servers_cursors_need_a_transaction(shop):
    with pytest.raises(OutsideTransaction), connection.cursor() as cursor:
        cursor.executemany("SELECT %s", [(1,), (2,)])
    with pytest.raises(OutsideTransaction), connection.cursor() as cursor:
        cursor.cursor.copy("COPY staff_user TO STDOUT")

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("UPDATE staff_user SET name = %s", [("Ada",), ("Grace",)])
    with transaction.atomic(), connection.cursor() as cursor:
        rows = cursor.cursor.copy("COPY (SELECT name FROM staff_user) TO STDOUT")
        with rows as copied:
            assert [bytes(row) for row in copied] == [b"Grace\n"]


def test_rows_are_fetched_bit_by_bit_in_a_transaction_and_at_once_outside(shop):
    """A cursor of the server that outlives its transaction is the session's."""
    assert [one.email for one in User.objects.iterator()] == [shop.owner_email]
    with transaction.atomic():
        assert [one.email for one in User.objects.iterator()] == [shop.owner_email]


def test_a_hook_runs_where_it_was_asked_for(shop, make_committed_shop):
    other, seen = make_committed_shop(), []

    with use_schema(PUBLIC), transaction.atomic():
        for one in (shop, other):
            with use_schema(one.schema):
                transaction.on_commit(
                    lambda: seen.append((real_schema(), User.objects.get().email))
                )

    assert seen == [(one.schema, one.owner_email) for one in (shop, other)]
    assert real_schema() == shop.schema


def test_a_hook_that_fails_leaves_the_schema_as_it_was(shop):
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError), transaction.atomic(), use_schema(PUBLIC):
        transaction.on_commit(fail)

    assert real_schema() == shop.schema


def test_a_hook_writes_in_a_transaction_of_its_own(shop):
    with pytest.raises(OutsideTransaction), transaction.atomic():
        transaction.on_commit(lambda: User.objects.update(name="Ada"))


def test_the_path_is_set_once_per_transaction_and_switch(shop, django_assert_num_queries):
    with django_assert_num_queries(0):
        connection.set_schema(shop.schema)
    with transaction.atomic():
        seen = [real_schema(), real_schema()]
        with use_schema(PUBLIC):
            seen.append(real_schema())
        seen.append(real_schema())
        with pytest.raises(DatabaseError), transaction.atomic():
            run("SELECT 1 / 0")
        seen.append(real_schema())

    assert seen == [shop.schema, shop.schema, PUBLIC, shop.schema, shop.schema]


def test_statements_of_the_platform_need_no_transaction(shop):
    with use_schema(PUBLIC):
        run("CREATE TABLE public.lone (id int)")
        run("INSERT INTO lone VALUES (1)")
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM public.lone")
            assert cursor.fetchall() == [(1,)]
        run("DROP TABLE public.lone")


def test_many_statements_in_one_and_parameters_with_percent_signs(shop):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT 2")
        assert cursor.fetchone() == (1,)
        assert cursor.nextset()
        assert cursor.fetchone() == (2,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s, '100 %%'", ["x"])
        assert cursor.fetchone() == ("x", "100 %")
        cursor.execute("SELECT '100 %'")
        assert cursor.fetchone() == ("100 %",)


def test_looking_at_a_schema_s_tables_leaves_the_session_alone(shop):
    before = session_path()

    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        columns = connection.introspection.get_table_description(cursor, "staff_user")

    assert "orders_order" in tables
    assert "tenants_tenant" not in tables
    assert "email" in [one.name for one in columns]
    assert session_path() == before


def test_what_runs_in_no_transaction_gets_a_session_of_its_own(shop):
    connection.ensure_connection()
    before = connection.connection

    with connection.session_of_its_own():
        run("CREATE INDEX CONCURRENTLY by_name ON staff_user (name)")
        with use_schema(PUBLIC):
            assert real_schema() == PUBLIC
        with transaction.atomic():
            assert real_schema() == shop.schema
        assert real_schema() == shop.schema
        own = connection.connection

    assert (connection.connection is before, own.closed) == (True, True)
    with transaction.atomic():
        run(f"DROP INDEX {shop.schema}.by_name")


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1", True),
        ("\n  with x as (select 1) select * from x", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("-- why\nselect 1", True),
        ("/* why\n */ EXPLAIN SELECT 1", True),
        ("SELECTED", False),
        ("update t set x = 1", False),
        ("", False),
        ("-- nothing", False),
    ],
)
def test_what_counts_as_reading(statement, reads):
    assert path.reads(statement) is reads


FUNCTIONS = """
    SELECT p.proname, coalesce(p.proconfig::text, '') LIKE '%%search_path=%%'
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = %s
"""


def test_functions_that_are_called_by_name_carry_their_path(shop_a):
    """`fast_sql` sets none. Those without one are parts of those that have one."""
    from tests.architecture.sources import product

    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS, [shop_a.schema])
        rows = cursor.fetchall()
    texts = [one.text for one in product()]
    called = {
        name: has_path
        for name, has_path in rows
        if any(f".{name}(" in text or f'"{name}"' in text for text in texts)
    }
    assert {"checkout_complete_cart", "catalog_listed", "cart_read", "cart_create"} <= set(called)
    assert [name for name, has_path in called.items() if not has_path] == []

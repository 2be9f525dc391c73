"""Which schema the code works in: nested, broken, in threads, across savepoints."""

import random
import threading

import pytest
from django.db import DatabaseError, connection, transaction

from apps.shared.schema import PUBLIC, current_schema, use_schema
from tenants.models import Tenant
from tests.support.threads import race


def real_schema() -> str:
    """What PostgreSQL itself takes for current."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def test_switches_nest_and_come_back(shop_a, shop_b):
    assert (current_schema(), real_schema()) == (shop_a.schema, shop_a.schema)
    with use_schema(shop_b.schema):
        assert real_schema() == shop_b.schema
        with use_schema(PUBLIC):
            assert real_schema() == PUBLIC
            with use_schema(shop_a.schema):
                assert real_schema() == shop_a.schema
            assert real_schema() == PUBLIC
        assert real_schema() == shop_b.schema
    assert real_schema() == shop_a.schema


def test_an_exception_comes_out_in_the_schema_it_went_in(shop_a, shop_b):
    """T3."""

    def fail() -> None:
        with use_schema(shop_b.schema):
            real_schema()
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert (current_schema(), real_schema()) == (shop_a.schema, shop_a.schema)


def test_a_database_error_inside_a_switch_and_a_savepoint(shop_a, shop_b):
    """PostgreSQL takes back a SET with its savepoint: the search path must be set anew."""
    with use_schema(shop_b.schema):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert real_schema() == shop_b.schema
    assert real_schema() == shop_a.schema


def test_a_switch_inside_a_savepoint_that_is_rolled_back(shop_a, shop_b):
    class Undo(Exception):
        pass

    def switch_and_fail() -> None:
        with transaction.atomic():
            with use_schema(shop_b.schema):
                real_schema()
            raise Undo

    with pytest.raises(Undo):
        switch_and_fail()

    assert real_schema() == shop_a.schema


def test_a_rollback_of_the_whole_transaction(committed_shop):
    def fail() -> None:
        with transaction.atomic():
            real_schema()
            raise LookupError

    with use_schema(PUBLIC):
        real_schema()
        with use_schema(committed_shop.schema):
            with pytest.raises(LookupError):
                fail()
            assert real_schema() == committed_shop.schema
        assert real_schema() == PUBLIC


def test_a_new_connection_starts_where_the_old_one_was(committed_shop):
    connection.close()

    assert (current_schema(), real_schema()) == (committed_shop.schema, committed_shop.schema)


def test_connections_of_a_pool_are_handed_on_without_their_schema(committed_shop):
    """One that worked for a shop is used for `public` next."""
    for _ in range(5):
        with use_schema(committed_shop.schema):
            real_schema()
            connection.close()
        with use_schema(PUBLIC):
            assert real_schema() == PUBLIC
            connection.close()


@pytest.mark.parametrize("name", ['x"; DROP SCHEMA public; --', "x'y", "x;y", "x\\y", ""])
def test_an_odd_name_reaches_no_sql(db, name):
    with pytest.raises(Exception, match=r"[Ss]chema"), use_schema(name):
        real_schema()
    assert real_schema() == PUBLIC


def test_a_tenant_is_no_context(shop_a):
    """django-tenants' own ends in the wrong schema when threads share a row."""
    with use_schema(PUBLIC):
        tenant = Tenant.objects.get(schema_name=shop_a.schema)

    with pytest.raises(TypeError, match="use_schema"), tenant:
        pass
    assert current_schema() == shop_a.schema


def test_1600_switches_in_sixteen_threads_end_where_they_began(make_committed_shop):
    """T3: threads share nothing, however they nest, fail, commit and roll back."""
    shops = [make_committed_shop() for _ in range(3)]
    names = [PUBLIC, *(one.schema for one in shops)]
    start = threading.Barrier(16)

    def wander(seed: int) -> int:
        dice = random.Random(seed)
        start.wait(timeout=30)
        home, switches = current_schema(), 0
        while switches < 100:
            switches += _switch(dice, names, depth=dice.randint(1, 4))
            assert (current_schema(), real_schema()) == (home, home)
        return switches

    results = race(shops[0], *[lambda seed=seed: wander(seed) for seed in range(16)])

    assert all(isinstance(one, int) for one in results), results
    assert sum(results) >= 1600


def _switch(dice: random.Random, names: list[str], *, depth: int) -> int:
    """Go `depth` switches down, some in savepoints and some with an exception; count them."""
    name = dice.choice(names)
    done = 1
    try:
        with use_schema(name):
            if dice.random() < 0.3:
                with transaction.atomic():
                    assert real_schema() == name
                    if dice.random() < 0.5:
                        raise LookupError
            if depth > 1:
                done += _switch(dice, names, depth=depth - 1)
            assert (current_schema(), real_schema()) == (name, name)
    except LookupError:
        return done
    return done

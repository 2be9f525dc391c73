"""A pool whose connections all broke, as after a restart of PostgreSQL."""

import threading

import psycopg
import pytest
from django.db import OperationalError, connection

from tests.support import databases
from tests.support.shops import TestShop
from tests.support.waiting import eventually

IDLE = 4


def ask() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def several_at_once(number: int) -> set[int]:
    """The backends that so many threads get, each while the others hold theirs."""
    barrier, found = threading.Barrier(number), set[int]()

    def hold_one() -> None:
        found.add(ask())
        barrier.wait(10)
        connection.close()

    threads = [threading.Thread(target=hold_one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return found


def end_all() -> int:
    """Returns how many connections there were."""
    url = databases.url_of(str(connection.settings_dict["NAME"]))
    with psycopg.connect(url) as other:
        found = other.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return found[0] if found else 0


def test_one_broken_connection_is_enough_to_forget_them_all(committed_shop: TestShop) -> None:
    before = several_at_once(IDLE)
    connection.close()
    assert end_all() >= IDLE

    with pytest.raises(OperationalError):
        ask()
    connection.close()

    after = several_at_once(IDLE)
    assert len(after) == IDLE
    assert after.isdisjoint(before)


def test_a_server_that_is_away_for_long_is_found_when_it_is_back(
    committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool gives up between requests, so that the next one tries at once."""
    connection.close()
    pool = connection.pool
    assert pool.reconnect_timeout == 3
    monkeypatch.setattr(pool, "reconnect_timeout", 0.2)
    monkeypatch.setattr(pool, "timeout", 0.5)
    monkeypatch.setitem(pool.kwargs, "dbname", "nobody_knows_it")
    pool.drain()
    with pytest.raises(OperationalError):
        ask()
    connection.close()
    eventually(lambda: pool.get_stats().get("pool_size") == 0, seconds=20, what="given up")

    monkeypatch.undo()

    assert ask()

"""PostgreSQL ended the connections of a pool while nobody used them."""

import psycopg
import pytest
from django.db import connection

from config.postgres.base import is_over
from tests.support import databases
from tests.support.client import ShopClient
from tests.support.shops import TestShop
from tests.support.waiting import eventually


@pytest.fixture
def client(committed_shop: TestShop) -> ShopClient:
    return ShopClient(committed_shop.domain)


def end_idle_connections() -> None:
    """Those of this process, with the server's farewell on its way to each."""
    pid = backend()
    connection.close()
    with psycopg.connect(_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _url() -> str:
    return databases.url_of(str(connection.settings_dict["NAME"]))


def test_a_request_after_it_is_answered(client: ShopClient) -> None:
    """Not 503: nobody has to come again because PostgreSQL was restarted a while ago."""
    end_idle_connections()

    assert client.get("products").status_code == 200


def test_the_farewell_of_the_server_is_noticed_without_asking(committed_shop: TestShop) -> None:
    with psycopg.connect(_url(), autocommit=True) as ours:
        assert not is_over(ours)
        with psycopg.connect(_url(), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [ours.info.backend_pid])
        eventually(lambda: is_over(ours), what="it is over")

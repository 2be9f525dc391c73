"""X9: processes whose machines disagree about the time go by PostgreSQL's clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from apps.shared import clock
from apps.shared.db import agree_on_time, read_first
from apps.shared.tasks import schema_exists
from tenants.selectors import tenant_of_host
from tests.support.shops import TestShop

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    clock._difference = timedelta(0)


@pytest.fixture(params=[TEN_MINUTES, -TEN_MINUTES], ids=["ahead", "behind"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's clock is ten minutes off."""
    own = clock.own_now
    monkeypatch.setattr(clock, "own_now", lambda: own() + request.param)


def is_right(now: datetime) -> bool:
    return abs(now - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.usefixtures("wrong_clock")
def test_a_request_a_task_and_the_relay_learn_the_time(shop_a: TestShop) -> None:
    for learn in (
        lambda: tenant_of_host(host=shop_a.domain),
        lambda: schema_exists(shop_a.schema),
        agree_on_time,
    ):
        clock._difference = timedelta(0)
        assert not is_right(clock.now())
        learn()
        assert is_right(clock.now())


@pytest.mark.usefixtures("wrong_clock")
def test_a_new_connection_tells_the_time(shop_a: TestShop) -> None:
    connection._configure_connection(connection.connection)  # type: ignore[attr-defined]

    assert is_right(clock.now())


def test_a_slow_answer_is_no_difference() -> None:
    """The database looked at its clock at some moment of the way there and back."""
    asked_at = clock.own_now() - timedelta(seconds=8)

    clock.compare(clock.own_now() - timedelta(seconds=7), asked_at=asked_at)

    assert clock._difference == timedelta(0)


def test_what_comes_first_is_asked_again_on_a_fresh_connection(
    committed_shop: TestShop,
) -> None:
    """PostgreSQL was restarted: whoever comes first does not have to be told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    end_session(pid)

    assert schema_exists(committed_shop.schema)


def test_a_database_that_is_away_is_not_asked_twice(db: None) -> None:
    asked = []

    def away() -> None:
        asked.append(1)
        raise OperationalError("couldn't get a connection")

    with pytest.raises(OperationalError):
        read_first(away)
    assert asked == [1]


def end_session(pid: int) -> None:
    import psycopg

    from tests.support import databases

    url = databases.url_of(str(connection.settings_dict["NAME"]))
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])

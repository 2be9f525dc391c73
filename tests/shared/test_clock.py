"""X9: processes whose machines disagree about the time go by PostgreSQL's clock."""

import time
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
def right() -> Iterator[datetime]:
    """When the clock began to count."""
    began = clock._began
    yield began
    clock._began = began


@pytest.fixture(params=[TEN_MINUTES, -TEN_MINUTES], ids=["ahead", "behind"])
def wrong(request: pytest.FixtureRequest, right: datetime) -> datetime:
    """The same on a machine whose clock is ten minutes off."""
    clock._began = right + request.param
    return clock._began


def is_right(now: datetime) -> bool:
    return abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_request_a_task_and_the_relay_learn_the_time(shop_a: TestShop, wrong: datetime) -> None:
    for learn in (
        lambda: tenant_of_host(host=shop_a.domain),
        lambda: schema_exists(shop_a.schema),
        agree_on_time,
    ):
        clock._began = wrong
        assert not is_right(clock.now())
        learn()
        assert is_right(clock.now())


@pytest.mark.usefixtures("wrong")
def test_a_new_connection_tells_the_time(shop_a: TestShop) -> None:
    connection._configure_connection(connection.connection)  # type: ignore[attr-defined]

    assert is_right(clock.now())


def test_a_slow_answer_is_no_difference(right: datetime) -> None:
    """The database looked at its clock at some moment of the way there and back."""
    clock.compare(clock.now() - timedelta(seconds=7), asked=time.monotonic() - 8)

    assert clock._began == right


def test_what_is_done_to_the_machines_clock_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is put forward by an hour (daylight saving, an operator) while the process runs."""
    own = time.time
    monkeypatch.setattr(time, "time", lambda: own() + 3_600)

    assert is_right(clock.now())
    assert clock.now().utcoffset() == timedelta(0)


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

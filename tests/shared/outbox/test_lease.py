"""Keeping a delivery while its handler is outside the database."""

import time
from datetime import datetime, timedelta

import pytest

from apps.shared import clock
from apps.shared.outbox import lease
from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.lease import LEASE
from apps.shared.outbox.models import DeliveryState, EventDelivery
from tests.support.probe import Probed, claim, delivery, emit_probed, subscribed
from tests.support.shops import TestShop, use_shop
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWED_EVERY", timedelta(milliseconds=20))


def run_out(row: EventDelivery) -> None:
    """As if the lease had begun long ago."""
    EventDelivery.objects.filter(pk=row.pk).update(due_at=clock.now())


def lease_end() -> datetime:
    return delivery().due_at


def test_a_slow_handler_keeps_its_delivery(committed_shop: TestShop) -> None:
    """One that takes longer than the lease does not run twice."""
    renewed: list[bool] = []

    def take_long(event: Probed, *, key: str) -> None:
        run_out(delivery())
        renewed.append(
            eventually(lambda: lease_end() > clock.now() + LEASE / 2, what="the lease is renewed")
        )
        assert claim(now=clock.now()) == []

    with subscribed(take_long, outside=True):
        emit_probed(now=clock.now())
        (handed,) = claim(now=clock.now())
        assert deliver(handed) is True

    assert renewed == [True]
    assert (delivery().state, delivery().attempts) == (DeliveryState.DONE, 1)


def test_nobody_renews_the_lease_of_a_handler_that_ended(committed_shop: TestShop) -> None:
    def fail(event: Probed, *, key: str) -> None:
        raise TimeoutError

    with subscribed(fail, outside=True):
        emit_probed(now=clock.now())
        (handed,) = claim(now=clock.now())
        assert deliver(handed) is False

    before = lease_end()
    time.sleep(0.1)
    assert (delivery().state, lease_end()) == (DeliveryState.PENDING, before)


def test_a_delivery_that_changed_hands_is_left_alone(committed_shop: TestShop) -> None:
    def outlive_the_lease(event: Probed, *, key: str) -> None:
        run_out(delivery())
        claim(now=clock.now() + 10 * LEASE)
        before = lease_end()
        time.sleep(0.1)
        assert lease_end() == before

    with subscribed(outlive_the_lease, outside=True):
        emit_probed(now=clock.now())
        (handed,) = claim(now=clock.now())
        assert deliver(handed) is False

    assert (delivery().state, delivery().last_error) == (DeliveryState.RUNNING, "")


def test_a_handler_that_hangs_loses_its_delivery_in_the_end(
    committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LONGEST_HANDLER", timedelta(milliseconds=60))

    def hang(event: Probed, *, key: str) -> None:
        time.sleep(0.3)
        run_out(delivery())
        time.sleep(0.1)
        assert len(claim(now=clock.now())) == 1

    with subscribed(hang, outside=True):
        emit_probed(now=clock.now())
        (handed,) = claim(now=clock.now())
        assert deliver(handed) is False


def test_a_database_that_is_gone_for_a_moment_ends_no_lease(
    committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, breaks = lease.use_schema, iter([True, True])

    def broken_twice(name: str) -> object:
        if next(breaks, False):
            raise lease.InterfaceError("gone")
        return real(name)

    monkeypatch.setattr(lease, "use_schema", broken_twice)

    def take_long(event: Probed, *, key: str) -> None:
        run_out(delivery())
        eventually(lambda: lease_end() > clock.now() + LEASE / 2, what="the lease is renewed")

    with use_shop(committed_shop), subscribed(take_long, outside=True):
        emit_probed(now=clock.now())
        (handed,) = claim(now=clock.now())
        assert deliver(handed) is True

    assert [one.message for one in caplog.records].count("lease_not_renewed") == 2

"""Handing out deliveries: leases, fencing, and what a dead worker or broker leaves behind."""

import pytest
from django.db import transaction

from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.hand_back import hand_back
from apps.shared.outbox.lease import LEASE
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.relay.models import Wakeup
from tests.support.probe import NOW, Probed, after, claim, delivery, emit_probed, subscribed

pytestmark = pytest.mark.usefixtures("shop_a")


def ignore(event: Probed) -> None:
    """A handler without effect."""


@pytest.fixture(autouse=True)
def _one_subscriber():
    with subscribed(ignore):
        yield


def test_a_delivery_is_handed_out_once_while_its_lease_runs():
    emit_probed()

    first, second = claim(), claim(now=after(LEASE.seconds - 1))

    assert len(first) == 1
    assert second == []


def test_deliveries_outlive_workers_that_are_down_for_an_hour():
    """Nobody tried, so no attempt is counted: a long deployment makes no dead letters."""
    emit_probed()

    handed = {
        seconds: found for seconds in range(0, 3600, 10) if (found := claim(now=after(seconds)))
    }

    assert delivery().attempts == 0
    assert delivery().state == DeliveryState.RUNNING
    # Within 30 s however often it was in vain; the queue's room keeps the messages few (turns.py).
    assert list(handed) == list(range(0, 3600, LEASE.seconds))
    [last] = handed[max(handed)]
    assert deliver(last)
    assert delivery().state == DeliveryState.DONE


def test_a_new_claim_makes_the_old_message_void():
    emit_probed()
    (old,) = claim()
    (new,) = claim(now=after(LEASE.seconds))

    assert not deliver(old)
    assert delivery().state == DeliveryState.RUNNING
    assert deliver(new)


def test_the_same_message_twice_begins_once():
    emit_probed()
    (handed,) = claim()

    assert [deliver(handed), deliver(handed)] == [True, False]
    assert delivery().attempts == 1


def test_a_message_that_could_not_be_sent_is_free_again_and_counts_no_attempt():
    emit_probed()
    handed = claim()

    with transaction.atomic():
        hand_back(handed, due_at=after(1))

    assert (delivery().state, delivery().attempts) == (DeliveryState.PENDING, 0)
    assert claim() == []
    (again,) = claim(now=after(1))
    assert not deliver(handed[0]), "it may have been sent after all: its token is void"
    assert deliver(again)


def test_handing_back_leaves_alone_what_a_worker_has_begun():
    emit_probed()
    handed = claim()
    deliver(handed[0])

    with transaction.atomic():
        hand_back(handed, due_at=after(1))

    assert delivery().state == DeliveryState.DONE


def test_a_limit_leaves_the_rest_for_the_next_look():
    for number in range(3):
        emit_probed(f"t{number}")
    Wakeup.objects.all().delete()

    assert len(claim(limit=2)) == 2

    assert Wakeup.objects.filter(due_at__lte=NOW).exists()
    assert len(claim(limit=2)) == 1


def test_a_look_always_leaves_a_wakeup_for_the_earliest_open_delivery():
    emit_probed()
    Wakeup.objects.all().delete()

    claim()

    assert [one.due_at for one in Wakeup.objects.all()] == [NOW + LEASE]


def test_exhausted_deliveries_do_not_hide_those_behind_them():
    for number in range(3):
        emit_probed(f"t{number}")
    first, second, _ = EventDelivery.objects.order_by("id")
    EventDelivery.objects.filter(pk__in=[first.pk, second.pk]).update(attempts=5)
    Wakeup.objects.all().delete()

    assert claim(limit=2) == []

    assert EventDelivery.objects.filter(state=DeliveryState.DEAD).count() == 2
    assert Wakeup.objects.filter(due_at__lte=NOW).exists()
    assert len(claim()) == 1

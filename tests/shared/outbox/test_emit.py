"""Events are written with the change they tell of, or not at all."""

import time
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from apps.shared.outbox.emit import emit
from apps.shared.outbox.models import DomainEvent, EventDelivery
from apps.shared.outbox.signals import SIGNAL_SUBSCRIBER, signal_for
from apps.shared.relay.models import Wakeup
from apps.shared.schema import PUBLIC, use_schema
from tests.support.probe import NOW, Probed, deliver_due, delivery, emit_probed, subscribed
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race


def ignore(event: Probed) -> None:
    """A handler without effect."""


def ignore_too(event: Probed) -> None:
    """Another one."""


def wakeups_of(shop: TestShop) -> list[datetime]:
    """When the relay is asked to look into a shop; `public` holds those of all shops."""
    return list(Wakeup.objects.filter(schema_name=shop.schema).values_list("due_at", flat=True))


def test_an_event_a_delivery_for_each_subscriber_and_a_wakeup(shop_a):
    with subscribed(ignore), subscribed(ignore, ignore_too, queue="financial"):
        emit_probed("t7", note="hello")

    event = DomainEvent.objects.get()
    assert (event.name, event.version) == ("probe.thing.probed", 1)
    assert (event.aggregate_type, event.aggregate_id, event.sequence) == ("thing", "t7", 1)
    assert event.payload == {"thing_id": "t7", "note": "hello"}
    assert event.occurred_at == NOW
    rows = EventDelivery.objects.order_by("id").values_list("subscriber", "queue", "due_at")
    assert list(rows) == [
        (f"{__name__}.ignore", "financial", NOW),
        (f"{__name__}.ignore_too", "financial", NOW),
    ]
    assert wakeups_of(shop_a) == [NOW]


def test_an_event_without_subscribers_is_kept_and_wakes_nobody(shop_a):
    emit_probed()

    assert DomainEvent.objects.count() == 1
    assert EventDelivery.objects.count() == 0
    assert wakeups_of(shop_a) == []


def test_a_rollback_leaves_nothing(shop_a):
    def fail() -> None:
        with transaction.atomic():
            emit(Probed(thing_id="t1"), now=NOW)
            assert EventDelivery.objects.count() == 1
            raise LookupError

    with subscribed(ignore), pytest.raises(LookupError):
        fail()

    assert (DomainEvent.objects.count(), EventDelivery.objects.count()) == (0, 0)
    assert wakeups_of(shop_a) == []


def test_emitting_outside_a_transaction_is_refused(committed_shop):
    with pytest.raises(RuntimeError, match="emit must run inside"):
        emit(Probed(thing_id="t1"), now=NOW)


def test_the_sequence_counts_per_aggregate(shop_a):
    for thing in ("a", "b", "a", "a"):
        emit_probed(thing)

    found = DomainEvent.objects.order_by("aggregate_id", "sequence")
    assert list(found.values_list("aggregate_id", "sequence")) == [
        ("a", 1),
        ("a", 2),
        ("a", 3),
        ("b", 1),
    ]


def test_two_writers_without_a_lock_cannot_share_a_number(committed_shop: TestShop):
    """The database refuses what a missing row lock would let through."""
    results = race(committed_shop, *[emit_probed] * 8)

    refused = [one for one in results if one is not None]
    assert all(isinstance(one, IntegrityError) for one in refused)
    assert outcomes(results).count("ok") == DomainEvent.objects.count()
    numbers = DomainEvent.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))


def test_it_works_in_public_too(shop_a):
    with subscribed(ignore), use_schema(PUBLIC):
        emit_probed()
        assert deliver_due() == [True]
        assert DomainEvent.objects.filter(name=Probed.name).count() == 1
        assert Wakeup.objects.filter(schema_name=PUBLIC).exists()

    assert DomainEvent.objects.count() == 0, "the shop's own outbox stays empty"


def test_an_event_is_offered_as_a_django_signal(shop_a):
    heard = []

    def receiver(sender: type[Probed], event: Probed, **kwargs: object) -> None:
        heard.append((sender, event))

    signal_for(Probed).connect(receiver)
    try:
        emit_probed("t3")
        assert heard == [], "the signal is sent by the worker, not by the request"
        assert delivery().subscriber == SIGNAL_SUBSCRIBER
        assert deliver_due() == [True]
    finally:
        signal_for(Probed).disconnect(receiver)

    assert heard == [(Probed, Probed(thing_id="t3"))]


def test_a_receiver_that_raises_is_called_again(shop_a):
    heard = []

    def receiver(event: Probed, **kwargs: object) -> None:
        heard.append(event)
        if len(heard) == 1:
            raise RuntimeError("not now")

    signal_for(Probed).connect(receiver)
    try:
        emit_probed()
        assert deliver_due() == [False]
        EventDelivery.objects.update(due_at=NOW)
        assert deliver_due() == [True]
    finally:
        signal_for(Probed).disconnect(receiver)

    assert len(heard) == 2


def test_emitting_costs_one_statement(shop_a, django_assert_num_queries):
    with subscribed(ignore, ignore_too), transaction.atomic():
        connection.ensure_connection()
        DomainEvent.objects.count()
        with django_assert_num_queries(1):
            emit(Probed(thing_id="t1"), now=NOW)


def test_a_broken_bell_neither_fails_nor_delays_a_request(committed_shop, monkeypatch):
    """X6, the part of the outbox: nobody listens on Valkey's socket."""
    from apps.shared.relay import signal

    unheard = signal.redis.Redis(unix_socket_path="/nonexistent/valkey.sock", retry=None)
    monkeypatch.setattr(signal, "_client", lambda: unheard)
    monkeypatch.setattr(signal, "_quiet_until", 0.0)
    with subscribed(ignore):
        begin = time.monotonic()
        for number in range(20):
            emit_probed(f"t{number}")
        seconds = time.monotonic() - begin

    assert DomainEvent.objects.count() == 20
    assert seconds < 1

"""Many events at once read as if they had been emitted one by one."""

import pytest
from django.db import transaction

from apps.shared.outbox.emit_all import emit_all
from apps.shared.outbox.models import DomainEvent, EventDelivery
from apps.shared.relay.models import Wakeup
from tests.support.probe import NOW, Probed, deliver_due, emit_probed, subscribed


def emit_them(*things: str) -> None:
    with transaction.atomic():
        emit_all([Probed(thing_id=one, note=one) for one in things], now=NOW)


def test_each_aggregate_goes_on_counting_where_it_stood(shop_a):
    emit_probed("a")
    emit_probed("b")

    emit_them("a", "c", "a", "b")

    rows = DomainEvent.objects.order_by("aggregate_id", "sequence")
    assert list(rows.values_list("aggregate_id", "sequence")) == [
        ("a", 1),
        ("a", 2),
        ("a", 3),
        ("b", 1),
        ("b", 2),
        ("c", 1),
    ]


def test_every_subscriber_gets_each_of_them(shop_a):
    heard = []

    def first(event: Probed) -> None:
        heard.append(("first", event.thing_id))

    def second(event: Probed) -> None:
        heard.append(("second", event.thing_id))

    with subscribed(first, second):
        emit_them("a", "b")
        assert EventDelivery.objects.count() == 4
        assert Wakeup.objects.filter(schema_name=shop_a.schema).count() == 1
        assert deliver_due() == [True] * 4

    assert sorted(heard) == [("first", "a"), ("first", "b"), ("second", "a"), ("second", "b")]


def test_none_at_all_writes_nothing(shop_a, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(0):
        emit_all([], now=NOW)


def test_the_number_of_statements_does_not_grow(shop_a, django_assert_num_queries):
    for count in (1, 200):
        events = [Probed(thing_id=f"t{number}") for number in range(count)]
        with transaction.atomic():
            DomainEvent.objects.count()
            with django_assert_num_queries(2):
                emit_all(events, now=NOW)


def test_outside_a_transaction_it_is_refused(committed_shop):
    with pytest.raises(RuntimeError, match="emit_all must run inside"):
        emit_all([Probed(thing_id="a")], now=NOW)

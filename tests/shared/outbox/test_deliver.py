"""Making deliveries: an effect happens once, together with its done-mark."""

import logging

import pytest
from django.db import connection

from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.errors import Conflict
from apps.shared.events import EVENT_TYPES, subscribe
from apps.shared.outbox.dead_letters import told
from apps.shared.outbox.deliver import MAX_ATTEMPTS, backoff, deliver
from apps.shared.outbox.lease import Handed
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from apps.shared.relay.models import Wakeup
from apps.shared.tasks import job_failed
from tests.support.probe import (
    Probed,
    after,
    claim,
    deliver_due,
    delivery,
    emit_probed,
    subscribed,
)

pytestmark = pytest.mark.usefixtures("shop_a")


def effects() -> int:
    """How often a handler below has written."""
    return DomainEvent.objects.filter(aggregate_type="effect").count()


@owns_transaction
def write_effect() -> None:
    """A service as a handler calls it: with a transaction of its own."""
    DomainEvent.objects.create(
        name="effect",
        version=1,
        aggregate_type="effect",
        aggregate_id="1",
        sequence=effects() + 1,
        payload={},
        occurred_at=after(0),
    )


def act(event: Probed) -> None:
    write_effect()


def act_and_break(event: Probed) -> None:
    write_effect()
    raise Conflict("broken after its write")


def test_a_failure_is_written_down_whatever_its_text():
    with subscribed(act):
        emit_probed()
    EventDelivery.objects.update(last_error=told(Conflict("half a pair \ud800, and \x00")))

    assert delivery().last_error == "Conflict: half a pair ?, and "


def test_an_effect_and_its_done_mark_are_written_together():
    with subscribed(act):
        emit_probed()
        assert deliver_due() == [True]

    row = delivery()
    assert (row.state, row.attempts, row.last_error) == (DeliveryState.DONE, 1, "")
    assert row.delivered_at is not None
    assert effects() == 1


def test_delivered_twice_acts_once():
    with subscribed(act):
        emit_probed()
        (handed,) = claim()
        outcomes = [deliver(handed), deliver(handed), *deliver_due(now=after(3600))]

    assert outcomes == [True, False]
    assert effects() == 1


def test_an_exception_after_the_write_takes_the_write_back():
    with subscribed(act_and_break):
        emit_probed()
        assert deliver_due() == [False]

    row = delivery()
    assert effects() == 0
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 1)
    assert row.last_error == "Conflict: broken after its write"
    assert row.delivered_at is None


def test_failures_are_tried_again_with_growing_delay_and_the_fifth_is_a_dead_letter(caplog):
    with subscribed(act_and_break), caplog.at_level(logging.ERROR):
        emit_probed()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            deliver_due(now=after(10**9))
            assert delivery().attempts == attempt
        assert deliver_due(now=after(10**9)) == []

    assert MAX_ATTEMPTS == 5
    assert (delivery().state, delivery().last_error) == (
        DeliveryState.DEAD,
        "Conflict: broken after its write",
    )
    assert [one.message for one in caplog.records].count("delivery_dead") == 1


def test_a_dead_letter_is_told_to_who_listens_for_failed_jobs(
    shop_a, django_capture_on_commit_callbacks
):
    heard = []

    def hear(job: str, schema_name: str, error: Exception, **_: object) -> None:
        heard.append((job, schema_name, str(error)))

    def break_down(**_: object) -> None:
        raise RuntimeError("an alert that cannot be sent breaks nothing")

    job_failed.connect(break_down)
    job_failed.connect(hear)
    try:
        with subscribed(act_and_break), django_capture_on_commit_callbacks(execute=True):
            emit_probed()
            for _ in range(MAX_ATTEMPTS):
                deliver_due(now=after(10**9))
    finally:
        job_failed.disconnect(hear)
        job_failed.disconnect(break_down)

    assert heard == [(f"{__name__}.act_and_break", shop_a.schema, "broken after its write")]


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 8), (3, 32), (4, 128)])
def test_backoff_grows_fourfold_with_a_quarter_of_jitter(attempts, seconds):
    drawn = {backoff(attempts).total_seconds() for _ in range(50)}

    assert all(seconds * 0.75 <= one <= seconds * 1.25 for one in drawn)
    assert len(drawn) > 1


def test_a_failure_asks_the_relay_to_look_again_when_it_is_due():
    with subscribed(act_and_break):
        emit_probed()
        (handed,) = claim()
        Wakeup.objects.all().delete()
        deliver(handed)

    assert [one.due_at for one in Wakeup.objects.all()] == [delivery().due_at]


def test_a_poisoned_event_does_not_stop_the_others():
    """P9, its first half: the others of the batch go on."""

    def choke(event: Probed) -> None:
        if event.thing_id == "poison":
            raise RuntimeError("cannot swallow this")
        write_effect()

    with subscribed(choke):
        for name in ("first", "poison", "last"):
            emit_probed(name)
        assert deliver_due() == [True, False, True]

    assert effects() == 2


def test_an_unknown_subscriber_becomes_a_dead_letter_that_names_it():
    with subscribed(act):
        emit_probed()
    for _ in range(MAX_ATTEMPTS):
        assert deliver_due(now=after(10**9)) == [False]

    assert delivery().state == DeliveryState.DEAD
    assert delivery().last_error == f"UnknownSubscriber: {__name__}.act"


def test_an_event_type_whose_code_is_gone_becomes_a_dead_letter_too(monkeypatch):
    with subscribed(act):
        emit_probed()
        monkeypatch.delitem(EVENT_TYPES, Probed.name)
        for _ in range(MAX_ATTEMPTS):
            deliver_due(now=after(10**9))

    assert delivery().state == DeliveryState.DEAD
    assert Probed.name in delivery().last_error


def test_a_handler_works_under_the_request_id_of_its_event_and_in_its_own_name():
    seen = []

    def look(event: Probed) -> None:
        seen.append((context.request_id.get(), context.actor.get()))

    with subscribed(look), context.acting(request="req_1", as_actor="customer:1"):
        emit_probed()
    with subscribed(look):
        deliver_due()

    assert seen == [("req_1", f"event:{look.__module__}.{look.__qualname__}")]
    event = DomainEvent.objects.get()
    assert (event.request_id, event.actor) == ("req_1", "customer:1")


def test_an_outside_handler_gets_a_key_and_no_transaction():
    seen = []

    def call_the_network(event: Probed, *, key: str) -> None:
        blocks = [
            one for one in connection.atomic_blocks if not getattr(one, "_from_testcase", False)
        ]
        seen.append((event.thing_id, key, blocks))

    with subscribed(call_the_network, outside=True):
        emit_probed()
        assert deliver_due() == [True]

    row = delivery()
    assert seen == [("t1", f"{row.event_id.hex}-{row.pk}", [])]
    assert row.state == DeliveryState.DONE


def test_an_outside_handler_gets_the_same_key_when_it_is_tried_again():
    keys = []

    def fail_first(event: Probed, *, key: str) -> None:
        keys.append(key)
        if len(keys) == 1:
            raise TimeoutError

    with subscribed(fail_first, outside=True):
        emit_probed()
        deliver_due()
        assert deliver_due(now=after(10**9)) == [True]

    assert len(set(keys)) == 1
    assert len(keys) == 2


def test_a_worker_that_lost_its_lease_may_not_write_its_late_result():
    """Fencing: the second worker's outcome stands, whatever the first one says afterwards."""

    def outlive_the_lease(event: Probed, *, key: str) -> None:
        if not taken_over:
            taken_over.extend(claim(now=after(10**9)))

    taken_over: list[Handed] = []
    with subscribed(outlive_the_lease, outside=True):
        emit_probed()
        (handed,) = claim()
        assert deliver(handed) is False
        assert delivery().state == DeliveryState.RUNNING
        assert deliver(taken_over[0]) is True


def test_a_late_failure_is_refused_as_well():
    def fail_late(event: Probed, *, key: str) -> None:
        taken_over.extend(claim(now=after(10**9)))
        raise TimeoutError

    taken_over: list[Handed] = []
    with subscribed(fail_late, outside=True):
        emit_probed()
        assert deliver_due() == [False]

    assert delivery().state == DeliveryState.RUNNING
    assert delivery().last_error == ""


def test_an_attempt_is_counted_before_it_is_made():
    """A handler that kills its worker each time must end as a dead letter, not as a loop."""

    class Killed(BaseException):
        pass

    def kill(event: Probed) -> None:
        raise Killed

    with subscribed(kill):
        emit_probed()
        for _ in range(MAX_ATTEMPTS):
            (handed,) = claim(now=after(10**9))
            with pytest.raises(Killed):
                deliver(handed)
            EventDelivery.objects.update(due_at=after(0))
        assert claim() == []

    assert (delivery().state, delivery().attempts) == (DeliveryState.DEAD, MAX_ATTEMPTS)
    assert "died" in delivery().last_error


def test_subscribing_to_an_unknown_queue_is_refused():
    with pytest.raises(ValueError, match="unknown queue"):
        subscribe(Probed, queue="fast")

"""The relay's rounds: from wake-ups to Celery messages, in every schema, with several relays."""

import threading
import time
from datetime import datetime

import celery
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from kombu.exceptions import OperationalError as BrokerError

from apps.shared import clock
from apps.shared.events import QUEUES
from apps.shared.outbox import dispatch
from apps.shared.outbox import turns as turns_module
from apps.shared.outbox.claim import claim_due
from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.lease import LEASE
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.outbox.turns import Turns
from apps.shared.relay.models import Wakeup
from apps.shared.relay.pressure import MOST_WAITING, MOST_WAITING_AGAIN, BrokerSilent
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import PUBLIC, current_schema, use_schema
from config.celery import app as celery_app
from tests.support.probe import NOW, Probed, after, claim, delivery, emit_probed, subscribed
from tests.support.shops import use_shop
from tests.support.threads import outcomes, race


def statements(made: CaptureQueriesContext) -> list[str]:
    """What a relay says to PostgreSQL; a test's transaction adds savepoints."""
    found = [one["sql"] for one in made.captured_queries]
    return [one for one in found if "SAVEPOINT" not in one and "search_path" not in one]


def sent_by_round(*, now: datetime) -> int:
    return dispatch.relay_round(now=now).sent


def ignore(event: Probed) -> None:
    """A handler without effect."""


def ignore_too(event: Probed) -> None:
    """Another one."""


@pytest.fixture(autouse=True)
def _one_subscriber():
    with subscribed(ignore, queue="bulk"):
        yield


@pytest.fixture(autouse=True)
def queues_now(monkeypatch):
    """How many messages wait; what other tests leave at the broker does not count here."""
    waiting = dict.fromkeys(QUEUES, 0)
    monkeypatch.setattr(dispatch, "messages_waiting", lambda queues: dict(waiting))
    return waiting


@pytest.fixture
def sent(monkeypatch):
    """What the relay gave to Celery: (queue, schema, number of deliveries)."""
    messages: list[tuple[str, str, int]] = []

    def note(kwargs, queue, retry):
        assert retry is False, "the relay must not hang on a broker that is down"
        messages.append((queue, kwargs["schema_name"], len(kwargs["handed"])))

    monkeypatch.setattr(dispatch.deliver_batch, "apply_async", note)
    return messages


def test_a_round_sends_what_is_due_in_each_schema(shop_a, shop_b, sent):
    emit_probed("a1")
    emit_probed("a2")
    with use_shop(shop_b):
        emit_probed("b1")
    with use_schema(PUBLIC):
        emit_probed("p1")

    assert sent_by_round(now=NOW) == 4

    assert sorted(sent) == [
        ("bulk", PUBLIC, 1),
        ("bulk", shop_a.schema, 2),
        ("bulk", shop_b.schema, 1),
    ]
    assert sent_by_round(now=NOW) == 0
    assert current_schema() == shop_a.schema, "the caller's schema is set again"


def test_nothing_is_sent_before_its_time(shop_a, sent):
    emit_probed(now=after(60))

    assert sent_by_round(now=NOW) == 0
    assert sent_by_round(now=after(60)) == 1


def test_a_schema_without_work_is_not_looked_into(shop_a, shop_b, sent, monkeypatch):
    looked = []
    monkeypatch.setattr(
        dispatch, "_relay_schema", lambda name, queues, *, now: looked.append(name) or {}
    )
    emit_probed()

    sent_by_round(now=NOW)

    assert looked == [shop_a.schema]


def test_the_wakeup_of_a_dropped_shop_is_thrown_away(shop_a, sent):
    with transaction.atomic():
        wake_relay(schema_name="shop_gone", due_at=NOW)

    assert sent_by_round(now=NOW) == 0
    assert not Wakeup.objects.filter(schema_name="shop_gone").exists()


def test_what_the_broker_does_not_take_is_handed_back_and_sent_later(
    shop_a, shop_b, monkeypatch, sent
):
    taken = dispatch.deliver_batch.apply_async
    attempts = []

    def refuse(**kwargs):
        attempts.append(kwargs)
        raise BrokerError("nobody there")

    monkeypatch.setattr(dispatch.deliver_batch, "apply_async", refuse)
    emit_probed()
    with use_shop(shop_b):
        emit_probed()
    assert sent_by_round(now=NOW) == 0
    assert len(attempts) == 1, "after the first refusal the round is over"
    row = delivery()
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 0)

    monkeypatch.setattr(dispatch.deliver_batch, "apply_async", taken)
    assert sent_by_round(now=after(2)) == 2
    assert len(sent) == 2


def test_a_broker_that_is_down_is_noticed_at_once(monkeypatch):
    """X6: with Celery's defaults each attempt slept for six seconds. Not measured: how long an
    attempt takes is the machine's business, that it does not sleep is ours."""

    def no_nap(seconds):
        pytest.fail(f"it sleeps for {seconds} s")

    monkeypatch.setattr("kombu.utils.functional.sleep", no_nap)
    monkeypatch.setattr("redis.retry.sleep", no_nap)
    address = "redis+socket:///nonexistent/valkey.sock?virtual_host=0"
    app = celery.Celery(broker=address, set_as_current=False)
    app.conf.broker_transport_options = celery_app.conf.broker_transport_options

    with pytest.raises(BrokerError):
        app.send_task("outbox.deliver", retry=False)

    app.close()


def test_one_busy_shop_gets_one_batch_a_round(shop_a, shop_b, sent, monkeypatch):
    monkeypatch.setattr(dispatch, "BATCH", 3)
    for number in range(7):
        emit_probed(f"t{number}")
    with use_shop(shop_b):
        emit_probed()

    rounds = [sent_by_round(now=NOW) for _ in range(4)]

    assert rounds == [4, 3, 1, 0]


def test_thousands_of_wakeups_of_one_shop_hide_no_other_shop(shop_a, shop_b, sent):
    """The quiet shop's event is sent in the first round, whatever another has written before."""
    emit_probed()
    rows = [Wakeup(schema_name=shop_a.schema, due_at=NOW) for _ in range(3000)]
    Wakeup.objects.bulk_create(rows)
    with use_shop(shop_b):
        emit_probed()

    assert sent_by_round(now=NOW) == 2

    assert [schema for _, schema, _ in sent] == [shop_a.schema, shop_b.schema]


def test_a_crash_between_claim_and_message_loses_nothing(shop_a, sent, monkeypatch):
    class Killed(BaseException):
        pass

    def die(**kwargs):
        raise Killed

    taken = dispatch.deliver_batch.apply_async
    monkeypatch.setattr(dispatch.deliver_batch, "apply_async", die)
    emit_probed()
    with pytest.raises(Killed):
        sent_by_round(now=NOW)
    monkeypatch.setattr(dispatch.deliver_batch, "apply_async", taken)

    assert sent_by_round(now=after(LEASE.seconds - 1)) == 0
    assert sent_by_round(now=after(LEASE.seconds + 1)) == 1


def test_two_relays_at_once_never_hand_out_one_delivery_twice(committed_shop):
    for number in range(200):
        emit_probed(f"t{number}")

    def claim_all():
        mine = []
        while handed := claim(limit=7):
            mine += handed
        return mine

    results = race(committed_shop, *[claim_all] * 4)

    handed = [one for mine in results for one in mine]
    assert len(handed) == len({one.delivery_id for one in handed}) == 200
    assert {one.token for one in handed} == {1}
    assert set(EventDelivery.objects.values_list("token", "state")) == {(1, "running")}


def test_two_workers_with_the_same_message_act_once(committed_shop):
    """The broker may deliver a message twice at the same moment."""
    acted = []

    def act(event: Probed) -> None:
        time.sleep(0.05)  # long enough for the other to come while it acts
        acted.append(event)

    with subscribed(act):
        emit_probed()
        handed = [one for one in claim() if EventDelivery.objects.get(pk=one.delivery_id)]
        mine = next(
            one
            for one in handed
            if EventDelivery.objects.get(pk=one.delivery_id).subscriber.endswith("act")
        )
        results = race(committed_shop, *[lambda: deliver(mine)] * 6)

    assert sorted(results) == [False] * 5 + [True]
    assert len(acted) == 1


def test_a_row_that_is_locked_while_its_lease_ends_is_looked_at_again(committed_shop):
    """A slow handler holds its row; if its worker then dies nothing else would wake the relay."""
    emit_probed()
    claim()
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(EventDelivery.objects.select_for_update())
            locked.set()
            release.wait(timeout=20)

    def look() -> int:
        locked.wait(timeout=20)
        with use_schema(PUBLIC):
            Wakeup.objects.filter(schema_name=committed_shop.schema).delete()
        found = claim(now=after(30))
        release.set()
        return len(found)

    results = race(committed_shop, hold, look)

    assert results == [None, 0]
    due = Wakeup.objects.filter(schema_name=committed_shop.schema).values_list("due_at", flat=True)
    assert list(due) == [after(31)]
    assert len(claim(now=after(31))) == 1


def test_relays_share_wakeups_without_losing_one(committed_shop, sent):
    """Four relays and four writers at once: in the end everything was sent, once."""

    def write(name: str) -> None:
        for number in range(10):
            emit_probed(f"{name}{number}", now=NOW)

    def relay() -> int:
        total = 0
        for _ in range(15):
            total += sent_by_round(now=NOW)
        return total

    writers = [lambda name=name: write(name) for name in "abcd"]
    results = race(committed_shop, *writers, *[relay] * 4)
    sent_by_round(now=NOW)
    assert outcomes(results) == ["ok"] * 8, results

    ours = [number for _, schema, number in sent if schema == committed_shop.schema]
    assert sum(ours) == 40
    assert EventDelivery.objects.filter(token=1).count() == 40


def test_the_command_drains_what_is_due(shop_a, sent, capsys):
    emit_probed(now=clock.now())

    call_command("relay", once=True)

    assert capsys.readouterr().out.strip() == "1"


def test_a_claim_is_part_of_the_round_s_transaction(committed_shop):
    """If the claim rolls back, the wake-ups are still there."""
    emit_probed()

    class Crash(Exception):
        pass

    def crash() -> None:
        with transaction.atomic():
            claim_due(now=NOW, limit=10)
            raise Crash

    with pytest.raises(Crash):
        crash()

    assert Wakeup.objects.filter(schema_name=committed_shop.schema).count() == 1
    assert delivery().state == DeliveryState.PENDING


def test_a_full_queue_gets_nothing_and_the_others_do(shop_a, shop_b, sent, queues_now):
    queues_now["bulk"] = MOST_WAITING
    with subscribed(ignore_too, queue="financial"):
        emit_probed()
        with use_shop(shop_b):
            emit_probed()

        assert sent_by_round(now=NOW) == 2
        assert {queue for queue, _, _ in sent} == {"financial"}
        assert sent_by_round(now=NOW) == 0
        queues_now["bulk"] = 0
        assert sent_by_round(now=NOW) == 2

    assert sorted(sent[2:]) == [("bulk", shop_a.schema, 1), ("bulk", shop_b.schema, 1)]


def test_a_full_queue_costs_no_look_into_who_waits_for_it(shop_a, sent, queues_now):
    emit_probed()
    queues_now["bulk"] = MOST_WAITING

    with CaptureQueriesContext(connection) as made:
        last = dispatch.relay_round(now=NOW)

    assert len(statements(made)) == 1
    assert (last.sent, last.is_held_up) == (0, True)
    assert delivery().state == DeliveryState.PENDING


def test_a_wakeup_about_all_queues_is_kept_for_the_full_one(shop_a, sent, queues_now):
    """As SQL functions write them, which know no queue."""
    emit_probed()
    Wakeup.objects.update(queue="")
    queues_now["bulk"] = MOST_WAITING

    assert sent_by_round(now=NOW) == 0

    found = Wakeup.objects.filter(schema_name=shop_a.schema).values_list("queue", "due_at")
    assert list(found) == [("bulk", NOW)]
    queues_now["bulk"] = 0
    assert sent_by_round(now=NOW) == 1


def test_who_has_just_had_a_turn_leaves_room_to_the_others(
    shop_a, shop_b, sent, queues_now, monkeypatch
):
    """A noisy shop alone is held to a few waiting messages; one that comes is served at once."""
    monkeypatch.setattr(dispatch, "BATCH", 1)
    for number in range(20):
        emit_probed(f"t{number}")
    turns = Turns()
    for _ in range(10):
        dispatch.relay_round(now=NOW, turns=turns)
        queues_now["bulk"] = len(sent)
    assert len(sent) == MOST_WAITING_AGAIN

    with use_shop(shop_b):
        emit_probed()
    last = dispatch.relay_round(now=NOW, turns=turns)

    assert (last.sent, last.is_held_up) == (1, True)
    assert sent[-1] == ("bulk", shop_b.schema, 1)


def test_shops_with_a_backlog_take_turns(shop_a, shop_b, sent, monkeypatch):
    """Whoever waits longest comes first, so that each gets its share of the room there is."""
    monkeypatch.setattr(dispatch, "BATCH", 1)
    monkeypatch.setattr(turns_module, "MOST_WAITING", 1)
    for number in range(4):
        emit_probed(f"a{number}")
    with use_shop(shop_b):
        for number in range(4):
            emit_probed(f"b{number}")

    for _ in range(8):
        assert sent_by_round(now=NOW) == 1

    assert [schema for _, schema, _ in sent] == [shop_a.schema, shop_b.schema] * 4


def test_a_broker_that_cannot_be_asked_is_one_that_is_down(shop_a, sent, monkeypatch, caplog):
    def refuse(queues):
        raise BrokerSilent("nobody there")

    monkeypatch.setattr(dispatch, "messages_waiting", refuse)
    emit_probed()

    assert sent_by_round(now=NOW) == 0
    assert "broker_unavailable" in [one.message for one in caplog.records]
    assert (delivery().state, delivery().token) == (DeliveryState.PENDING, 0)


def test_the_statements_of_a_round_do_not_grow_with_the_number_of_shops(shop_a, shop_b, sent):
    """Idle shops cost nothing: with work in one, as many statements whether there are 2 or 500."""
    with transaction.atomic():
        for number in range(500):
            wake_relay(schema_name=shop_b.schema, queue="bulk", due_at=after(3600 + number))
    with CaptureQueriesContext(connection) as idle:
        sent_by_round(now=NOW)
    emit_probed("t1")
    with CaptureQueriesContext(connection) as busy:
        assert sent_by_round(now=NOW) == 1

    assert len(statements(idle)) == 1
    look, _, claim_one = statements(busy)[:3]
    assert "relay_wakeup" in look
    assert f'"{shop_a.schema}".outbox_eventdelivery' in claim_one
    assert len(statements(busy)) <= 3, "and a note of what waits for long"
    assert all(shop_b.schema not in one for one in statements(busy))

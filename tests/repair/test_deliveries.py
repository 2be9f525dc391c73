"""`manage.py repair deliveries`: dead letters and stuck ones are sent on their way again."""

from datetime import timedelta

import pytest

from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.mending import Difference
from apps.shared.outbox.deliver import MAX_ATTEMPTS, deliver
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.outbox.requeue import STUCK_AFTER, requeue_delivery
from apps.shared.relay.models import Wakeup
from apps.shared.schema import PUBLIC, use_schema
from tests.repair.running import Run, repair
from tests.support.probe import Probed, claim, emit_probed, subscribed
from tests.support.shops import TestShop
from tests.support.tables import fingerprints
from tests.support.threads import race

_seen: list[str] = []


def hear(event: Probed) -> None:
    """Leaves a trace."""
    _seen.append(event.name)


@pytest.fixture(autouse=True)
def _one_subscriber():
    _seen.clear()
    with subscribed(hear):
        yield


def dead(error: str = "ValueError: poison") -> EventDelivery:
    emit_probed()
    row = EventDelivery.objects.latest("id")
    EventDelivery.objects.filter(pk=row.pk).update(
        state=DeliveryState.DEAD, attempts=MAX_ATTEMPTS, last_error=error
    )
    row.refresh_from_db()
    return row


def states() -> dict[int, str]:
    return dict(EventDelivery.objects.values_list("pk", "state"))


def deliveries(shop: TestShop, *arguments: str) -> Run:
    return repair("deliveries", *arguments, shop=shop)


def test_a_dead_letter_is_sent_again_and_acts_once(shop_a: TestShop) -> None:
    row = dead()

    run = deliveries(shop_a, "--yes")

    assert (run.code, "1 mended" in run.text) == (0, True)
    assert "last_error  ValueError: poison\n" in run.text
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 0)
    assert row.last_error == "ValueError: poison", "kept until it is done"
    assert Wakeup.objects.filter(schema_name=shop_a.schema).exists()
    (handed,) = claim(now=clock.now())
    assert deliver(handed)
    assert not deliver(handed)
    assert len(_seen) == 1
    entry = AuditEntry.objects.get(action="repair.deliveries")
    assert entry.target_id == str(row.pk)
    assert (entry.before["attempts"], entry.before["last_error"]) == (5, "ValueError: poison")
    assert deliveries(shop_a, "--yes").text.startswith(f"{shop_a.slug}: 0 deliveries to mend")


def test_a_dry_run_changes_no_row_of_any_table(shop_a: TestShop) -> None:
    dead()
    before = fingerprints(shop_a.schema, PUBLIC)
    run = deliveries(shop_a, "--dry-run")
    assert "state       dead → pending" in run.text
    assert "1 would be mended" in run.text
    assert fingerprints(shop_a.schema, PUBLIC) == before


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.RUNNING])
def test_one_that_is_due_for_long_is_stuck(shop_a: TestShop, state: str) -> None:
    """Its wake-up was lost, as after a restore of the shop alone: no relay looks."""
    emit_probed()
    long_ago = clock.now() - STUCK_AFTER - timedelta(seconds=1)
    EventDelivery.objects.update(state=state, due_at=long_ago, token=7)
    Wakeup.objects.all().delete()
    assert deliveries(shop_a, "--dead-only", "--yes").text.endswith("0 failed\n")
    assert states().popitem()[1] == state
    assert "1 mended" in deliveries(shop_a, "--yes").text
    row = EventDelivery.objects.get()
    assert (row.state, row.token) == ("pending", 8)
    assert Wakeup.objects.filter(schema_name=shop_a.schema).exists()


def test_what_is_done_or_on_its_way_is_left_alone(shop_a: TestShop) -> None:
    emit_probed()
    emit_probed()
    waiting, done = EventDelivery.objects.order_by("id")
    EventDelivery.objects.filter(pk=waiting.pk).update(due_at=clock.now() + timedelta(seconds=9))
    EventDelivery.objects.filter(pk=done.pk).update(state=DeliveryState.DONE)
    run = deliveries(shop_a, "--id", str(waiting.pk), "--id", str(done.pk), "--yes")
    assert (run.code, "0 deliveries to mend" in run.text) == (0, True)
    assert states() == {waiting.pk: "pending", done.pk: "done"}
    assert not AuditEntry.objects.exists()


def test_some_are_chosen_by_id_by_event_and_by_time(shop_a: TestShop) -> None:
    rows = [dead() for _ in range(3)]
    for days, row in enumerate(rows):
        type(row.event).objects.filter(pk=row.event_id).update(
            occurred_at=clock.now() - timedelta(days=days + 1)
        )

    def chosen(*arguments: str) -> list[int]:
        text = deliveries(shop_a, "--dry-run", *arguments).text
        return [number for number, row in enumerate(rows) if f"event_delivery {row.pk} " in text]

    def day(days: int) -> str:
        return (clock.now() - timedelta(days=days, hours=1)).isoformat()

    assert chosen() == [0, 1, 2]
    assert chosen("--id", str(rows[1].pk)) == [1]
    assert chosen("--event", Probed.name) == [0, 1, 2]
    assert chosen("--event", "orders.order.paid") == []
    assert chosen("--since", day(2)) == [0, 1]
    assert chosen("--until", day(1)) == [1, 2]
    assert chosen("--since", day(2), "--until", day(1)) == [1]
    assert chosen("--id", str(rows[0].pk), "--until", day(1)) == []


def test_an_unknown_id_fails_and_the_others_go_on(shop_a: TestShop) -> None:
    row = dead()
    run = deliveries(shop_a, "--id", "0", "--id", str(row.pk), "--yes")
    assert run.code == 3
    assert "There is no delivery 0." in run.text
    assert states() == {row.pk: "pending"}


def test_the_platform_s_own_events_are_mended_too(shop_a: TestShop) -> None:
    with use_schema(PUBLIC):
        row = dead()
    run = repair("deliveries", "--all-tenants", "--id", str(row.pk), "--dry-run")
    assert f"event_delivery {row.pk} " in run.text
    assert "1 mended" in repair("deliveries", "--tenant", PUBLIC, "--yes").text
    with use_schema(PUBLIC):
        assert EventDelivery.objects.get(pk=row.pk).state == "pending"


def test_two_operators_at_once_requeue_it_once(committed_shop: TestShop) -> None:
    row = dead()

    def requeue() -> Difference | None:
        return requeue_delivery(delivery_id=row.pk, now=clock.now())

    results = race(committed_shop, *[requeue] * 4)
    assert [isinstance(one, Difference) for one in results].count(True) == 1
    assert results.count(None) == 3
    assert AuditEntry.objects.count() == 1
    row.refresh_from_db()
    assert row.token == 1

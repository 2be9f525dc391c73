"""The outbox with real processes: a worker and a relay, a Valkey that dies, kill -9."""

import celery
import pytest
from celery.canvas import Signature
from django.db import connection, transaction

from apps.shared import clock
from apps.shared.outbox.emit import emit
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.schema import use_schema
from config.settings.integrations.valkey import broker_url
from tests.support.fleet import Fleet
from tests.support.probing import handlers
from tests.support.probing.events import EFFECTS_TABLE, ProbeSent
from tests.support.shops import TestShop
from tests.support.waiting import eventually

# They share a fleet, and each of them wants the processor for itself.
pytestmark = pytest.mark.xdist_group("processes")


def send(shop: TestShop, probe: str, order: str = "act") -> None:
    with use_schema(shop.schema), transaction.atomic():
        emit(ProbeSent(probe_id=probe, order=order), now=clock.now())


def effects(shop: TestShop) -> list[tuple[str, str, str]]:
    """(probe, handler, the tenant that the handler believed to work for), sorted."""
    with connection.cursor() as cursor:
        schema = connection.ops.quote_name(shop.schema)
        cursor.execute(f"SELECT probe, handler, tenant FROM {schema}.{EFFECTS_TABLE} ORDER BY 1, 2")
        return cursor.fetchall()


def all_done(shop: TestShop) -> bool:
    with use_schema(shop.schema):
        return not EventDelivery.objects.exclude(state=DeliveryState.DONE).exists()


def expected(shop: TestShop, *probes: str) -> list[tuple[str, str, str]]:
    return sorted((probe, kind, shop.schema) for probe in probes for kind in ("inside", "outside"))


def test_events_of_two_shops_take_effect_each_in_its_own_schema(fleet, make_shop):
    one, other = make_shop(), make_shop()

    send(one, "p1")
    send(other, "p1")
    send(one, "p2")
    eventually(lambda: all_done(one) and all_done(other), seconds=30, what="all delivered")

    assert effects(one) == expected(one, "p1", "p2")
    assert effects(other) == expected(other, "p1")


def test_once_all_runs_an_event_takes_a_moment(fleet, make_shop):
    shop = make_shop()
    send(shop, "warm")
    eventually(lambda: all_done(shop), seconds=30, what="the fleet is warm")

    send(shop, "p1")
    eventually(lambda: all_done(shop), seconds=3, what="delivered")

    assert effects(shop) == expected(shop, "p1", "warm")


def test_five_shops_interleaved_with_stumbles_inside_a_schema_switch(fleet, make_shop):
    """T3: every row in the right schema, although handlers break while another one is set."""
    shops = [make_shop() for _ in range(5)]

    for number in range(4):
        for shop in shops:
            send(shop, f"p{number}", "stumble" if number % 2 else "act")
    eventually(lambda: all(all_done(one) for one in shops), seconds=60, what="all delivered")

    for shop in shops:
        assert effects(shop) == expected(shop, "p0", "p1", "p2", "p3")
        with use_schema(shop.schema):
            stumbled = EventDelivery.objects.filter(attempts=2).count()
        assert stumbled == 2


def test_tasks_of_five_shops_with_retries_chains_and_eta(fleet, make_shop):
    """T3, for a task of an app's own: the tenant travels in its arguments, whatever Celery does."""
    shops = [make_shop() for _ in range(5)]
    app = celery.Celery(broker=broker_url(fleet.valkey_server.url), set_as_current=False)

    def task(shop: TestShop, probe: str, **options: int) -> Signature:
        arguments = {"schema_name": shop.schema, "probe": probe, **options}
        return app.signature("probing.write", kwargs=arguments, immutable=True, queue="bulk")

    for shop in shops:
        task(shop, "plain").apply_async()
        task(shop, "stumbling", stumbles=2).apply_async()
        task(shop, "later").apply_async(countdown=0.5)
        celery.chain(task(shop, "chain 1", stumbles=1), task(shop, "chain 2")).apply_async()
    app.send_task("probing.write", kwargs={"probe": "of nobody"}, queue="bulk")
    wanted = ["chain 1", "chain 2", "later", "plain", "stumbling"]
    eventually(
        lambda: all(len(effects(one)) == len(wanted) for one in shops), seconds=60, what="all ran"
    )
    app.close()

    for shop in shops:
        assert effects(shop) == [(probe, "task", shop.schema) for probe in wanted]
    assert "TaskWithoutTenant" in fleet.log("worker")


def test_a_worker_killed_in_the_middle_of_a_handler_acts_once_in_the_end(fleet, make_shop):
    """X1: the done-mark and the effect are one transaction; the lease brings the delivery back."""
    shop = make_shop()
    fleet.valkey.set(handlers.GATE, "shut")
    fleet.valkey.delete(handlers.HANGING)
    send(shop, "p1", "hang")
    eventually(
        lambda: bool(fleet.valkey.exists(handlers.HANGING)), seconds=30, what="in the middle"
    )

    fleet.kill("worker")
    fleet.valkey.delete(handlers.GATE)
    assert ("p1", "inside", shop.schema) not in effects(shop), "what was half done is undone"
    fleet.worker()
    eventually(lambda: all_done(shop), seconds=30, what="delivered by the next worker")

    assert effects(shop) == expected(shop, "p1")


def test_a_killed_relay_loses_nothing(fleet, make_shop):
    shop = make_shop()
    fleet.kill("relay")
    send(shop, "p1")

    fleet.relay()
    eventually(lambda: all_done(shop), seconds=30, what="delivered")

    assert effects(shop) == expected(shop, "p1")


def test_valkey_killed_and_started_empty_loses_nothing(fleet, make_shop):
    """X5, X6: events wait in PostgreSQL and flow when it is back."""
    shop = make_shop()
    send(shop, "before")
    fleet.kill_valkey()
    send(shop, "during")

    fleet.start_valkey()
    eventually(lambda: all_done(shop), seconds=60, what="delivered")

    assert effects(shop) == expected(shop, "before", "during")


def test_a_relay_without_a_broker_hands_back_what_it_claimed(fleet, make_shop):
    """X6: a socket that nobody listens on. The next relay with a broker sends it."""
    shop = make_shop()
    fleet.kill("relay")
    send(shop, "p1")

    done = fleet.run("relay", "--once", REDIS_URL="unix:///nonexistent/valkey.sock?db=0")

    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr
    assert "broker_unavailable" in done.stderr
    with use_schema(shop.schema):
        found = EventDelivery.objects.values_list("state", "attempts")
        assert set(found) == {(DeliveryState.PENDING, 0)}
    fleet.relay()
    eventually(lambda: all_done(shop), seconds=30, what="delivered")
    assert effects(shop) == expected(shop, "p1")


def test_a_worker_process_keeps_its_session_from_one_message_to_the_next(fleet, make_shop):
    """A new session for each message would cost PostgreSQL more than most handlers do."""
    shop = make_shop()
    send(shop, "warm")
    eventually(lambda: all_done(shop), seconds=30, what="the fleet is warm")
    before = worker_sessions(fleet)

    for number in range(10):
        send(shop, f"p{number}")
        eventually(lambda: all_done(shop), seconds=30, what="delivered")

    after = worker_sessions(fleet)
    assert before, "it is kept between two messages"
    assert before <= after
    assert len(after - before) <= 3, "ten messages, and the other process may have joined in"


def worker_sessions(fleet: Fleet) -> set[int]:
    """The process ids of the workers' sessions at the server."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'fleet of worker'"
        )
        return {row[0] for row in cursor.fetchall()}

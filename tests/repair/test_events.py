"""`manage.py events`: looking at deliveries, sending them again, giving them up."""

import json
from datetime import timedelta

import pytest

from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.outbox.claim import OPEN_STATES
from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.give_up import give_up_delivery
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from apps.shared.schema import PUBLIC, use_schema
from tests.repair.running import Run, repair
from tests.support.probe import NOW, Probed, claim, emit_probed, subscribed
from tests.support.shops import TestShop, use_shop
from tests.support.tables import fingerprints
from tests.support.threads import race

_seen: list[str] = []


def hear(event: Probed) -> None:
    """Leaves a trace."""
    _seen.append(event.note)


@pytest.fixture(autouse=True)
def _one_subscriber():
    _seen.clear()
    with subscribed(hear, in_order=True):
        yield


def events(do: str, *arguments: str, shop: TestShop | None = None) -> Run:
    return repair(do, *arguments, shop=shop, command="events")


def one(state: str = "dead", note: str = "", thing: str = "t1") -> EventDelivery:
    emit_probed(thing, note=note)
    row = EventDelivery.objects.latest("id")
    row.state = state
    row.attempts = {"dead": 5, "done": 1}.get(state, 0)
    row.last_error = "ValueError: poison\nin detail" if state == "dead" else ""
    row.delivered_at = NOW if state == "done" else None
    row.save()
    return row


def numbers(run: Run) -> list[int]:
    return [json.loads(line)["delivery"] for line in run.text.splitlines()]


def states() -> dict[int, str]:
    return dict(EventDelivery.objects.order_by("id").values_list("pk", "state"))


def test_a_list_by_state_name_subscriber_and_time(shop_a: TestShop) -> None:
    dead, done, waiting = (one(state) for state in ("dead", "done", "pending"))
    DomainEvent.objects.filter(pk=dead.event_id).update(occurred_at=NOW - timedelta(days=1))

    def listed(*arguments: str) -> list[int]:
        return numbers(events("list", "--format", "json", *arguments, shop=shop_a))

    assert listed() == [waiting.pk, done.pk, dead.pk]
    assert listed("--limit", "1") == [waiting.pk]
    assert listed("--state", "dead", "--state", "done") == [done.pk, dead.pk]
    assert listed("--name", Probed.name, "--state", "pending") == [waiting.pk]
    assert listed("--name", "orders.order.paid") == []
    assert listed("--subscriber", f"{__name__}.hear", "--state", "dead") == [dead.pk]
    assert listed("--subscriber", "apps.nobody") == []
    assert listed("--until", NOW.isoformat()) == [dead.pk]
    assert listed("--since", NOW.isoformat()) == [waiting.pk, done.pk]


def test_a_list_of_all_shops_names_them(shop_a: TestShop, shop_b: TestShop) -> None:
    one()
    with use_shop(shop_b):
        one()
    text = events("list", "--all-tenants", "--state", "dead").text
    assert [line.split()[0] for line in text.splitlines() if "dead" in line] == sorted(
        [shop_a.schema, shop_b.schema]
    )
    assert "ValueError: poison" in text
    assert "in detail" not in text


def test_show_by_number_or_by_event_tells_all(shop_a: TestShop) -> None:
    row = one(note="a secret of nobody")
    by_number = events("show", str(row.pk), shop=shop_a)
    by_event = events("show", str(row.event_id), shop=shop_a)

    assert by_number.text == by_event.text
    for told in (Probed.name, "a secret of nobody", "dead, 5 attempts", "in detail"):
        assert told in by_number.text
    assert events("show", "0", shop=shop_a).code == 1
    assert events("show", "nonsense", shop=shop_a).code == 1


def test_lag_by_subscriber_and_for_scripts(shop_a: TestShop) -> None:
    one("pending")
    one("dead")
    DomainEvent.objects.update(occurred_at=clock.now() - timedelta(seconds=100))

    run = events("lag", "--fail-over", "300", shop=shop_a)

    assert run.code == 0
    first, second = run.text.splitlines()
    assert first.startswith(f"{shop_a.slug}: 1 pending, 0 running, 1 dead, lag 10")
    assert second.startswith(f"  {__name__}.hear: 1 pending, 0 running, 1 dead, lag 10")
    assert events("lag", "--fail-over", "60", shop=shop_a).code == 4
    assert events("lag", "--fail-over", "60", "--all-tenants").code == 4
    EventDelivery.objects.filter(state__in=OPEN_STATES).delete()
    assert events("lag", "--fail-over", "60", shop=shop_a).code == 0


def test_replay_of_one_of_many_and_of_a_time(shop_a: TestShop) -> None:
    rows = [one(thing=f"t{number}") for number in range(4)]
    for hours, row in enumerate(rows):
        moment = NOW + timedelta(hours=hours)
        DomainEvent.objects.filter(pk=row.event_id).update(occurred_at=moment)

    assert events("replay", "--id", str(rows[0].pk), "--yes", shop=shop_a).code == 0
    assert list(states().values()) == ["pending", "dead", "dead", "dead"]
    since, until = (NOW + timedelta(hours=hours) for hours in (1, 3))
    window = ("--since", since.isoformat(), "--until", until.isoformat())
    run = events("replay", *window, "--yes", shop=shop_a)
    assert "2 deliveries to send again" in run.text
    assert "2 sent again, 0 well by now, 0 failed" in run.text
    assert list(states().values()) == ["pending", "pending", "pending", "dead"]
    assert AuditEntry.objects.filter(action="repair.deliveries").count() == 3
    assert AuditEntry.objects.latest("id").actor.startswith("events:")


def test_what_is_done_is_sent_again_only_when_that_is_said(shop_a: TestShop) -> None:
    row = one("done", note="again")
    assert "0 deliveries" in events("replay", "--id", str(row.pk), "--yes", shop=shop_a).text
    assert states() == {row.pk: "done"}

    run = events("replay", "--id", str(row.pk), "--even-done", "--yes", shop=shop_a)

    assert "done (2026-03-01 12:00:00), and asked for again" in run.text
    row.refresh_from_db()
    assert (row.state, row.attempts, row.delivered_at) == ("pending", 0, None)
    (handed,) = claim(now=clock.now())
    assert deliver(handed)
    assert _seen == ["again"]


def test_all_that_was_ever_done_is_not_sent_again_by_accident(shop_a: TestShop) -> None:
    one("done")
    run = events("replay", "--even-done", "--yes", shop=shop_a)
    assert (run.code, list(states().values())) == (1, ["done"])
    assert "by id, event, subscriber or time" in run.hints


@pytest.mark.parametrize("do", ["replay", "skip"])
def test_a_dry_run_changes_no_row_of_any_table(shop_a: TestShop, do: str) -> None:
    row = one()
    why = ["--why", "no use"] if do == "skip" else []
    before = fingerprints(shop_a.schema, PUBLIC)
    run = events(do, "--id", str(row.pk), *why, "--dry-run", shop=shop_a)
    assert (run.code, "nothing was changed" in run.text) == (0, True)
    assert fingerprints(shop_a.schema, PUBLIC) == before


def test_without_anybody_to_ask_nothing_is_sent_again(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    one()
    run = events("replay", shop=shop_a)
    assert (run.code, list(states().values())) == (1, ["dead"])
    assert "Say --yes to send again." in run.hints


def test_a_dead_letter_that_is_given_up_lets_the_next_go_on(shop_a: TestShop) -> None:
    row = one(note="poison")
    emit_probed(note="next")
    assert claim() == []

    run = events("skip", "--id", str(row.pk), "--why", "account closed", "--yes", shop=shop_a)

    assert "1 given up" in run.text
    row.refresh_from_db()
    assert (row.state, row.delivered_at) == ("done", None)
    assert row.last_error.startswith("ValueError: poison")
    (handed,) = claim(now=clock.now())
    assert deliver(handed)
    assert _seen == ["next"]
    entry = AuditEntry.objects.get()
    assert (entry.target_id, entry.why) == (str(row.pk), "account closed")
    assert entry.after["state"] == "done, not delivered"


def test_only_dead_letters_are_given_up_and_only_by_id(shop_a: TestShop) -> None:
    row = one("pending")
    run = events("skip", "--id", str(row.pk), "--why", "x", "--yes", shop=shop_a)
    assert (run.code, states()) == (0, {row.pk: "pending"})
    assert events("skip", "--why", "x", "--yes", shop=shop_a).code == 1
    assert events("skip", "--id", "0", "--why", "x", "--yes", shop=shop_a).code == 3
    assert not AuditEntry.objects.exists()


def test_two_who_give_it_up_at_once_do_it_once(committed_shop: TestShop) -> None:
    row = one()
    results = race(
        committed_shop,
        *[lambda: give_up_delivery(delivery_id=row.pk, why="x", now=clock.now())] * 3,
    )
    assert results.count(None) == 2
    assert AuditEntry.objects.count() == 1


def test_the_platform_s_own_events(db: None) -> None:
    with use_schema(PUBLIC):
        row = one()
    assert numbers(events("list", "--tenant", PUBLIC, "--format", "json")) == [row.pk]
    assert "1 sent again" in events("replay", "--tenant", PUBLIC, "--yes").text
    with use_schema(PUBLIC):
        assert EventDelivery.objects.get().state == DeliveryState.PENDING


def test_an_unknown_shop_is_said(db: None) -> None:
    run = events("lag", "--tenant", "nowhere")
    assert (run.code, "no shop" in run.hints) == (1, True)

"""`manage.py webhooks`: what providers told us, and working on it once more."""

import json
from datetime import timedelta

from apps.payments.models import ProviderEvent
from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.outbox.models import DomainEvent
from tests.admin.browser import owner_of, staff_of
from tests.admin.rows import a_provider_event
from tests.repair.running import Run, repair
from tests.support.shops import TestShop


def webhooks(do: str, *arguments: str, shop: TestShop | None = None) -> Run:
    return repair(do, *arguments, shop=shop, command="webhooks")


def one(state: str = "received", **fields: object) -> ProviderEvent:
    stored = a_provider_event(b'{"data": {"client_secret": "must_not_show", "amount": 7}}')
    ProviderEvent.objects.filter(pk=stored.pk).update(state=state, **fields)
    stored.refresh_from_db()
    return stored


def states() -> list[str]:
    return list(ProviderEvent.objects.order_by("id").values_list("state", flat=True))


def test_a_list_by_state_provider_type_and_time(shop_a: TestShop) -> None:
    dead, done, old = one("dead"), one("processed"), one("parked", provider="paypal")
    yesterday = clock.now() - timedelta(days=1)
    ProviderEvent.objects.filter(pk=old.pk).update(received_at=yesterday)

    def listed(*arguments: str) -> list[int]:
        run = webhooks("list", "--format", "json", *arguments, shop=shop_a)
        return [json.loads(line)["webhook"] for line in run.text.splitlines()]

    assert listed() == [old.pk, done.pk, dead.pk]
    assert listed("--limit", "1") == [old.pk]
    assert listed("--state", "dead", "--state", "processed") == [done.pk, dead.pk]
    assert listed("--provider", "paypal") == [old.pk]
    assert listed("--type", "payment_intent.succeeded", "--state", "dead") == [dead.pk]
    assert listed("--type", "other") == []
    assert listed("--since", (yesterday + timedelta(hours=1)).isoformat()) == [done.pk, dead.pk]
    assert listed("--until", (yesterday + timedelta(hours=1)).isoformat()) == [old.pk]
    assert f"{dead.event_id}" in webhooks("list", shop=shop_a).text


def test_one_is_shown_by_number_or_by_the_providers_id_without_secrets(shop_a: TestShop) -> None:
    stored = one()

    for key in (str(stored.pk), stored.event_id):
        run = webhooks("show", key, shop=shop_a)
        assert (run.code, '"amount": 7' in run.text) == (0, True)
        assert "must_not_show" not in run.text
        assert "must-not-show" not in run.text
    assert webhooks("show", "evt_nobody", shop=shop_a).code == 1


def test_a_dry_run_says_what_would_be_replayed(shop_a: TestShop) -> None:
    one("dead"), one("parked"), one("processed"), one("received")

    run = webhooks("replay", "--dry-run", shop=shop_a)

    assert (run.code, "2 would be replayed" in run.text) == (0, True)
    assert states() == ["dead", "parked", "processed", "received"]
    assert not DomainEvent.objects.exists()


def test_what_is_parked_or_dead_is_replayed_and_on_record(shop_a: TestShop) -> None:
    """P9: an operator replays it once."""
    dead = one("dead", outcome="UnknownProviderObject: stripe pi_1", attempts=30)
    one("parked"), one("processed")

    run = webhooks("replay", "--yes", shop=shop_a)
    again = webhooks("replay", "--yes", shop=shop_a)

    assert (run.code, states()) == (0, ["received", "received", "processed"])
    assert DomainEvent.objects.filter(name="payments.provider_event.received").count() == 2
    entry = AuditEntry.objects.get(target_id=str(dead.pk))
    assert (entry.action, entry.target_type) == ("repair.webhooks", "webhook")
    assert (entry.before["state"], entry.after["state"]) == ("dead", "received")
    assert entry.actor.startswith("webhooks:")
    assert "0 webhooks to replay" in again.text


def test_what_was_worked_on_is_replayed_only_when_that_is_said(shop_a: TestShop) -> None:
    done = one("processed")

    left = webhooks("replay", "--id", str(done.pk), "--yes", shop=shop_a)
    again = webhooks("replay", "--id", str(done.pk), "--even-processed", "--yes", shop=shop_a)

    assert ("0 webhooks to replay" in left.text, again.code) == (True, 0)
    assert states() == ["received"]


def test_an_unknown_id_fails(shop_a: TestShop) -> None:
    assert webhooks("replay", "--id", "4711", "--yes", shop=shop_a).code == 3


def test_the_admin_replays_for_who_may(shop_a: TestShop) -> None:
    stored = one("dead")
    page = "/admin/payments/providerevent/"
    action = {"action": "replay", "_selected_action": [str(stored.pk)]}
    staff_of(shop_a, "analyst")

    assert owner_of(shop_a).post(page, action).status_code == 302

    assert states() == ["received"]
    entry = AuditEntry.objects.get(action="repair.webhooks")
    assert entry.target_id == str(stored.pk)

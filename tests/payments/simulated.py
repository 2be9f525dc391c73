"""Shops in a test's own process, with accounts at the simulator: no web process, no worker.

Webhooks are taken from the account as it would send them, and put in by the test, in any order.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Max

from apps.payments import services as payments
from apps.payments.gateways import provider_of
from apps.payments.gateways.base import WebhookEnvelope
from apps.payments.gateways.gateway import Gateway
from apps.payments.models import PaymentAccount, ProviderEvent
from apps.shared import clock
from apps.shared.db import owns_transaction
from apps.shared.outbox.claim import claim_due
from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.models import EventDelivery
from tests.refunds.orders import work_off
from tests.support.tills import Till

Json = dict[str, Any]
WORKERS = ("apps.payments", "apps.checkout", "apps.refunds", "apps.finance.issue_")


def stored_line(code: str) -> Gateway:
    """The product's own line to the shop's account."""
    account = PaymentAccount.objects.get(provider=code)
    return provider_of(code).line({**account.settings, **account.secrets})


def put_in(till: Till, events: Iterable[Json]) -> None:
    """Store each of these events as the endpoint would, twice, and work on it before the next one
    comes; in the end on what was parked."""
    for event in events:
        for _ in range(2):
            _keep(till, event)
        _work_on_what_is_due()
    for _ in range(3):
        latest = ProviderEvent.objects.aggregate(at=Max("next_try_at"))["at"]
        payments.retry_provider_events(now=latest or clock.now() + timedelta(hours=1), most=100)
        work_off(WORKERS)


def _keep(till: Till, event: Json) -> bool:
    body = json.dumps(event).encode()
    name = str(event.get("id") or hash(body))
    return payments.store_provider_event(
        provider=till.code,
        envelope=WebhookEnvelope(event_id=name, event_type=till.event_type(event)),
        headers={},
        body=body,
        now=clock.now(),
    )


def _work_on_what_is_due() -> None:
    """What failed is not due again for seconds, as in life."""
    for _ in range(20):
        EventDelivery.objects.exclude(subscriber__regex="^(" + "|".join(WORKERS) + ")").delete()
        if not (handed := _claimed()):
            return
        for one in handed:
            deliver(one)
    raise AssertionError("events beget events without end")


@owns_transaction
def _claimed() -> list[Any]:
    by_queue = claim_due(now=clock.now(), limit=100)
    return [one for handed in by_queue.values() for one in handed]

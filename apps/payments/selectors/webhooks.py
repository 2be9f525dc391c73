"""What providers told, as it was stored."""

from datetime import datetime

from django.db.models import Q

from apps.payments.dto import WantedWebhooks
from apps.payments.models import ProviderEvent
from apps.payments.states import OPEN_WEBHOOKS, ProviderEventState
from apps.shared.audit.record import Target
from apps.shared.fast_rows import Lookup
from apps.shared.mending import Difference

_PROVIDER_EVENT = Lookup(ProviderEvent, "id = %s FOR UPDATE")


def provider_event_for_update(*, provider_event_id: int) -> ProviderEvent:
    """The stored webhook, locked."""
    found = _PROVIDER_EVENT.first(provider_event_id)
    if found is None:
        raise ProviderEvent.DoesNotExist
    return found


def due_provider_event_for_update(*, now: datetime) -> ProviderEvent | None:
    """The webhook that has been due for its next try for longest, locked. Those that another worker
    holds are passed over."""
    due = ProviderEvent.objects.select_for_update(skip_locked=True).filter(
        next_try_at__lte=now, state__in=OPEN_WEBHOOKS
    )
    return due.order_by("next_try_at", "id").first()


def some_webhooks(*, wanted: WantedWebhooks, limit: int | None = None) -> list[ProviderEvent]:
    """Stored webhooks without their bodies, the newest first. One statement."""
    known = {
        "pk__in": wanted.ids,
        "state__in": wanted.states,
        "provider": wanted.provider,
        "event_type": wanted.event_type,
        "received_at__gte": wanted.since,
        "received_at__lt": wanted.until,
    }
    found = ProviderEvent.objects.filter(**{name: one for name, one in known.items() if one})
    return list(found.defer("headers", "body").order_by("-id")[:limit])


def webhook_by_key(*, key: str) -> ProviderEvent | None:
    """By our number or the provider's id."""
    is_it = Q(event_id=key)
    if key.isdecimal() and len(key) < 19:
        is_it |= Q(pk=int(key))
    return ProviderEvent.objects.filter(is_it).order_by("id").first()


def difference_of_replay(
    stored: ProviderEvent, *, even_processed: bool = False
) -> Difference | None:
    """What working on it once more would change; None when it waits to be worked on anyway, or was
    worked on and not `even_processed`."""
    is_done = stored.state == ProviderEventState.PROCESSED
    if stored.state == ProviderEventState.RECEIVED or (is_done and not even_processed):
        return None
    return Difference(
        target=Target("webhook", str(stored.pk)),
        label=f"{stored.provider} {stored.event_type} {stored.event_id}",
        before={"state": stored.state, "attempts": stored.attempts, "outcome": stored.outcome},
        after={"state": str(ProviderEventState.RECEIVED), "attempts": 0, "outcome": ""},
        why="processed, and asked for again" if is_done else f"{stored.state}, and asked for again",
    )

"""Domain events and where they are on their way. Facts: shown, never edited."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.shared import clock
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery

from .bases import ReadOnlyAdmin
from .cards import Card, index_card
from .panels import Panel, link, make_panel

_OPEN = (DeliveryState.PENDING, DeliveryState.RUNNING)
_PATIENCE_SECONDS = 300


class DomainEventAdmin(ReadOnlyAdmin[DomainEvent]):
    """What happened, with what it set in motion."""

    list_display = ["name", "aggregate_type", "aggregate_id", "sequence", "actor", "occurred_at"]
    list_filter = ["aggregate_type", "occurred_at"]
    search_fields = ["=aggregate_id", "name__startswith", "=request_id"]
    search_help_text = "The object's id, a request id, or the beginning of the event's name"
    ordering = ["-id"]
    fields = [
        "name",
        "version",
        "aggregate_type",
        "aggregate_id",
        "sequence",
        "occurred_at",
        "actor",
        "request_id",
        "shown_payload",
    ]

    @admin.display(description="Payload")
    def shown_payload(self, event: DomainEvent) -> SafeString:
        return format_html(
            '<pre class="raw">{}</pre>', json.dumps(event.payload, indent=2, ensure_ascii=False)
        )

    def get_panels(self, request: HttpRequest, obj: DomainEvent) -> list[Panel]:
        rows = [
            {
                "Subscriber": link(one.subscriber, "admin:outbox_eventdelivery_change", one.pk),
                "Queue": one.queue,
                "State": one.get_state_display(),
                "Attempts": one.attempts,
                "Due": one.due_at if one.state in _OPEN else None,
                "Delivered": one.delivered_at,
                "Last error": one.last_error,
            }
            for one in obj.deliveries.order_by("id")
        ]
        return [make_panel("Deliveries", rows)]


class EventDeliveryAdmin(ReadOnlyAdmin[EventDelivery]):
    """One event on its way to one subscriber; `dead` ones wait for a person."""

    list_display = [
        "event_name",
        "subscriber",
        "queue",
        "state",
        "attempts",
        "due_at",
        "delivered_at",
    ]
    list_filter = ["state", "queue", "due_at"]
    list_select_related = ["event"]
    search_fields = ["subscriber", "event__name__startswith", "=event__aggregate_id"]
    search_help_text = "Subscriber, event name or the object's id"
    ordering = ["-id"]
    fields = [
        "event_link",
        "subscriber",
        "queue",
        "state",
        "attempts",
        "due_at",
        "delivered_at",
        "shown_error",
    ]

    @admin.display(description="Event", ordering="event__name")
    def event_name(self, delivery: EventDelivery) -> str:
        return delivery.event.name

    @admin.display(description="Event")
    def event_link(self, delivery: EventDelivery) -> SafeString:
        event: Any = delivery.event
        return link(str(event), "admin:outbox_domainevent_change", event.pk)

    @admin.display(description="Last error")
    def shown_error(self, delivery: EventDelivery) -> SafeString | str:
        if not delivery.last_error:
            return ""
        return format_html('<pre class="raw">{}</pre>', delivery.last_error)


def events_waiting() -> Card:
    """Deliveries that are not done, by the index of what is due."""
    waiting = EventDelivery.objects.filter(state__in=_OPEN)
    oldest = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    late = oldest is not None and (clock.now() - oldest).total_seconds() > _PATIENCE_SECONDS
    url = f"{reverse('admin:outbox_eventdelivery_changelist')}?state__exact=pending"
    hint = "late: is the worker running?" if late else "on their way"
    return Card(str(waiting.count()), hint=hint, url=url, alarming=late)


for _site in ("shop", "platform"):
    index_card("Events waiting", permission="outbox.view_eventdelivery", place=90, on=_site)(
        events_waiting
    )


def register(site: admin.AdminSite) -> None:
    """Put the pages of the outbox on either admin."""
    site.register(DomainEvent, DomainEventAdmin)
    site.register(EventDelivery, EventDeliveryAdmin)

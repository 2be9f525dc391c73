"""Domain events and where they are on their way. Facts: shown, never edited."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.shared import clock
from apps.shared.events import EVENT_TYPES, subscriber_keys
from apps.shared.ids import key_behind
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from apps.shared.outbox.requeue import requeue_delivery

from . import people
from .bases import ReadOnlyAdmin
from .cards import Card, index_card
from .panels import Panel, link, make_panel

_OPEN = (DeliveryState.PENDING, DeliveryState.RUNNING)
_PATIENCE_SECONDS = 300
who = people.person_column("actor", "Who")


class EventNameFilter(admin.SimpleListFilter):
    """The events that the code knows; others are found by typing."""

    title, parameter_name = "event", "event_name"
    column = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(EVENT_TYPES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class DeliveredEventFilter(EventNameFilter):
    column = "event__name"


class SubscriberFilter(EventNameFilter):
    title = parameter_name = column = "subscriber"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, key) for key in subscriber_keys()]


class DomainEventAdmin(ReadOnlyAdmin[DomainEvent]):
    """What happened, with what it set in motion."""

    list_display = ["name", "aggregate_type", "aggregate", "sequence", who, "occurred_at"]
    list_filter = [EventNameFilter, "aggregate_type", "occurred_at"]
    search_fields = ["=aggregate_id", "name__startswith", "=request_id"]
    search_help_text = "The object's id, a request id, or the beginning of the event's name"
    ordering = ["-id"]
    fields = [
        "name",
        "version",
        "aggregate_type",
        "aggregate",
        "sequence",
        "occurred_at",
        who,
        "request_id",
        "shown_payload",
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DomainEvent], search_term: str
    ) -> tuple[QuerySet[DomainEvent], bool]:
        """As Django's; a public id finds what happened to it."""
        if (key := key_behind(search_term.strip())) is not None:
            return queryset.filter(Q(aggregate_id=str(key)) | Q(request_id=search_term)), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Aggregate", ordering="aggregate_id")
    def aggregate(self, event: DomainEvent) -> str:
        return event.shown_aggregate

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
    list_filter = [
        "state",
        SubscriberFilter,
        DeliveredEventFilter,
        "queue",
        ("event__occurred_at", admin.DateFieldListFilter),
    ]
    actions = ["send_again", "send_done_again"]
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

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("outbox.change_eventdelivery"))

    @admin.action(description="Send again what is dead or stuck", permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[EventDelivery]) -> None:
        self._send(request, queryset, even_done=False)

    @admin.action(description="Send again, even what is done", permissions=["replay"])
    def send_done_again(self, request: HttpRequest, queryset: QuerySet[EventDelivery]) -> None:
        self._send(request, queryset, even_done=True)

    def _send(
        self, request: HttpRequest, queryset: QuerySet[EventDelivery], *, even_done: bool
    ) -> None:
        keys, now = sorted(queryset.values_list("pk", flat=True)), clock.now()
        sent = [
            requeue_delivery(delivery_id=key, now=now, even_done=even_done) is not None
            for key in keys
        ]
        left = len(sent) - sum(sent)
        told = f"{sum(sent)} sent again." + (f" {left} left alone: done or under way." * bool(left))
        messages.add_message(request, messages.SUCCESS if any(sent) else messages.WARNING, told)

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

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.payments import services
from apps.payments.models import ProviderEvent
from apps.payments.readable import readable_body, readable_headers
from apps.shared import clock
from apps.shared.admin.bases import ReadOnlyAdmin


class ProviderEventAdmin(ReadOnlyAdmin[ProviderEvent]):
    """Webhooks as they came. Bodies are other people's text: shown escaped, without secrets."""

    list_display = [
        "event_type",
        "event_id",
        "provider",
        "state",
        "outcome",
        "received_at",
        "processed_at",
    ]
    list_filter = ["state", "provider", "received_at"]
    search_fields = ["=event_id", "event_type__startswith"]
    search_help_text = "The provider's event id, or the beginning of the type"
    fields = [
        "provider",
        "account",
        "event_type",
        "event_id",
        "state",
        "outcome",
        "received_at",
        "processed_at",
        "attempts",
        "next_try_at",
        "shown_headers",
        "shown_body",
    ]

    actions = ["replay"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payments.change_providerevent"))

    @admin.action(description="Work on them once more", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[ProviderEvent]) -> None:
        """On record, each of them; those that wait to be worked on are left alone."""
        keys, now = sorted(queryset.values_list("pk", flat=True)), clock.now()
        done = [
            services.replay_provider_event(provider_event_id=key, now=now, even_processed=True)
            for key in keys
        ]
        replayed = sum(one is not None for one in done)
        left = len(done) - replayed
        told = f"{replayed} are worked on once more." + f" {left} wait for that anyway." * bool(
            left
        )
        messages.add_message(request, messages.SUCCESS if replayed else messages.WARNING, told)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderEvent]:
        return super().get_queryset(request).defer("headers", "body")

    @admin.display(description="Headers")
    def shown_headers(self, event: ProviderEvent) -> SafeString:
        return _preformatted(readable_headers(event.headers))

    @admin.display(description="Body")
    def shown_body(self, event: ProviderEvent) -> SafeString:
        return _preformatted(readable_body(bytes(event.body)))


def _preformatted(text: str) -> SafeString:
    return format_html('<pre class="raw">{}</pre>', text)

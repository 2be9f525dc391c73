import json
import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.payments.models import ProviderEvent
from apps.shared.admin.bases import ReadOnlyAdmin

HIDDEN = "•••• hidden"
LONGEST_SHOWN = 65_536
# Whoever has one of these can act on the payment, or forge a webhook within its tolerance.
_SECRET_NAME = re.compile(r"secret|signature|authorization|token|api_key", re.IGNORECASE)
_SECRET_MEMBER = re.compile(
    r'("[^"]*(?:secret|signature|authorization|token|api_key)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?',
    re.IGNORECASE,
)


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
        "shown_headers",
        "shown_body",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderEvent]:
        return super().get_queryset(request).defer("headers", "body")

    @admin.display(description="Headers")
    def shown_headers(self, event: ProviderEvent) -> SafeString:
        return _preformatted(_readable(event.headers))

    @admin.display(description="Body")
    def shown_body(self, event: ProviderEvent) -> SafeString:
        return _preformatted(readable_body(bytes(event.body)))


def readable_body(body: bytes) -> str:
    """The body indented when it is JSON and as it is when not, shortened, secrets masked."""
    text = body[:LONGEST_SHOWN].decode(errors="replace")
    shortened = f"\n… {len(body)} bytes in all" if len(body) > LONGEST_SHOWN else ""
    try:
        return _readable(json.loads(text))
    except (ValueError, RecursionError):
        return _SECRET_MEMBER.sub(rf'\1"{HIDDEN}"', text) + shortened


def _readable(value: Any) -> str:
    return json.dumps(_without_secrets(value), indent=2, ensure_ascii=False)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if inner and _SECRET_NAME.search(name) else _without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value


def _preformatted(text: str) -> SafeString:
    return format_html('<pre class="raw">{}</pre>', text)

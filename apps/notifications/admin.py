"""What we told whom, to look at."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.notifications import services
from apps.notifications.models import Message
from apps.notifications.states import MessageStatus
from apps.shared import clock
from apps.shared.admin.bases import ReadOnlyAdmin


class MessageAdmin(ReadOnlyAdmin[Message]):
    """Messages and whether they went out. The text is shown, the HTML is not rendered.

    Withheld are those of a restored shop that their recipients may have had already.
    """

    list_display = ["created_at", "kind", "recipient", "subject", "status", "sent_at"]
    list_filter = ["status", "kind", "created_at"]
    search_fields = ["=recipient", "=dedupe_key", "=provider_message_id"]
    search_help_text = "Recipient, id (msg_…) or Message-ID"
    fields = [
        "public_id",
        "kind",
        "status",
        "recipient",
        "subject",
        "body_text",
        "attached",
        "provider_message_id",
        "dedupe_key",
        "created_at",
        "sent_at",
    ]

    actions = ["release"]

    def has_release_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_message"))

    @admin.action(description="Send what is withheld", permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """On record, each of them; others are left alone."""
        now = clock.now()
        withheld = queryset.filter(status=MessageStatus.WITHHELD).order_by("pk")
        keys = list(withheld.values_list("pk", flat=True))
        for key in keys:
            services.release_message(message_id=key, now=now)
        level = messages.SUCCESS if keys else messages.WARNING
        messages.add_message(request, level, f"{len(keys)} are on their way.")

    @admin.display(description="Attachments")
    def attached(self, message: Message) -> str:
        return ", ".join(one["name"] for one in message.attachments)


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Message, MessageAdmin)

"""What we told whom, to look at."""

from django.contrib import admin

from apps.notifications.models import Message
from apps.shared.admin.bases import ReadOnlyAdmin


class MessageAdmin(ReadOnlyAdmin[Message]):
    """Messages and whether they went out. The text is shown, the HTML is not rendered."""

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

    @admin.display(description="Attachments")
    def attached(self, message: Message) -> str:
        return ", ".join(one["name"] for one in message.attachments)


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Message, MessageAdmin)

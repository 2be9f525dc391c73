"""What we told whom."""

from datetime import datetime

from django.db import models

from apps.shared.fast_rows import write
from apps.shared.models import Identified

from .states import MESSAGE, Channel, MessageStatus


class Message(Identified):
    """One message to one recipient; `dedupe_key` says what it must not be doubled with."""

    id_prefix = "msg"

    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    kind = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=200, unique=True)
    recipient = models.CharField(max_length=320)
    subject = models.CharField(max_length=255)
    body_text = models.TextField()
    body_html = models.TextField(blank=True)
    attachments = models.JSONField(
        default=list, blank=True, help_text="Paths in private storage: [{path, name, mimetype}]."
    )
    status = models.CharField(
        max_length=10, choices=MessageStatus.choices, default=MessageStatus.QUEUED
    )
    is_released = models.BooleanField(
        default=False, db_default=False, help_text="Somebody decided that it is sent."
    )
    provider_message_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=MessageStatus.values), name="message_status_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"

    def move_to(self, target: MessageStatus, *, now: datetime, **fields: str | bool) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        MESSAGE.check(self.status, target)
        self.status = target
        if target is MessageStatus.SENT:
            self.sent_at = now
        for field, value in fields.items():
            setattr(self, field, value)
        write(self, ["status", "sent_at", *fields])

from django.db import models

from apps.shared.states import StateMachine


class Channel(models.TextChoices):
    EMAIL = "email"


class MessageStatus(models.TextChoices):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


MESSAGE = StateMachine(
    name="message",
    initial=MessageStatus.QUEUED,
    transitions={
        MessageStatus.QUEUED: frozenset({MessageStatus.SENT, MessageStatus.FAILED}),
        MessageStatus.FAILED: frozenset({MessageStatus.QUEUED}),
        MessageStatus.SENT: frozenset(),
    },
)

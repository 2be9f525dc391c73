from django.db import models

from apps.shared.states import StateMachine


class Channel(models.TextChoices):
    EMAIL = "email"


class MessageStatus(models.TextChoices):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    WITHHELD = "withheld"


MESSAGE = StateMachine(
    name="message",
    initial=MessageStatus.QUEUED,
    transitions={
        MessageStatus.QUEUED: frozenset(
            {
                MessageStatus.SENT,
                MessageStatus.FAILED,
                MessageStatus.WITHDRAWN,
                MessageStatus.WITHHELD,
            }
        ),
        # Its recipient may have had it before the shop was restored: somebody decides.
        MessageStatus.WITHHELD: frozenset({MessageStatus.QUEUED, MessageStatus.WITHDRAWN}),
        MessageStatus.FAILED: frozenset({MessageStatus.QUEUED}),
        MessageStatus.SENT: frozenset(),
        # What it says was not true any more before it was sent.
        MessageStatus.WITHDRAWN: frozenset(),
    },
)

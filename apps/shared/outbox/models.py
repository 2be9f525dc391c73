"""Events and their deliveries, in the schema of the change they tell of."""

from django.db import models

from apps.shared.ids import new_id, shown_id


class DomainEvent(models.Model):
    """A fact, written in the transaction that made it. Rows are never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    version = models.PositiveSmallIntegerField()
    aggregate_type = models.CharField(max_length=40)
    aggregate_id = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField()
    payload = models.JSONField()
    request_id = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=80, blank=True)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["aggregate_type", "aggregate_id", "sequence"], name="domain_event_sequence"
            ),
        ]
        indexes = [models.Index(fields=["occurred_at"], name="domain_event_occurred")]

    def __str__(self) -> str:
        return f"{self.name} #{self.sequence} of {self.shown_aggregate}"

    @property
    def shown_aggregate(self) -> str:
        """What it happened to, as people know it."""
        return shown_id(self.aggregate_type, self.aggregate_id)


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class EventDelivery(models.Model):
    """One event on its way to one subscriber: its own attempts, lease and done-mark.

    `token` changes whenever the delivery changes hands: a worker may act on it only while the
    token is still the one it was handed. `attempts` counts how often a handler was begun; a message
    that is lost or waits in a queue is no attempt.
    """

    # Found by `event_delivery_once`: an index of its own would only be written.
    event = models.ForeignKey(
        DomainEvent, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    subscriber = models.CharField(max_length=150)
    queue = models.CharField(max_length=20)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(
        help_text="When to try (pending) or when the worker's lease ends (running)."
    )
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "event deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="event_delivery_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=DeliveryState.values), name="event_delivery_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "due_at"],
                name="event_delivery_due_in_queue",
                condition=models.Q(state__in=["pending", "running"]),
            ),
            # They are few, and asked for by people among millions that are done.
            models.Index(
                fields=["id"], name="event_delivery_dead", condition=models.Q(state="dead")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} ({self.state})"

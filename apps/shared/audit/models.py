"""Who did what: rows are added, never altered, and outlive what they tell of."""

from django.db import models


class AuditEntry(models.Model):
    """One critical action, written in the transaction that did it.

    `before` and `after` hold what the action changed, primitives only and no secrets. A trigger
    refuses UPDATE and TRUNCATE, and DELETE of what is younger than 365 days: retention may prune
    what is older.
    """

    id = models.BigAutoField(primary_key=True)
    action = models.CharField(max_length=60)
    actor = models.CharField(max_length=80)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    why = models.CharField(max_length=500, blank=True)
    origin = models.CharField(
        max_length=64, help_text="The caller's address, or command, or worker."
    )
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["target_type", "target_id"], name="audit_entry_target"),
            models.Index(fields=["action", "-id"], name="audit_entry_action"),
            models.Index(fields=["actor", "-id"], name="audit_entry_actor"),
            models.Index(fields=["at"], name="audit_entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.target_type} {self.target_id} by {self.actor}"

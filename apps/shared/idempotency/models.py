"""Stored outcomes of keyed requests."""

from django.db import models


class IdempotencyRecord(models.Model):
    """What a keyed request was answered (IDEM-001…007).

    `scope` is SHA-256 over credential, method, path and key; the tenant is the schema. While
    `status_code` is empty a request of several transactions is under way, until `locked_until`.
    """

    id = models.BigAutoField(primary_key=True)
    scope = models.BinaryField(max_length=32, unique=True)
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=500)
    fingerprint = models.BinaryField(max_length=32)
    status_code = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_created")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"

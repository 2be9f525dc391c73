"""What the checks found last. In `public`, so that one statement tells of all shops."""

from django.db import models


class InvariantResult(models.Model):
    """The latest result of one check on one shop; `error` says why it could not be run."""

    id = models.BigAutoField(primary_key=True)
    schema_name = models.CharField(max_length=63)
    check_name = models.CharField(max_length=100)
    violations = models.PositiveBigIntegerField()
    sample = models.JSONField(default=list)
    error = models.TextField(blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schema_name", "check_name"], name="invariant_result_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.schema_name} {self.check_name}: {self.violations}"

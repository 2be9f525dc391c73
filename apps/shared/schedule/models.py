"""Whose turn it is with the work that every shop has done by the clock."""

from django.db import models


class ScheduledRun(models.Model):
    """The latest run of a job in one shop. Lives in `public` only.

    `job` and `schema_name` are the key, and each period takes the row over from the one before: a
    period is run once, however many beats and messages ask for it. `token` changes whenever the run
    changes hands: only who holds it may say that it is done.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.CharField(max_length=60)
    schema_name = models.CharField(max_length=63)
    period = models.DateTimeField(help_text="When the period began.")
    token = models.PositiveBigIntegerField()
    leased_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "schema_name"], name="scheduled_run_once")
        ]

    def __str__(self) -> str:
        return f"{self.job} in {self.schema_name}, {self.period:%Y-%m-%d %H:%M:%S}"

"""Which schemas have deliveries to make, so that nobody has to look into thousands of idle ones."""

from django.db import models


class Wakeup(models.Model):
    """Look into `schema_name`, for deliveries by `queue`, once `due_at` has come.

    Lives in `public` only. Rows are only ever added and taken away, never updated: writers of one
    shop do not wait for each other. Without a queue it is about all of them.
    """

    id = models.BigAutoField(primary_key=True)
    schema_name = models.CharField(max_length=63)
    queue = models.CharField(max_length=20, blank=True, default="", db_default="")
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["schema_name", "due_at"], name="wakeup_of_schema")]

    def __str__(self) -> str:
        return f"{self.schema_name} at {self.due_at:%H:%M:%S}"


class Backlog(models.Model):
    """What a relay last saw on its way in a schema; idle ones have no row. In `public` only."""

    schema_name = models.CharField(max_length=63, primary_key=True)
    deliveries = models.PositiveIntegerField(help_text="Pending or running.")
    oldest_at = models.DateTimeField(help_text="When the oldest of their events happened.")
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.deliveries} in {self.schema_name}"

"""Figures kept for the admin's first page: a copy, made from orders and books, that may lag."""

from django.db import models
from django.db.models import Q

from apps.shared.models import currency_field


class DayFigures(models.Model):
    """What happened on one of the shop's days, in one currency (Figures of apps.reports.dto)."""

    id = models.BigAutoField(primary_key=True)
    on = models.DateField("day", help_text="In the shop's time zone.")
    currency = currency_field()
    placed_count = models.PositiveIntegerField("orders placed")
    paid_count = models.PositiveIntegerField("orders paid")
    gross_amount = models.BigIntegerField()
    tax_amount = models.BigIntegerField()
    refund_count = models.IntegerField("refunds")
    refunded_amount = models.BigIntegerField()

    class Meta:
        ordering = ["-on", "currency"]
        verbose_name = verbose_name_plural = "daily figures"
        constraints = [
            models.UniqueConstraint(fields=["on", "currency"], name="day_figures_once_a_currency")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.currency}"


class Touch(models.Model):
    """A moment whose day must be counted again; gone once it has been.

    One row per event, though many name the same day: nobody waits for anybody to write it.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.at)


class Progress(models.Model):
    """The one row that whoever writes figures holds locked: it says how far they go."""

    singleton = models.BooleanField(primary_key=True, default=True, editable=False)
    time_zone = models.CharField(max_length=64, blank=True)
    counted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(singleton=True), name="figures_progress_one_row")
        ]

    def __str__(self) -> str:
        return f"until {self.counted_until}"

"""How a shop presents itself and works; one row in each tenant's schema."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.shared.models import currency_field

BASIS_POINTS = 10_000
MOST_REMINDER_MINUTES = 7 * 24 * 60
MOST_CART_DAYS = 3_650


class ShopSettings(models.Model):
    """The one row of settings; made when the shop is."""

    singleton = models.BooleanField(primary_key=True, default=True, editable=False)
    name = models.CharField(max_length=120)
    currency = currency_field()
    country = models.CharField(max_length=2, default="US", help_text="ISO 3166-1 alpha-2")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=8, default="en")
    contact_email = models.EmailField()
    legal_name = models.CharField(max_length=200, blank=True)
    legal_address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    tax_rate_bp = models.PositiveSmallIntegerField(
        "tax rate",
        default=0,
        validators=[MaxValueValidator(BASIS_POINTS)],
        help_text="In basis points: 750 is 7.5 %. One flat rate per shop.",
    )
    prices_include_tax = models.BooleanField(default=True)
    order_expiry_minutes = models.PositiveIntegerField(default=60)
    payment_reminder_minutes = models.PositiveIntegerField(
        default=30,
        db_default=30,
        validators=[MaxValueValidator(MOST_REMINDER_MINUTES)],
        help_text=(
            "How long before an unpaid order expires its buyer is reminded by mail, but not "
            "in the first half of its time; 0: never."
        ),
    )
    cart_expiry_days = models.PositiveSmallIntegerField(
        default=90,
        db_default=90,
        validators=[MaxValueValidator(MOST_CART_DAYS)],
        help_text="Carts that nobody has changed for so many days are deleted; 0: never.",
    )
    backorder_limit = models.PositiveIntegerField(
        default=100,
        help_text="How far below zero a variant with policy “continue” may be sold.",
    )
    low_stock_threshold = models.PositiveIntegerField(
        default=5,
        db_default=5,
        help_text="Stock is low when no more than this can be sold; for new stock items.",
    )
    refund_approval_threshold_amount = models.BigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=(
            "In minor units. Refunds of one order that come to more than this together need a "
            "second person; empty: none does."
        ),
    )

    backup_taken_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Of the backup that the shop came from."
    )
    restored_at = models.DateTimeField(null=True, blank=True, editable=False)
    withholds_messages = models.BooleanField(
        "withhold messages about orders from before the restore",
        default=False,
        db_default=False,
        help_text=(
            "After the shop came back from a backup: their buyers may have had them already. Each "
            "can be sent under Messages."
        ),
    )

    class Meta:
        verbose_name_plural = "shop settings"
        constraints = [
            models.CheckConstraint(condition=models.Q(singleton=True), name="shop_settings_one_row")
        ]

    def __str__(self) -> str:
        return self.name

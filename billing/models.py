"""What tenants pay for: plans, what they allow, and who has which. Lives in `public`."""

from django.db import models
from django.db.models import Q

from apps.shared.ids import public_id
from apps.shared.models import currency_field
from tenants.models import Tenant

from .states import BillingInterval, SubscriptionStatus


class Plan(models.Model):
    """Something that a tenant can subscribe to."""

    id = models.BigAutoField(primary_key=True)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    is_public = models.BooleanField(default=True)
    trial_days = models.PositiveSmallIntegerField(default=14)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class PlanPrice(models.Model):
    """What a plan costs per interval, in minor units."""

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="prices")
    interval = models.CharField(max_length=5, choices=BillingInterval.choices)
    amount = models.BigIntegerField()
    currency = currency_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "interval", "currency"], name="plan_price_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="plan_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.amount} {self.currency} per {self.interval}"


class Feature(models.Model):
    """Something that plans grant or limit, e.g. `max_products`."""

    id = models.BigAutoField(primary_key=True)
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class PlanFeature(models.Model):
    """A feature in a plan; no `limit_value` means without limit."""

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="features")
    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="+")
    limit_value = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "feature"], name="plan_feature_once")
        ]

    def __str__(self) -> str:
        return f"{self.feature_id}: {'∞' if self.limit_value is None else self.limit_value}"


class Subscription(models.Model):
    """A tenant's plan and how it stands; one per tenant."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, related_name="subscription")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(
        max_length=10, choices=SubscriptionStatus.choices, default=SubscriptionStatus.TRIALING
    )
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SubscriptionStatus.values), name="subscription_status_known"
            )
        ]

    def __str__(self) -> str:
        return f"{public_id('ten', self.tenant_id)}: {self.status}"

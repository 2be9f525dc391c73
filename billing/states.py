from django.db import models

from apps.shared.states import StateMachine


class SubscriptionStatus(models.TextChoices):
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELLED = "cancelled"


SUBSCRIPTION = StateMachine(
    name="subscription",
    initial=SubscriptionStatus.TRIALING,
    transitions={
        SubscriptionStatus.TRIALING: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELLED}
        ),
        SubscriptionStatus.ACTIVE: frozenset(
            {SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELLED}
        ),
        SubscriptionStatus.PAST_DUE: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.UNPAID, SubscriptionStatus.CANCELLED}
        ),
        SubscriptionStatus.UNPAID: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED}
        ),
        SubscriptionStatus.CANCELLED: frozenset({SubscriptionStatus.ACTIVE}),
    },
)


class BillingInterval(models.TextChoices):
    MONTH = "month"
    YEAR = "year"

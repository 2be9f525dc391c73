"""Money and references: attempts to collect it, and what the providers told us."""

from apps.payments.models.accounts import PaymentAccount
from apps.payments.models.disputes import PaymentDispute
from apps.payments.models.intents import PaymentCapture, PaymentIntent
from apps.payments.models.provider_events import ProviderEvent

__all__ = ["PaymentAccount", "PaymentCapture", "PaymentDispute", "PaymentIntent", "ProviderEvent"]

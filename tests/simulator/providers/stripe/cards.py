"""Stripe's test payment methods and what becomes of a payment made with them.

Source: https://docs.stripe.com/testing. The older names of the declining cards, without the
brand, are accepted too.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decline:
    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Card:
    """``refund``: what a refund to this card becomes after a moment, when not plain success."""

    brand: str
    last4: str
    decline: Decline | None = None
    authenticate: bool = False
    refund: str | None = None
    country: str = "US"


_DECLINED = "Your card was declined."
_GENERIC = Decline("card_declined", "generic_decline", _DECLINED)
_LOST = Decline("card_declined", "lost_card", _DECLINED)
_STOLEN = Decline("card_declined", "stolen_card", _DECLINED)
_FRAUD = Decline("card_declined", "fraudulent", _DECLINED)
_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
_VELOCITY = Decline("card_declined", "card_velocity_exceeded", _DECLINED)
_EXPIRED = Decline("expired_card", None, "Your card has expired.")
_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.")
_PROCESSING = Decline(
    "processing_error",
    None,
    "An error occurred while processing your card. Try again in a little bit.",
)

_VISA_DECLINES = {
    "chargeDeclined": ("0002", _GENERIC),
    "chargeDeclinedInsufficientFunds": ("9995", _FUNDS),
    "chargeDeclinedLostCard": ("9987", _LOST),
    "chargeDeclinedStolenCard": ("9979", _STOLEN),
    "chargeDeclinedFraudulent": ("0019", _FRAUD),
    "chargeDeclinedVelocityLimitExceeded": ("6975", _VELOCITY),
    "chargeDeclinedExpiredCard": ("0069", _EXPIRED),
    "chargeDeclinedIncorrectCvc": ("0127", _CVC),
    "chargeDeclinedProcessingError": ("0119", _PROCESSING),
}

TEST_CARDS: dict[str, Card] = {
    "pm_card_visa": Card("visa", "4242"),
    "pm_card_visa_debit": Card("visa", "5556"),
    "pm_card_mastercard": Card("mastercard", "4444"),
    "pm_card_amex": Card("amex", "8431"),
    "pm_card_de": Card("visa", "0004", country="DE"),
    "pm_card_gb": Card("visa", "0000", country="GB"),
    "pm_card_authenticationRequired": Card("visa", "3184", authenticate=True),
    "pm_card_authenticationRequiredOnSetup": Card("visa", "3155", authenticate=True),
    "pm_card_threeDSecure2Required": Card("visa", "3220", authenticate=True),
    "pm_card_threeDSecureRequired": Card("visa", "3063", authenticate=True),
    "pm_card_threeDSecureRequiredChargeDeclined": Card("visa", "1629", _GENERIC, True),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "visa", "9235", _FUNDS, True
    ),
    "pm_card_refundFail": Card("visa", "5126", refund="failed"),
    "pm_card_pendingRefund": Card("visa", "7726", refund="pending"),
}
for _name, (_last4, _decline) in _VISA_DECLINES.items():
    TEST_CARDS[f"pm_card_{_name}"] = Card("visa", _last4, _decline)
    TEST_CARDS[f"pm_card_visa_{_name}"] = TEST_CARDS[f"pm_card_{_name}"]

CARDS_BY_LAST4 = {card.last4: card for card in TEST_CARDS.values()}

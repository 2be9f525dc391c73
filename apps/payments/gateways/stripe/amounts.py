"""Stripe's amounts: minor units as in ISO 4217, with Stripe's own exceptions.

Source: https://docs.stripe.com/currencies (zero-decimal and special-case currencies), API version
2026-10-28: ISK and UGX have two decimals there, though ISO 4217 gives them none; of three-decimal
currencies the last digit must be 0.
"""

from apps.payments.gateways.amounts import MinorUnits

AMOUNTS = MinorUnits(digits={"ISK": 2, "UGX": 2}, in_tens={"BHD", "JOD", "KWD", "OMR", "TND"})

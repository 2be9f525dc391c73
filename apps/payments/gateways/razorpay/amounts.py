"""Razorpay's amounts: whole numbers of the currency's smallest unit, as in ISO 4217.

Source: https://razorpay.com/docs/payments/international-payments/#supported-currencies: JPY and the
like have no decimals; three-decimal currencies must end in 0.
"""

from apps.payments.gateways.amounts import MinorUnits

AMOUNTS = MinorUnits(in_tens={"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

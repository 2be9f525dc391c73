"""Amounts in a KHQR code (EMV tag 54): decimal text, USD with two decimals, KHR without.

Source: National Bank of Cambodia, KHQR Content Guideline v1.4: riel are whole, though ISO 4217
gives them two decimals.
"""

from apps.payments.gateways.amounts import DecimalText

AMOUNTS = DecimalText(digits={"KHR": 0}, currencies=frozenset({"KHR", "USD"}))

"""PayPal's amounts: decimal text in major units, in the currencies that PayPal takes.

Source: https://developer.paypal.com/api/rest/reference/currency-codes/: of these
currencies HUF, JPY and TWD have no decimals there.
"""

from apps.payments.gateways.amounts import DecimalText

AMOUNTS = DecimalText(
    digits={"HUF": 0, "JPY": 0, "TWD": 0},
    currencies=frozenset(
        "AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF "
        "THB USD".split()
    ),
)

"""Payments in the states that tests start from."""

from typing import Any

import stripe

SHOP_PAGE = "https://shop.example/return"


def open_intent(client: stripe.StripeClient, amount: int = 1000, **more: Any) -> Any:
    params: Any = {"amount": amount, "currency": "usd", **more}
    return client.v1.payment_intents.create(params)


def paid_intent(
    client: stripe.StripeClient, amount: int = 1000, card: str = "pm_card_visa", **more: Any
) -> Any:
    return open_intent(
        client, amount, payment_method=card, confirm=True, return_url=SHOP_PAGE, **more
    )


def confirmed(client: stripe.StripeClient, intent: Any, card: str) -> Any:
    return client.v1.payment_intents.confirm(
        intent.id, {"payment_method": card, "return_url": SHOP_PAGE}
    )

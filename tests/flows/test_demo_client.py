"""`manage.py demo_purchase` in a shop that offers another provider first."""

from typing import Any

import pytest

from apps.demo.http import StepFailed, Storefront
from apps.demo.purchase import buy

MONEY = {"amount": 100, "currency": "USD"}
VARIANT = {"id": "var_1", "sku": "S", "quantity_available": 5, "price": MONEY}
ANSWERS: dict[str, Any] = {
    "list products": {"data": [{"id": "prod_1", "handle": "hat", "available": True}]},
    "look at hat": {"variants": [VARIANT]},
    "make a cart": {"id": "cart_1", "token": "t"},
    "add 1 × S": {},
    "list shipping methods": {"data": [{"id": "ship_1"}]},
    "address and shipping": {"id": "cart_1", "totals": {"total": MONEY}},
    "complete the cart": {"id": "ord_1", "token": "t"},
}


class Recorded(Storefront):
    """Answers up to the payment, and keeps what was asked for there."""

    asked: Any = None

    def call(self, title: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if title == "start the payment":
            self.asked = body
            raise StepFailed(title)
        return ANSWERS[title]


def test_it_pays_by_the_provider_whose_form_it_plays() -> None:
    shop = Recorded(host="shop.example", port=1, say=print)
    with pytest.raises(StepFailed):
        buy(shop, provider_url="http://127.0.0.1:1", email="ada@shopper.example")
    assert shop.asked == {"provider": "stripe"}

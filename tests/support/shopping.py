"""A shopper's steps through the API."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from apps.catalog.models import Variant
from apps.payments import services as payments
from tests.support.client import ShopClient
from tests.support.goods import flat_rate

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


@dataclass(frozen=True)
class OpenCart:
    """A cart and a client that carries its token."""

    id: str
    client: ShopClient

    def complete(self, body: Any = None, **headers: str) -> HttpResponse:
        """Turn it into an order."""
        return self.client.post(f"carts/{self.id}/complete", body, **headers)


def new_cart(
    client: ShopClient, *goods: tuple[Variant, int], email: str = "ada@shopper.example"
) -> OpenCart:
    """A guest's cart with these goods, ready to be completed."""
    made = client.post("carts", {"email": email})
    assert made.status_code == 201, made.content
    cart = made.json()
    opened = OpenCart(cart["id"], client.with_headers(cart_token=cart["token"]))
    for variant, quantity in goods:
        line = {"variant": variant.public_id, "quantity": quantity}
        answer = opened.client.post(f"carts/{opened.id}/lines", line)
        assert answer.status_code == 201, answer.content
    changes = {"shipping_address": ADDRESS, "shipping_method": flat_rate().public_id}
    answer = opened.client.patch(f"carts/{opened.id}", changes)
    assert answer.status_code == 200, answer.content
    return opened


def connect_payments(account: str = "test") -> str:
    """Give the shop a Stripe account; returns the webhook's secret."""
    secret = f"whsec_{account}"
    payments.save_account(
        provider="stripe",
        values={
            "secret_key": f"sk_test_{account}",
            "publishable_key": f"pk_test_{account}",
            "webhook_secret": secret,
        },
    )
    return secret

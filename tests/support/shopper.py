"""A shopper on the running platform: everything over HTTP, paid at the simulator."""

import itertools
from dataclasses import dataclass
from typing import Any

from apps.catalog.models import Variant
from tests.support.live_shops import LiveShop
from tests.support.shopping import ADDRESS
from tests.support.storefront import Answer, Storefront
from tests.support.waiting import eventually

VISA = "pm_card_visa"
DECLINED = "pm_card_visa_chargeDeclined"
_numbers = itertools.count(1)

Json = dict[str, Any]


@dataclass(frozen=True)
class FilledCart:
    """A cart that lacks nothing, and a client that carries its token."""

    id: str
    client: Storefront

    def complete(self, body: Any = None, **headers: str) -> Answer:
        return self.client.post(f"carts/{self.id}/complete", body, **headers)


@dataclass(frozen=True)
class PlacedOrder:
    """An order, and a client that carries its token."""

    shop: LiveShop
    id: str
    email: str
    total: int
    client: Storefront

    def look(self) -> Json:
        """The order as it is now."""
        return _expect(200, self.client.get(f"orders/{self.id}"))

    def payment(self) -> Json:
        """The one payment as it is now."""
        [found] = _expect(200, self.client.get(f"orders/{self.id}/payments"))["data"]
        return dict(found)

    def start_payment(self, **headers: str) -> Json:
        return _expect(201, self.client.post(f"orders/{self.id}/payments", **headers))

    def confirm(self, payment: Json, card: str = VISA) -> Json:
        """Pay as the shopper's browser does; the intent, or Stripe's error."""
        return self.shop.platform.simulator.confirm(
            self.shop.account,
            payment["provider_reference"],
            payment["client"]["client_secret"],
            card,
        )

    def pay(self, card: str = VISA) -> Json:
        """Start the payment and confirm it; returns the payment as it was started."""
        payment = self.start_payment()
        confirmed = self.confirm(payment, card)
        assert confirmed.get("status") == "succeeded", confirmed
        return payment

    def invoice(self) -> Json | None:
        """The invoice, once there is one."""
        answer = self.client.get(f"orders/{self.id}/invoice")
        if answer.status_code == 404:
            return None
        return _expect(200, answer)

    def mails(self) -> list[Json]:
        """What the sink has for the shopper."""
        return self.shop.platform.simulator.mails(to=self.email)

    def wait_until_paid(self, seconds: float = 30.0) -> Json:
        def paid() -> Json | None:
            order = self.look()
            return order if order["status"] == "paid" else None

        found = eventually(paid, seconds=seconds, what=f"{self.id} is paid")
        assert found is not None
        return found

    def wait_for_mail(self, seconds: float = 30.0) -> Json:
        """The first mail: the end of the chain that a payment begins."""
        return eventually(self.mails, seconds=seconds, what=f"mail to {self.email}")[0]


def fill_cart(shop: LiveShop, *goods: tuple[Variant, int], needs_parcel: bool = True) -> FilledCart:
    """A guest's cart with these goods, made as a storefront makes it; with address and shipping,
    unless these goods need no parcel."""
    anybody = shop.storefront
    email = f"ada-{next(_numbers)}@{shop.slug}.example"
    cart = _expect(201, anybody.post("carts", {"email": email}))
    filled = FilledCart(cart["id"], anybody.with_headers(cart_token=cart["token"]))
    for variant, quantity in goods:
        line = {"variant": variant.public_id, "quantity": quantity}
        _expect(201, filled.client.post(f"carts/{filled.id}/lines", line))
    if needs_parcel:
        method = _expect(200, anybody.get("shipping-methods"))["data"][0]
        changes = {"shipping_address": ADDRESS, "shipping_method": method["id"]}
        _expect(200, filled.client.patch(f"carts/{filled.id}", changes))
    return filled


def placed(shop: LiveShop, answer: Answer) -> PlacedOrder:
    """The order that a completion answered."""
    assert answer.status_code in (200, 201), answer.content
    body = answer.json()
    return PlacedOrder(
        shop,
        body["id"],
        body["email"],
        body["totals"]["total"]["amount"],
        shop.storefront.with_headers(order_token=body["token"]),
    )


def place_order(shop: LiveShop, *goods: tuple[Variant, int]) -> PlacedOrder:
    """Fill a cart and complete it."""
    return placed(shop, fill_cart(shop, *goods).complete())


def _expect(status: int, answer: Answer) -> Json:
    assert answer.status_code == status, (answer.status_code, answer.content)
    body: Json = answer.json()
    return body

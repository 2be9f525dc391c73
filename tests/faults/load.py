"""Shoppers: threads that browse, fill carts, check out, pay, decline, cancel; seeded."""

import itertools
import random
import threading
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

from apps.catalog.models import Variant
from tests.faults.client_log import ClientLog, Outcome, Request
from tests.support.live_shops import LiveShop
from tests.support.shopper import DECLINED, VISA, PlacedOrder, placed
from tests.support.shopping import ADDRESS
from tests.support.storefront import Answer, Storefront

Json = dict[str, Any]
_STEP_TRIES = 3
_PAUSE_SECONDS = (0.03, 0.12)
_THREADS = 4
_CARTS_AT_ONCE = (1, 1, 3, 5)
_JOIN_SECONDS = 90.0
_numbers = itertools.count(1)


@dataclass
class Goods:
    """A shop and what it sells; `marker` is in each title and must show up in no other shop."""

    shop: LiveShop
    variants: list[Variant]
    shipping_method: str
    marker: str


class Shopper:
    """One client. Everything it decides comes from `rng`."""

    def __init__(
        self,
        shops: list[Goods],
        log: ClientLog,
        rng: random.Random,
        over: threading.Event,
        *,
        buys: float = 0.6,
    ) -> None:
        self._shops, self._log, self._rng, self._over = shops, log, rng, over
        self._buys = buys

    def run(self) -> None:
        while not self._over.wait(self._rng.uniform(*_PAUSE_SECONDS)):
            goods = self._rng.choice(self._shops)
            if self._rng.random() < self._buys:
                self._buy(goods)
            else:
                self._browse(goods)

    def _browse(self, goods: Goods) -> None:
        product = self._rng.choice(goods.variants).product.public_id
        for path in ("products?limit=24", f"products/{product}"):
            answer = self._log.send(goods.shop.storefront, "GET", path)
            self._look_for_strangers(goods, answer)

    def _buy(self, goods: Goods) -> None:
        """Fill some carts, then complete one after the other: the more checkouts are under way when
        something breaks."""
        carts = [self._fill_cart(goods) for _ in range(self._rng.choice(_CARTS_AT_ONCE))]
        for client, cart_id in filter(None, carts):
            if self._over.is_set():
                return
            self._check_out(goods, client, cart_id)

    def _check_out(self, goods: Goods, client: Storefront, cart_id: str) -> None:
        path = f"carts/{cart_id}/complete"
        key = f"key-{self._rng.getrandbits(64):x}"
        request = self._log.open("checkout", goods.shop, client, path, key)
        for _ in range(self._rng.choice((1, 1, 3))):
            self._log.settle(request)
            if request.answer is not None or self._over.is_set():
                break
        if request.outcome is Outcome.OK and request.answer is not None:
            self._look_for_strangers(goods, request.answer)
            self._go_on(placed(goods.shop, request.answer))

    def _go_on(self, order: PlacedOrder) -> None:
        plan = self._rng.choices(("pay", "decline", "cancel", "leave"), (70, 10, 10, 10))[0]
        if plan == "cancel":
            self._keyed("cancel", order, f"orders/{order.id}/cancel")
        elif plan != "leave":
            request = self._keyed("payment", order, f"orders/{order.id}/payments")
            confirm(order, request, cards=[DECLINED, VISA] if plan == "decline" else [VISA])

    def _keyed(self, kind: str, order: PlacedOrder, path: str) -> Request:
        key = f"key-{self._rng.getrandbits(64):x}"
        request = self._log.open(kind, order.shop, order.client, path, key)
        self._log.settle(request)
        return request

    def _fill_cart(self, goods: Goods) -> tuple[Storefront, str] | None:
        anybody = goods.shop.storefront
        email = f"ada-{next(_numbers)}@{goods.shop.slug}.example"
        made = self._step(anybody, "POST", "carts", {"email": email})
        if made is None:
            return None
        cart = made.json()
        client, path = anybody.with_headers(cart_token=cart["token"]), f"carts/{cart['id']}"
        for variant in self._rng.sample(goods.variants, self._rng.choice((1, 1, 2))):
            line = {"variant": variant.public_id, "quantity": self._rng.choice((1, 1, 2))}
            if self._step(client, "POST", f"{path}/lines", line) is None:
                return None
        changes = {"shipping_address": ADDRESS, "shipping_method": goods.shipping_method}
        filled = self._step(client, "PATCH", path, changes)
        self._look_for_strangers(goods, filled)
        return (client, cart["id"]) if filled else None

    def _step(self, client: Storefront, method: str, path: str, body: Json) -> Answer | None:
        """With one key, a few times; None when it would not succeed."""
        key = f"key-{self._rng.getrandbits(64):x}"
        for _ in range(_STEP_TRIES):
            answer = self._log.send(client, method, path, body, idempotency_key=key)
            if answer is not None:
                if answer.status_code >= 400:
                    self._log.violate(f"{method} {path}: {answer.status_code} {answer.content!r}")
                    return None
                return answer
            if self._over.wait(self._rng.uniform(0.05, 0.3)):
                return None
        return None

    def _look_for_strangers(self, goods: Goods, answer: Answer | None) -> None:
        """INV 6: no word of another shop in this one's answers."""
        for other in self._shops:
            if answer and other is not goods and other.marker.encode() in answer.content:
                self._log.violate(f"{other.shop.slug} shows up at {goods.shop.slug}")


class Crowd:
    """Shoppers at work until `leave`."""

    def __init__(
        self, shops: list[Goods], log: ClientLog, seed: str, *, buys: float, threads: int = _THREADS
    ) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(
                target=Shopper(
                    shops, log, random.Random(f"{seed}/{number}"), self._over, buys=buys
                ).run,
                name=f"shopper-{number}",
                daemon=True,
            )
            for number in range(threads)
        ]

    def come(self) -> None:
        for thread in self._threads:
            thread.start()

    def leave(self) -> None:
        """Each ends what it is about. Raises TimeoutError for one that hangs."""
        self._over.set()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)
            if thread.is_alive():
                raise TimeoutError(f"{thread.name} still waits for an answer")


def confirm(order: PlacedOrder, request: Request, *, cards: list[str]) -> None:
    """Pay at the provider, as the shopper's browser does, with one card after the other."""
    if request.outcome is not Outcome.OK or request.answer is None:
        return
    for card in cards:
        try:
            order.confirm(request.answer.json(), card)
        except (URLError, OSError, ValueError):
            # The provider hangs up; whether it charged, its webhook will tell.
            return

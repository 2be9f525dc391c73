"""Carts that nobody wants any more: what is deleted by the clock, and what never is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.cart import services, tasks
from apps.cart.dto import Caller
from apps.cart.models import Cart, CartLine
from apps.shared import clock
from apps.shared.api.tokens import access_token
from apps.shop.models import ShopSettings
from config.celery import app
from tests.support.goods import make_variant
from tests.support.shops import TestShop, use_shop
from tests.support.threads import outcomes, race

SECOND = timedelta(seconds=1)


def make_cart(
    *, days: int, lines: int = 1, at: datetime | None = None, merged_into: Cart | None = None
) -> Cart:
    """An open cart that was last changed so long ago."""
    touched = at or clock.now() - timedelta(days=days)
    cart = Cart.objects.create(
        currency="USD", created_at=touched, updated_at=touched, merged_into=merged_into
    )
    for _ in range(lines):
        variant = make_variant(stock=0)
        CartLine.objects.create(cart=cart, variant=variant, quantity=1, unit_price_amount=1999)
    return cart


def completed(*, days: int) -> Cart:
    cart = make_cart(days=days)
    Cart.objects.filter(pk=cart.pk).update(completed_at=cart.updated_at)
    return cart


def there() -> set[UUID]:
    return set(Cart.objects.values_list("pk", flat=True))


def expire(*, most: int = 100) -> int:
    return services.expire_carts(now=clock.now(), most=most)


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("expire_carts", *arguments, stdout=out, stderr=out)
    return out.getvalue().splitlines()


def test_open_carts_go_when_their_time_is_up_and_completed_ones_never(shop_a: TestShop) -> None:
    now = clock.now()
    make_cart(days=0, at=now - timedelta(days=90))
    make_cart(days=400, lines=3)
    young = make_cart(days=0, at=now - timedelta(days=90) + SECOND)
    sold = completed(days=400)

    assert services.expire_carts(now=now, most=100) == 2
    assert services.expire_carts(now=now, most=100) == 0

    assert there() == {young.pk, sold.pk}
    assert set(CartLine.objects.values_list("cart_id", flat=True)) == {young.pk, sold.pk}


def test_a_shop_says_how_long_it_keeps_them(shop_a: TestShop) -> None:
    make_cart(days=8)
    kept = make_cart(days=6)
    ShopSettings.objects.update(cart_expiry_days=0)
    assert expire() == 0
    ShopSettings.objects.update(cart_expiry_days=7)
    assert expire() == 1
    assert there() == {kept.pk}


def test_a_merged_cart_goes_with_the_one_it_went_into(shop_a: TestShop) -> None:
    into = make_cart(days=100)
    make_cart(days=110, lines=0, merged_into=into)
    assert expire() == 2
    assert there() == set()


def test_it_stops_at_most_and_the_oldest_go_first(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several short transactions."""
    monkeypatch.setattr("apps.cart.services._expire_carts._BATCH", 2)
    carts = [make_cart(days=100 + number, lines=0) for number in range(6)]
    assert expire(most=5) == 5
    assert there() == {carts[0].pk}
    assert expire(most=5) == 1


def test_another_shop_s_carts_stay(shop_a: TestShop, shop_b: TestShop) -> None:
    with use_shop(shop_b):
        theirs = make_cart(days=100)
    assert expire() == 0
    with use_shop(shop_b):
        assert there() == {theirs.pk}


def test_a_line_that_is_added_at_that_moment_saves_the_cart_or_comes_too_late(
    committed_shop: TestShop,
) -> None:
    """Either the shopper's change stands, whole, or the cart is gone and the shopper is told."""
    variant = make_variant(stock=5)
    carts = [make_cart(days=100) for _ in range(12)]

    def add(cart: Cart) -> object:
        return services.add_line(
            cart_id=cart.pk,
            caller=Caller(token=access_token("cart", cart.pk)),
            variant_id=variant.pk,
            quantity=2,
            if_version=None,
            now=clock.now(),
        )

    results = race(committed_shop, *[partial(add, cart) for cart in carts], expire, expire)

    *added, first, second = results
    saved = {
        cart.pk for cart, one in zip(carts, added, strict=True) if not isinstance(one, Exception)
    }
    assert set(outcomes(added)) <= {"ok", "CartNotFound"}
    assert first + second == len(carts) - len(saved)  # type: ignore[operator]
    assert there() == saved
    assert {cart.pk: cart.lines.count() for cart in Cart.objects.all()} == dict.fromkeys(saved, 2)


def test_a_cart_that_somebody_works_on_is_not_waited_for(committed_shop: TestShop) -> None:
    """The shopper's transaction is open; the run goes past it, and afterwards it is not old."""
    busy, idle = make_cart(days=100), make_cart(days=100)
    with transaction.atomic():
        locked = Cart.objects.select_for_update().get(pk=busy.pk)
        assert race(committed_shop, expire) == [1]
        Cart.objects.filter(pk=locked.pk).update(updated_at=clock.now())
    assert expire() == 0
    assert there() == {busy.pk}
    assert idle.pk not in there()


def test_two_at_once_delete_each_cart_once(committed_shop: TestShop) -> None:
    for _ in range(30):
        make_cart(days=100)
    counts = race(committed_shop, expire, expire, expire)
    assert sum(counts) == 30  # type: ignore[arg-type]
    assert there() == set()


def test_the_command_counts_and_then_does_what_it_counted(shop_a: TestShop) -> None:
    """D1."""
    make_cart(days=100)
    tenant = ("--tenant", shop_a.slug)

    assert run(*tenant, "--dry-run") == [
        f"1/1 {shop_a.schema}: 1 would be deleted",
        "1 carts would be deleted",
    ]
    assert len(there()) == 1
    assert run(*tenant) == [f"1/1 {shop_a.schema}: 1 deleted", "1 carts were deleted"]
    assert run(*tenant) == ["0 carts were deleted"]


def test_the_command_goes_on_after_a_shop_that_fails_and_says_so(
    shop_a: TestShop, shop_b: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cart(days=100)
    with use_shop(shop_b):
        make_cart(days=100)
    right, broken = services.expire_carts, iter([True])

    def break_first(**arguments: object) -> int:
        if next(broken, False):
            raise ZeroDivisionError
        return right(**arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "expire_carts", break_first)
    with pytest.raises(CommandError, match=f"1 shops failed: {shop_a.schema}"):
        run()
    assert len(there()) == 1
    with use_shop(shop_b):
        assert there() == set()


def test_an_unknown_shop_is_refused(shop_a: TestShop) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        run("--tenant", "nowhere")


def test_beat_asks_every_night(
    make_committed_shop: Callable[[], TestShop],
) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["expire-carts"]
    assert entry["task"] == tasks.expire_everywhere.name
    assert entry["task"] in app.tasks
    shop = make_committed_shop()
    with use_shop(shop):
        make_cart(days=100)
        assert tasks.expire_in_shops(schema_name="public", shops=[shop.schema]) == 1
        assert there() == set()

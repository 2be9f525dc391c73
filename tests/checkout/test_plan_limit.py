"""A plan's orders per month: counted exactly, whatever happens at the same moment."""

from datetime import UTC, datetime
from uuid import UUID

from apps.orders.models import Order
from apps.orders.services import cancel_order
from apps.shared import clock
from apps.shared.ids import first_id_of, new_id
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.plans import on_plan
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race


def test_the_month_s_last_order_is_taken_and_the_next_is_not(
    client_a: ShopClient, shop_a: TestShop
) -> None:
    connect_payments()
    hat = make_variant(price=1000, stock=9)
    carts = [new_cart(client_a, (hat, 1)) for _ in range(3)]

    with on_plan(shop_a.schema, max_orders_per_month=2):
        taken = [cart.complete(idempotency_key=f"key-{n}") for n, cart in enumerate(carts)]
        again = carts[0].complete(idempotency_key="key-0")

    assert [answer.status_code for answer in taken] == [201, 201, 402]
    problem = taken[2].json()
    assert problem["code"] == "plan_limit_reached"
    assert (problem["feature"], problem["limit"], problem["used"]) == ("max_orders_per_month", 2, 2)
    assert again.content == taken[0].content
    assert Order.objects.count() == 2


def test_orders_that_were_given_up_do_not_count(client_a: ShopClient, shop_a: TestShop) -> None:
    connect_payments()
    hat = make_variant(price=1000, stock=9)
    with on_plan(shop_a.schema, max_orders_per_month=1):
        assert new_cart(client_a, (hat, 1)).complete().status_code == 201
        cancel_order(order_id=Order.objects.get().pk, reason="", now=clock.now())

        assert new_cart(client_a, (hat, 1)).complete().status_code == 201
        assert new_cart(client_a, (hat, 1)).complete().status_code == 402


def test_orders_of_last_month_do_not_count(client_a: ShopClient, shop_a: TestShop) -> None:
    connect_payments()
    hat = make_variant(price=1000, stock=9)
    assert new_cart(client_a, (hat, 1)).complete().status_code == 201
    first = first_id_of(clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    move(Order.objects.get().pk, to=UUID(int=first.int - 1))

    with on_plan(shop_a.schema, max_orders_per_month=1):
        assert new_cart(client_a, (hat, 1)).complete().status_code == 201
        assert new_cart(client_a, (hat, 1)).complete().status_code == 402


def move(order_id: UUID, *, to: UUID) -> None:
    """Give the order an id of another time."""
    old = Order.objects.get(pk=order_id)
    rows = Order.objects.filter(pk=order_id).values().get()
    old.lines.update(order_id=to)
    old.transitions.update(order_id=to)
    Order.objects.filter(pk=order_id).delete()
    Order.objects.create(**{**rows, "id": to})


def test_ids_of_a_moment_are_not_below_its_first() -> None:
    before = datetime.now(UTC)
    assert first_id_of(before) <= new_id()


def test_at_the_same_moment_no_more_than_the_limit(committed_shop: TestShop) -> None:
    """BILL-003: twelve buyers, five orders left."""
    connect_payments()
    hat = make_variant(price=1000, stock=50)
    client = ShopClient(committed_shop.domain)
    carts = [new_cart(client, (hat, 1)) for _ in range(12)]
    with on_plan(committed_shop.schema, max_orders_per_month=5):
        answers = race(committed_shop, *(cart.complete for cart in carts))

    codes = sorted(answer.status_code for answer in answers)  # type: ignore[union-attr]
    assert codes == [201] * 5 + [402] * 7
    with use_shop(committed_shop):
        assert Order.objects.count() == 5

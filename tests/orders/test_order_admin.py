"""What a shop's people do to orders in the admin."""

import re

import pytest

from apps.inventory.errors import NothingToShip
from apps.orders import services
from apps.orders.models import Order, Shipment
from tests.admin.browser import Browser, owner_of, signed_in, staff_of
from tests.orders.placing import NOW, paid, place
from tests.support.goods import make_variant
from tests.support.shops import TestShop

BUTTON = re.compile(r'/step/(\w+)/"')


def page(order: Order, step: str = "") -> str:
    path = f"/admin/orders/order/{order.pk}/"
    return f"{path}step/{step}/" if step else f"{path}change/"


def buttons(browser: Browser, order: Order) -> list[str]:
    answer = browser.get(page(order))
    assert answer.status_code == 200
    return BUTTON.findall(answer.content.decode())


@pytest.fixture
def packer(shop_a: TestShop) -> Browser:
    return signed_in(shop_a.domain, staff_of(shop_a, "fulfilment"))


def test_an_order_is_taken_from_paid_to_delivered(packer: Browser) -> None:
    order = paid((make_variant(stock=9), 3))
    line = order.lines.get()
    parcel = {"carrier": "DHL", "tracking_number": "JD014", f"line-{line.pk.hex}": 2}

    assert buttons(packer, order) == ["pack", "fulfil"]
    assert packer.get(page(order, "pack")).status_code == 200
    assert packer.post(page(order, "pack")).status_code == 302
    assert buttons(packer, order) == ["ship"]
    assert "3 of 3 are still to be shipped" in packer.get(page(order, "ship")).content.decode()
    assert packer.post(page(order, "ship"), parcel).status_code == 302
    assert buttons(packer, order) == ["ship"]
    packer.post(page(order, "ship"), {f"line-{line.pk.hex}": 1})
    assert buttons(packer, order) == ["deliver", "fulfil"]
    packer.post(page(order, "deliver"))

    order.refresh_from_db()
    assert (order.status, buttons(packer, order)) == ("delivered", [])
    assert Shipment.objects.order_by("id").values_list("tracking_number", flat=True)[0] == "JD014"
    assert order.transitions.latest("id").actor.startswith("staff:stf_")
    shown = packer.get(page(order)).content.decode()
    assert "JD014" in shown
    assert f"2 × {line.sku}" in shown


def test_an_empty_parcel_is_told_as_what_it_is(packer: Browser) -> None:
    order = paid((make_variant(stock=9), 3))
    packer.post(page(order, "pack"))
    nothing = {f"line-{order.lines.get().pk.hex}": 0}

    answer = packer.post(page(order, "ship"), nothing)

    assert "Put one piece at least into the parcel." in answer.content.decode()
    assert not Shipment.objects.exists()
    with pytest.raises(NothingToShip, match="nothing in this parcel"):
        services.ship_order(order_id=order.pk, lines=[], now=NOW)


def test_a_refusal_is_shown_on_the_form(packer: Browser) -> None:
    order = paid((make_variant(stock=9), 3))
    line = order.lines.get()

    too_early = packer.post(page(order, "ship"), {f"line-{line.pk.hex}": 1})
    services.pack_order(order_id=order.pk, now=NOW)
    too_many = packer.post(page(order, "ship"), {f"line-{line.pk.hex}": 4})
    paid_already = packer.post(page(order, "cancel"), {"reason": "x"})

    assert "unfulfilled cannot become shipped" in too_early.content.decode()
    assert "less than or equal to 3" in too_many.content.decode()
    assert "Only an order that is not paid" in paid_already.content.decode()
    assert Shipment.objects.count() == 0


def test_an_unpaid_order_is_cancelled_with_a_reason(shop_a: TestShop) -> None:
    browser, order = owner_of(shop_a), place((make_variant(stock=9), 3))

    assert buttons(browser, order) == ["cancel"]
    assert "required" in browser.post(page(order, "cancel")).content.decode()
    browser.post(page(order, "cancel"), {"reason": "a joke order"})

    order.refresh_from_db()
    assert (order.status, buttons(browser, order)) == ("cancelled", [])
    assert order.transitions.latest("id").reason == "a joke order"


@pytest.mark.parametrize("role", ["support", "analyst"])
def test_who_may_only_look_takes_no_steps(shop_a: TestShop, role: str) -> None:
    """A1."""
    browser = signed_in(shop_a.domain, staff_of(shop_a, role))
    order = paid((make_variant(stock=9), 3))

    assert buttons(browser, order) == []
    for step in ("pack", "ship", "deliver", "fulfil", "cancel"):
        assert browser.get(page(order, step)).status_code == 403
        assert browser.post(page(order, step)).status_code == 403
    order.refresh_from_db()
    assert order.status == "paid"


def test_there_are_no_other_steps(packer: Browser) -> None:
    """ORDER-005: nobody marks an order as paid."""
    order = place((make_variant(stock=9), 3))
    for step in ("pay", "paid", "refund"):
        assert packer.post(page(order, step)).status_code == 404
    order.refresh_from_db()
    assert order.status == "pending"

"""Stock in the admin: looked at everywhere, changed by movements only (STOCK-004)."""

from typing import Any

import pytest
from django.http import HttpResponse

from apps.inventory.models import Location, StockItem, StockMovement
from apps.shared import clock
from apps.shared.ids import new_id, public_id
from tests.admin.browser import Browser, owner_of, signed_in, staff_of
from tests.admin.rows import a_variant_of, an_order
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop

MOVE = "/admin/inventory/stockitem/move/"


def _asked(goods: Any, **values: Any) -> dict[str, Any]:
    return {
        "variant": str(goods.pk),
        "location": str(main_location()),
        "action": "receive",
        "quantity": "5",
        "reference": "DN-4711",
        **values,
    }


def _is_refused(answer: HttpResponse, because: str) -> bool:
    return answer.status_code == 200 and because in answer.content.decode()


@pytest.mark.parametrize("role", ["owner", "manager", "fulfilment"])
def test_goods_that_came_in_are_a_movement_with_reference_and_actor(
    shop_a: TestShop, role: str
) -> None:
    """STOCK-004"""
    variant = make_variant(stock=10)
    person = staff_of(shop_a, role, email=f"{role}@staff.example")
    answer = signed_in(shop_a.domain, person).post(MOVE, _asked(variant))
    item = StockItem.objects.get()
    assert answer["Location"] == f"/admin/inventory/stockitem/{item.pk}/change/"
    assert (item.on_hand, item.reserved) == (15, 0)
    movement = item.movements.first()
    assert movement is not None
    assert (movement.reason, movement.on_hand_delta, movement.reserved_delta) == ("receipt", 5, 0)
    assert (movement.reference_id, movement.actor) == ("DN-4711", person.actor)


def test_a_first_receipt_makes_the_stock_item(shop_a: TestShop) -> None:
    variant = a_variant_of(make_variant().product, "new")
    owner_of(shop_a).post(MOVE, _asked(variant))
    assert StockItem.objects.get(variant=variant).on_hand == 5


def test_a_count_is_corrected_up_and_down(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    browser = owner_of(shop_a)
    browser.post(MOVE, _asked(variant, action="adjust", quantity="-3", reference="broken"))
    browser.post(MOVE, _asked(variant, action="adjust", quantity="1", reference="found"))
    assert StockItem.objects.get().on_hand == 8
    adjustments = StockMovement.objects.filter(reason="adjustment").order_by("id")
    assert list(adjustments.values_list("on_hand_delta", "reference_id")) == [
        (-3, "broken"),
        (1, "found"),
    ]


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"quantity": "0"}, "More than none must have come in."),
        ({"quantity": "-1"}, "More than none must have come in."),
        ({"quantity": "0", "action": "adjust"}, "Nothing would change."),
        ({"quantity": "1.5"}, "Enter a whole number."),
        ({"quantity": "9999999999"}, "less than or equal to"),
        ({"quantity": "-11", "action": "adjust"}, "There is less in stock than was asked for."),
        ({"reference": ""}, "This field is required."),
        ({"reference": "x" * 65}, "at most 64 characters"),
        ({"variant": str(new_id())}, "Select a valid choice."),
        ({"variant": "nonsense"}, "is not a valid UUID"),
        ({"location": str(new_id())}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_said_on_the_form_and_nothing_moves(
    shop_a: TestShop, values: dict[str, str], because: str
) -> None:
    variant = make_variant(stock=10)
    answer = owner_of(shop_a).post(MOVE, _asked(variant, **values))
    assert _is_refused(answer, because), answer.content.decode()
    assert StockItem.objects.get().on_hand == 10
    assert StockMovement.objects.count() == 1


def test_reserved_stock_cannot_be_adjusted_away(shop_a: TestShop) -> None:
    """STOCK-001"""
    variant = make_variant(stock=10)
    StockItem.objects.update(reserved=4)
    answer = owner_of(shop_a).post(MOVE, _asked(variant, action="adjust", quantity="-7"))
    assert _is_refused(answer, "There is less in stock than was asked for.")
    assert StockItem.objects.get().on_hand == 10


@pytest.mark.parametrize("role", ["support", "analyst"])
def test_those_who_may_only_look_cannot_move_stock(shop_a: TestShop, role: str) -> None:
    variant = make_variant(stock=10)
    browser = signed_in(shop_a.domain, staff_of(shop_a, role))
    assert browser.get(MOVE).status_code == 403
    assert browser.post(MOVE, _asked(variant)).status_code == 403
    assert StockItem.objects.get().on_hand == 10
    assert "Receive or adjust" not in browser.get("/admin/inventory/stockitem/").content.decode()


@pytest.mark.parametrize("page", ["", "change/", "delete/"])
def test_nobody_edits_a_stock_item_or_a_movement(shop_a: TestShop, page: str) -> None:
    make_variant(stock=10)
    browser = owner_of(shop_a)
    for row in (StockItem.objects.get(), StockMovement.objects.get()):
        path = f"/admin/inventory/{row._meta.model_name}/"
        target = f"{path}{row.pk}/{page}" if page else f"{path}add/"
        assert browser.post(target, {"on_hand": "99", "post": "yes"}).status_code == 403
    assert StockItem.objects.get().on_hand == 10


def test_the_form_begins_with_what_the_link_names_and_the_only_location(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    page = owner_of(shop_a).get(MOVE, variant=str(variant.pk)).content.decode()
    assert f'value="{variant.pk}" selected' in page
    assert f'value="{main_location()}" selected' in page


def test_a_link_with_nonsense_in_it_opens_an_empty_form(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    for value in ("nonsense", str(new_id()), "' OR 1=1"):
        assert browser.get(MOVE, variant=value, location=value).status_code == 200


def test_variants_are_found_by_typing(shop_a: TestShop) -> None:
    variant = make_variant(title="Linen shirt")
    found = owner_of(shop_a).get(
        "/admin/autocomplete/",
        term="linen",
        app_label="inventory",
        model_name="stockitem",
        field_name="variant",
    )
    (result,) = found.json()["results"]  # type: ignore[attr-defined]
    assert result["id"] == str(variant.pk)
    assert "Linen shirt" in result["text"]


def test_a_page_shows_the_newest_movements_and_where_the_others_are(shop_a: TestShop) -> None:
    make_variant(stock=1)
    item = StockItem.objects.get()
    path = f"/admin/inventory/stockitem/{item.pk}/change/"
    browser = owner_of(shop_a)
    few = browser.queries(path)
    StockMovement.objects.bulk_create(
        StockMovement(
            stock_item=item,
            reason="receipt",
            on_hand_delta=1,
            reference_type="receipt",
            reference_id=f"DN-{number:03}",
            created_at=clock.now(),
        )
        for number in range(60)
    )
    assert len(browser.queries(path)) == len(few)
    page = browser.get(path).content.decode()
    assert page.count("receipt DN-") == 50
    link = f"/admin/inventory/stockmovement/?stock_item__id__exact={item.pk}"
    assert link in page
    assert "61 stock movements" in browser.get(link).content.decode()


def _order_page(browser: Browser, order: Any) -> str:
    return browser.get(f"/admin/orders/order/{order.pk}/change/").content.decode()


def test_an_order_says_where_its_goods_are_held_and_the_item_for_whom(shop_a: TestShop) -> None:
    order = an_order(lines=1)
    line = order.lines.get()
    item = StockItem.objects.get(variant_id=line.variant_id)
    item.reservations.create(
        order_id=order.pk, order_line_id=line.pk, quantity=3, created_at=clock.now()
    )
    browser = owner_of(shop_a)
    assert Location.objects.get().name in _order_page(browser, order)
    page = browser.get(f"/admin/inventory/stockitem/{item.pk}/change/").content.decode()
    assert public_id("ord", order.pk) in page

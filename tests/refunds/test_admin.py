"""Refunds by people: support asks, a manager decides."""

import pytest
from django.urls import reverse

from apps.orders.models import Order
from apps.payments.errors import ProviderRefused
from apps.refunds.models import Refund
from apps.shop.models import ShopSettings
from apps.staff.models import User
from tests.admin.browser import Browser, form_of, signed_in, staff_of
from tests.refunds.orders import FakeStripe, ask, refunded, send, statuses
from tests.support.shops import TestShop


def page(name: str, *arguments: object) -> str:
    return reverse(
        f"admin:refunds_refund_{name}", urlconf="config.urls_tenant", args=list(arguments)
    )


@pytest.fixture
def support(shop_a: TestShop) -> Browser:
    return signed_in(shop_a.domain, staff_of(shop_a, "support"))


@pytest.fixture
def manager(shop_a: TestShop) -> Browser:
    return signed_in(shop_a.domain, staff_of(shop_a, "manager"))


def test_support_asks_and_a_manager_approves(
    order: Order, support: Browser, manager: Browser
) -> None:
    """REF-005: amounts in major units, pieces with what becomes of them."""
    ShopSettings.objects.update(refund_approval_threshold_amount=500)
    form = form_of(support.get(page("request", order.pk)))
    filled = {**form, "line_0": "1", "line_0_restock": "reserved", "shipping": "2.50"}

    answer = support.post(page("request", order.pk), {**filled, "reason": "defective"})

    refund = Refund.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page("change", refund.pk))
    assert (refund.amount, refund.shipping_amount, refund.reason) == (1250, 250, "defective")
    assert refund.requested_by == User.objects.get(email="support@staff.example").actor
    assert refund.lines.get().restock == "reserved"
    assert support.post(page("approve", refund.pk), {"why": "me"}).status_code == 403
    assert manager.post(page("approve", refund.pk), {"why": "fine"}).status_code == 302
    refund.refresh_from_db()
    assert refund.status == "approved"
    assert refund.approved_by == User.objects.get(email="manager@staff.example").actor


def test_nobody_approves_an_own_refund(order: Order, manager: Browser) -> None:
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    form = form_of(manager.get(page("request", order.pk)))
    manager.post(page("request", order.pk), {**form, "other": "1", "reason": "other"})
    refund = Refund.objects.get()

    answer = manager.post(page("approve", refund.pk), {"why": "fine"})

    assert answer.status_code == 200
    assert "a second person must" in answer.content.decode()
    refund.refresh_from_db()
    assert refund.status == "requested"


@pytest.mark.parametrize(
    "said", [{"other": "25.01"}, {"other": "1.001"}, {"line_0": "3"}, {"other": "-1"}, {}]
)
def test_what_cannot_be_is_said_on_the_form(
    order: Order, support: Browser, said: dict[str, str]
) -> None:
    form = form_of(support.get(page("request", order.pk)))

    answer = support.post(page("request", order.pk), {**form, "reason": "other", **said})

    assert (answer.status_code, Refund.objects.count()) == (200, 0)
    assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize(("decision", "status"), [("reject", "rejected"), ("cancel", "cancelled")])
def test_a_request_is_rejected_or_taken_back(
    order: Order, manager: Browser, decision: str, status: str
) -> None:
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    refund = ask(order, other_amount=1)

    assert manager.post(page(decision, refund.pk), {"why": "no"}).status_code == 302

    refund.refresh_from_db()
    assert refund.status == status
    assert manager.post(page(decision, refund.pk), {"why": "no"}).status_code == 200


def test_a_failed_refund_is_tried_again(order: Order, support: Browser, stripe: FakeStripe) -> None:
    stripe.before = [ProviderRefused("no")]
    refund = refunded(order, other_amount=100)
    assert page("retry", refund.pk) in support.get(page("change", refund.pk)).content.decode()

    assert support.post(page("retry", refund.pk), {"why": "again"}).status_code == 302

    assert send(Refund.objects.get(retry_of=refund)) == "succeeded"


def test_a_paid_order_is_cancelled(order: Order, support: Browser) -> None:
    answer = support.post(page("cancel_order", order.pk), {"why": "changed her mind"})

    assert answer.status_code == 302
    assert send(Refund.objects.get()) == "succeeded"
    assert statuses(order)[0] == "cancelled"


def test_the_orders_page_shows_its_refunds_and_the_way_to_a_new_one(
    order: Order, support: Browser
) -> None:
    refund = ask(order, other_amount=100)

    path = reverse("admin:orders_order_change", urlconf="config.urls_tenant", args=[order.pk])
    shown = support.get(path).content.decode()

    assert refund.public_id in shown
    assert page("request", order.pk) in shown


@pytest.mark.parametrize("name", ["request", "cancel_order"])
def test_who_may_not_ask_is_refused(shop_a: TestShop, order: Order, name: str) -> None:
    packer = signed_in(shop_a.domain, staff_of(shop_a, "fulfilment"))

    assert packer.get(page(name, order.pk)).status_code == 403
    assert packer.post(page(name, order.pk), {"why": "x"}).status_code == 403
    assert not Refund.objects.exists()

"""Refunds by people: support asks, a manager decides."""

import pytest
from django.urls import reverse

from apps.orders.models import Order
from apps.payments.errors import ProviderRefused
from apps.refunds.dto import WantedLine
from apps.refunds.models import Refund
from apps.shared.audit.models import AuditEntry
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


def test_a_retried_refund_says_why(order: Order, support: Browser, stripe: FakeStripe) -> None:
    """REF-005: who, when, and why are kept."""
    stripe.before = [ProviderRefused("no")]
    refund = refunded(order, other_amount=100, note="broken")

    support.post(page("retry", refund.pk), {"why": "the account is open again"})

    again = Refund.objects.get(retry_of=refund)
    assert (again.note, again.reason) == ("the account is open again", refund.reason)
    assert again.events.order_by("id")[0].why == "the account is open again"
    entry = AuditEntry.objects.filter(action="refunds.refund_requested").latest("id")
    assert entry.why == "the account is open again"


def test_the_form_says_where_the_goods_are_and_what_they_cannot_become(
    order: Order, support: Browser
) -> None:
    """REF-004"""
    path = page("request", order.pk)
    shown = support.get(path)
    assert "2 held, not sent · 0 sent, not back." in shown.content.decode()
    form = form_of(shown)
    assert form["line_0_restock"] == "reserved"

    said = {**form, "line_0": "1", "line_0_restock": "returned", "reason": "other"}
    answer = support.post(path, said)

    assert "cannot have come back" in answer.content.decode()
    assert (answer.status_code, Refund.objects.count()) == (200, 0)


def test_a_manager_says_what_became_of_goods(
    order: Order, support: Browser, manager: Browser
) -> None:
    """REF-004, STOCK-005: with a reason, and not just anybody."""
    wanted = WantedLine(order_line_id=order.lines.get().pk, quantity=1)
    refund = refunded(order, lines=(wanted,))
    path = page("goods", refund.pk)
    assert path in manager.get(page("change", refund.pk)).content.decode()
    assert path not in support.get(page("change", refund.pk)).content.decode()
    assert support.get(path).status_code == 403
    assert support.post(path, {"line_0": "reserved", "why": "x"}).status_code == 403
    assert manager.post(path, {"line_0": "reserved"}).status_code == 200
    assert refund.lines.get().restock == "none"

    form = form_of(manager.get(path))
    answer = manager.post(path, {**form, "line_0": "reserved", "why": "sold out"})

    assert answer.status_code == 302
    assert refund.lines.get().restock == "reserved"
    assert AuditEntry.objects.get(action="refunds.goods_decided").why == "sold out"
    assert path not in manager.get(page("change", refund.pk)).content.decode()


def test_a_manager_clears_the_flag_of_a_reversed_refund(
    order: Order, support: Browser, manager: Browser
) -> None:
    refund = refunded(order, other_amount=100)
    Refund.objects.update(flag="reversed_by_provider")
    path = page("clear", refund.pk)
    assert path in manager.get(page("change", refund.pk)).content.decode()
    assert support.post(path, {"why": "x"}).status_code == 403
    assert manager.post(path, {"why": ""}).status_code == 200

    assert manager.post(path, {"why": "paid in cash"}).status_code == 302

    refund.refresh_from_db()
    assert refund.flag == ""
    assert manager.post(path, {"why": "paid in cash"}).status_code == 200


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

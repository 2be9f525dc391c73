import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.finance import selectors as finance
from apps.finance.dto import InvoiceBuyer, InvoiceContent, InvoiceShipping
from apps.finance.errors import InvoiceNotFound
from apps.notifications import services
from apps.notifications.models import Message
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from apps.shop.models import ShopSettings
from tests.finance.orders import NOW, stored_invoice
from tests.finance.samples import content, line
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race


def order_of(invoice_id: UUID) -> UUID:
    return finance.issued_invoice(invoice_id=invoice_id).order_id


def queued(told: InvoiceContent | None = None, **shop: Any) -> Message:
    """The confirmation of an order with this content, in a shop with these settings."""
    ShopSettings.objects.update(**{"name": "Hearth & Hall", **shop})
    order_id = order_of(stored_invoice(told))
    return Message.objects.get(pk=services.queue_order_confirmation(order_id=order_id, now=NOW))


def test_a_confirmation_says_what_the_invoice_says(shop_a: TestShop) -> None:
    message = queued()

    assert message.kind == "order_confirmation"
    assert message.dedupe_key.startswith("order_confirmation:")
    assert (message.status, message.created_at, message.sent_at) == ("queued", NOW, None)
    assert message.recipient == "ada@example.com"
    assert message.subject == "Your order 10482 at Hearth & Hall"
    assert message.attachments == [
        {
            "path": "invoices/2026/INV-2026-000001.pdf",
            "name": "INV-2026-000001.pdf",
            "mimetype": "application/pdf",
        }
    ]
    assert message.body_text == (
        "Thank you for your order, Ada Lovelace!\n"
        "\n"
        "Your payment has arrived. This is what you ordered:\n"
        "\n"
        "Order 10482\n"
        "\n"
        "  2 × Stoneware mug (Blue / 300 ml)\n"
        "      25.00 USD\n"
        "\n"
        "Subtotal: 25.00 USD\n"
        "Shipping: 5.00 USD\n"
        "Tax (8 %): 2.40 USD\n"
        "Total: 32.40 USD\n"
        "\n"
        "Your invoice INV-2026-000001 is attached.\n"
        "\n"
        "If anything is not right, just answer this mail.\n"
        "\n"
        "Hearth & Hall\n"
    )
    for shown in ("Hearth &amp; Hall", "2 × Stoneware mug", "Blue / 300 ml", "32.40 USD"):
        assert shown in message.body_html


def test_amounts_are_written_as_in_the_shops_language(shop_a: TestShop) -> None:
    told = content(
        currency="EUR",
        lines=(line(unit_price_amount=123456, quantity=1, total_amount=123456, tax_amount=0),),
        subtotal_amount=123456,
        shipping=InvoiceShipping(name="", amount=0),
        shipping_amount=0,
        discount_amount=456,
        tax_amount=0,
        total_amount=123000,
        prices_include_tax=True,
        tax_rate_bp=1950,
        included_tax_amount=20073,
    )

    text = queued(told, language="de").body_text

    assert "Subtotal: 1.234,56 EUR\nDiscount: -4,56 EUR\nTotal: 1.230,00 EUR\n" in text
    assert "(includes tax: 200,73 EUR)" in text
    assert "Shipping" not in text


def test_a_second_delivery_queues_nothing(
    shop_a: TestShop, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = order_of(stored_invoice())

    with caplog.at_level(logging.INFO):
        first = services.queue_order_confirmation(order_id=order_id, now=NOW)
        again = services.queue_order_confirmation(order_id=order_id, now=NOW + timedelta(1))

    assert again == first
    assert Message.objects.get().created_at == NOW
    event = DomainEvent.objects.get(name="notifications.message.queued")
    assert event.payload == {"message_id": str(first), "kind": "order_confirmation"}
    assert [one.message for one in caplog.records].count("message.queued") == 1


def test_eight_deliveries_at_once_queue_one_message(committed_shop: TestShop) -> None:
    order_id = order_of(stored_invoice())

    results = race(
        committed_shop,
        *[lambda: services.queue_order_confirmation(order_id=order_id, now=NOW)] * 8,
    )

    assert results == [Message.objects.get().pk] * 8
    assert DomainEvent.objects.filter(name="notifications.message.queued").count() == 1


def test_message_ids_differ_between_orders_and_between_shops(
    shop_a: TestShop, shop_b: TestShop
) -> None:
    order_id = order_of(stored_invoice())
    services.queue_order_confirmation(order_id=order_id, now=NOW)
    queued()
    seen = set(Message.objects.values_list("provider_message_id", flat=True))
    with use_shop(shop_b):
        queued()
        seen |= set(Message.objects.values_list("provider_message_id", flat=True))

    assert len(seen) == 3
    assert all(one.startswith("<") and one.endswith("@galleria.localhost>") for one in seen)


def test_there_is_no_confirmation_without_an_invoice(shop_a: TestShop) -> None:
    with pytest.raises(InvoiceNotFound):
        services.queue_order_confirmation(order_id=new_id(), now=NOW)

    assert Message.objects.count() == 0


def test_names_that_attack_are_inert(shop_a: TestShop) -> None:
    evil = (
        "<script>alert(1)</script>{{ shop_name }}{% now 'Y' %}\r\nBcc: all@example.com\u202e\x1b[2J"
    )
    told = content(
        buyer=replace(content().buyer, name=evil),
        lines=(line(title=evil, variant_title=evil),),
    )

    message = queued(told, name="Shop\r\nBcc: all@example.com\r\n\r\n<img src=x>")

    one_lined = "<script>alert(1)</script>{{ shop_name }}{% now 'Y' %} Bcc: all@example.com [2J"
    assert message.subject == "Your order 10482 at Shop Bcc: all@example.com <img src=x>"
    assert f"Thank you for your order, {one_lined}!\n" in message.body_text
    assert f"  2 × {one_lined} ({one_lined})\n" in message.body_text
    assert "\nBcc:" not in message.body_text
    for dangerous in ("<script", "<img", "\r", "\x1b", "\u202e"):
        assert dangerous not in message.body_html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ shop_name }}{% now" in message.body_html


def test_a_buyer_without_a_name_is_greeted_without_one(shop_a: TestShop) -> None:
    buyer = InvoiceBuyer(name="", email="b@example.com", address=())

    text = queued(content(buyer=buyer)).body_text

    assert text.startswith("Thank you for your order!\n")

import logging
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest

from apps.finance import services
from apps.finance.dto import InvoiceDocument, InvoiceSeller
from apps.finance.errors import FinancialOrderNotFound, FinancialOrderNotPaid
from apps.finance.models import DocumentSequence, Invoice
from apps.shared.db import unit_of_work
from apps.shared.ids import new_id, public_id
from apps.shared.outbox.models import DomainEvent
from apps.shop.models import ShopSettings
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

from .orders import NOW, lock, paid_order
from .samples import content


class BrokenInTheMiddleError(Exception):
    """Something that came after the number was taken."""


def numbers() -> list[str]:
    return list(Invoice.objects.order_by("year", "sequence").values_list("number", flat=True))


def test_a_paid_order_gets_the_first_number_of_the_year(shop_a: TestShop) -> None:
    ShopSettings.objects.update(
        name="Hearth & Hall",
        legal_name="Hearth & Hall Ltd",
        legal_address="1 Quay Street\n\n Bristol \r\nUnited Kingdom",
        tax_number="GB 1",
        contact_email="hello@hearth.example",
        time_zone="Asia/Phnom_Penh",
        language="km",
    )
    order_id = paid_order()

    invoice_id = services.issue_invoice(order_id=order_id, now=NOW + timedelta(hours=8))

    invoice = Invoice.objects.get(pk=invoice_id)
    assert (invoice.order_id, invoice.order_number) == (order_id, "10482")
    assert (invoice.number, invoice.year, invoice.sequence) == ("INV-2026-000001", 2026, 1)
    assert (invoice.currency, invoice.total_amount) == ("USD", 3240)
    assert invoice.issued_at == NOW + timedelta(hours=8)
    assert (invoice.document_path, invoice.document_sha256) == ("", "")
    assert InvoiceDocument.from_json(invoice.content) == InvoiceDocument(
        number="INV-2026-000001",
        issued_at="2026-03-04T18:05:00+00:00",
        issued_on="2026-03-05",  # seven hours ahead of UTC
        placed_on="2026-03-04",
        paid_on="2026-03-04",
        language="km",
        seller=InvoiceSeller(
            name="Hearth & Hall",
            legal_name="Hearth & Hall Ltd",
            address=("1 Quay Street", "Bristol", "United Kingdom"),
            tax_number="GB 1",
            email="hello@hearth.example",
        ),
        order=content(),
    )


def test_issuing_is_told_in_an_event_and_in_the_log(
    shop_a: TestShop, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = paid_order()

    with caplog.at_level(logging.INFO):
        invoice_id = services.issue_invoice(order_id=order_id, now=NOW)

    event = DomainEvent.objects.get(name="finance.invoice.issued")
    assert event.payload == {
        "invoice_id": str(invoice_id),
        "order_id": str(order_id),
        "number": "INV-2026-000001",
    }
    [line] = [one for one in caplog.records if one.message == "invoice.issued"]
    assert line.number == "INV-2026-000001"  # type: ignore[attr-defined]
    assert line.order == public_id("ord", order_id)  # type: ignore[attr-defined]


def test_fin_001_an_order_has_one_invoice_however_often_it_is_asked_for(shop_a: TestShop) -> None:
    """FIN-001."""
    order_id = paid_order()
    first = services.issue_invoice(order_id=order_id, now=NOW)

    again = services.issue_invoice(order_id=order_id, now=NOW + timedelta(days=400))

    assert again == first
    assert numbers() == ["INV-2026-000001"]
    assert DocumentSequence.objects.get().last_number == 1
    assert DomainEvent.objects.filter(name="finance.invoice.issued").count() == 1


def test_fin_001_eight_deliveries_at_once_issue_one_invoice(committed_shop: TestShop) -> None:
    """FIN-001."""
    order_id = paid_order()

    results = race(
        committed_shop, *[lambda: services.issue_invoice(order_id=order_id, now=NOW)] * 8
    )

    assert results == [Invoice.objects.get().pk] * 8
    assert DocumentSequence.objects.get().last_number == 1


def test_an_unpaid_order_gets_no_invoice(shop_a: TestShop) -> None:
    with pytest.raises(FinancialOrderNotPaid):
        services.issue_invoice(order_id=lock(), now=NOW)

    assert Invoice.objects.count() == DocumentSequence.objects.count() == 0


def test_an_unknown_order_gets_no_invoice(shop_a: TestShop) -> None:
    with pytest.raises(FinancialOrderNotFound):
        services.issue_invoice(order_id=new_id(), now=NOW)


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Pacific/Auckland", "2026-12-31T10:59:59Z", "2026-12-31T11:00:00Z"),
        ("UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
        ("America/Los_Angeles", "2027-01-01T07:59:59Z", "2027-01-01T08:00:00Z"),
    ],
)
def test_fin_003_the_year_turns_at_midnight_where_the_shop_is(
    shop_a: TestShop, zone: str, before: str, after: str
) -> None:
    """FIN-003."""
    ShopSettings.objects.update(time_zone=zone)

    for moment in (before, before, after):
        services.issue_invoice(order_id=paid_order(), now=datetime.fromisoformat(moment))

    assert numbers() == ["INV-2026-000001", "INV-2026-000002", "INV-2027-000001"]
    last = Invoice.objects.get(year=2027)
    assert last.content["issued_on"] == "2027-01-01"


def test_fin_003_a_number_that_was_rolled_back_is_given_again(shop_a: TestShop) -> None:
    """FIN-003."""
    services.issue_invoice(order_id=paid_order(), now=NOW)

    with pytest.raises(BrokenInTheMiddleError):
        issue_and_break(paid_order())
    services.issue_invoice(order_id=paid_order(), now=NOW)

    assert numbers() == ["INV-2026-000001", "INV-2026-000002"]


def issue_and_break(order_id: object) -> NoReturn:
    """As an event handler that fails after its service: the delivery's transaction rolls back."""
    from django.db import transaction

    with transaction.atomic():
        services.issue_invoice.__wrapped__(order_id=order_id, now=NOW)  # type: ignore[attr-defined]
        raise BrokenInTheMiddleError


def test_fin_003_numbers_are_gapless_when_twenty_orders_are_invoiced_at_once(
    committed_shop: TestShop,
) -> None:
    """FIN-003: one of the twenty takes a number and rolls back: nobody misses it afterwards."""
    orders = [paid_order() for _ in range(20)]

    def issue(index: int) -> object:
        if index != 7:
            moment = NOW + timedelta(seconds=20 - index)
            return services.issue_invoice(order_id=orders[index], now=moment)
        with unit_of_work():
            services.issue_invoice(order_id=orders[index], now=NOW)
            raise BrokenInTheMiddleError

    results = race(committed_shop, *[lambda i=index: issue(i) for index in range(20)])  # type: ignore[misc]

    assert outcomes(results) == ["BrokenInTheMiddleError"] + ["ok"] * 19
    assert numbers() == [f"INV-2026-{number:06d}" for number in range(1, 20)]
    times = list(Invoice.objects.order_by("sequence").values_list("issued_at", flat=True))
    assert times == sorted(times)
    assert DocumentSequence.objects.get().last_number == 19


def test_fin_003_whoever_waited_for_a_number_is_not_dated_before_the_one_in_front(
    shop_a: TestShop,
) -> None:
    """FIN-003."""
    services.issue_invoice(order_id=paid_order(), now=NOW)

    late = services.issue_invoice(order_id=paid_order(), now=NOW - timedelta(seconds=1))

    assert Invoice.objects.get(pk=late).issued_at == NOW


def test_fin_003_shops_count_on_their_own(shop_a: TestShop, shop_b: TestShop) -> None:
    """FIN-003."""
    from tests.support.shops import use_shop

    services.issue_invoice(order_id=paid_order(), now=NOW)
    with use_shop(shop_b):
        services.issue_invoice(order_id=paid_order(), now=NOW)
        assert numbers() == ["INV-2026-000001"]

    assert numbers() == ["INV-2026-000001"]


def test_fin_004_what_an_invoice_says_outlives_a_change_of_the_shop(shop_a: TestShop) -> None:
    """FIN-004."""
    ShopSettings.objects.update(legal_name="Old Name Ltd")
    invoice_id = services.issue_invoice(order_id=paid_order(), now=NOW)

    ShopSettings.objects.update(legal_name="New Name Ltd", language="de")

    assert Invoice.objects.get(pk=invoice_id).content["seller"]["legal_name"] == "Old Name Ltd"
    assert Invoice.objects.get(pk=invoice_id).content["language"] == "en"


def test_times_are_kept_in_utc(shop_a: TestShop) -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    invoice_id = services.issue_invoice(order_id=paid_order(), now=moment)

    assert Invoice.objects.get(pk=invoice_id).content["issued_at"] == "2026-07-01T12:00:00+00:00"

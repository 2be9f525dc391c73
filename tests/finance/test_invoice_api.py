from uuid import UUID

import pytest

from apps.finance import selectors
from apps.shared.api.tokens import access_token
from apps.shared.ids import new_id, public_id
from tests.support.client import ShopClient
from tests.support.shops import TestShop, use_shop

from .orders import issued_invoice, stored_invoice


def order_of(invoice_id: UUID) -> UUID:
    return selectors.issued_invoice(invoice_id=invoice_id).order_id


def paths(order_id: UUID) -> list[str]:
    base = f"orders/{public_id('ord', order_id)}/invoice"
    return [base, f"{base}/document"]


def test_the_buyer_reads_the_invoice_with_the_orders_token(
    shop_a: TestShop, client_a: ShopClient
) -> None:
    invoice_id = stored_invoice()
    order_id = order_of(invoice_id)

    answer = client_a.get(paths(order_id)[0], order_token=access_token("order", order_id))

    assert answer.status_code == 200
    assert answer.json() == {
        "object": "invoice",
        "id": public_id("inv", invoice_id),
        "number": "INV-2026-000001",
        "total": {"amount": 3240, "currency": "USD", "display": "32.40 USD"},
        "issued_at": "2026-03-04T10:05:00Z",
        "document_url": f"http://{shop_a.domain}/api/v1/{paths(order_id)[1]}",
    }


def test_the_document_is_a_download_that_nobody_keeps(
    shop_a: TestShop, client_a: ShopClient
) -> None:
    order_id = order_of(stored_invoice())

    answer = client_a.get(paths(order_id)[1], order_token=access_token("order", order_id))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="INV-2026-000001.pdf"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF-")
    assert int(answer["Content-Length"]) == len(answer.content)


def test_until_the_pdf_is_stored_there_is_a_number_and_no_document(
    shop_a: TestShop, client_a: ShopClient
) -> None:
    order_id = order_of(issued_invoice())
    token = access_token("order", order_id)

    metadata, document = (client_a.get(path, order_token=token) for path in paths(order_id))

    assert (metadata.status_code, metadata.json()["document_url"]) == (200, None)
    assert (document.status_code, document.json()["code"]) == (404, "invoice_document_not_ready")
    assert document["Retry-After"] == "2"


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "cart"])
def test_without_the_orders_token_there_is_no_invoice(
    shop_a: TestShop, client_a: ShopClient, token: str
) -> None:
    order_id = order_of(stored_invoice())
    given = access_token("cart", order_id) if token == "cart" else token

    for path in paths(order_id):
        answer = client_a.get(path, order_token=given)
        assert (answer.status_code, answer.json()["code"]) == (404, "invoice_not_found")


def test_a_token_opens_its_own_order_only(shop_a: TestShop, client_a: ShopClient) -> None:
    mine, other = order_of(stored_invoice()), order_of(stored_invoice())

    for path in paths(other):
        answer = client_a.get(path, order_token=access_token("order", mine))
        assert (answer.status_code, answer.json()["code"]) == (404, "invoice_not_found")


def test_an_order_without_an_invoice_has_none(shop_a: TestShop, client_a: ShopClient) -> None:
    order_id = new_id()

    for path in paths(order_id):
        answer = client_a.get(path, order_token=access_token("order", order_id))
        assert (answer.status_code, answer.json()["code"]) == (404, "invoice_not_found")


def test_another_shop_does_not_know_the_invoice(
    shop_a: TestShop, shop_b: TestShop, client_a: ShopClient, client_b: ShopClient
) -> None:
    """Neither under the other shop's host nor with a token that the other shop made."""
    order_id = order_of(stored_invoice())
    token_a = access_token("order", order_id)
    with use_shop(shop_b):
        token_b = access_token("order", order_id)
        stored_invoice()  # of the same number, in the other shop

    for path in paths(order_id):
        for client, token in ((client_b, token_a), (client_b, token_b), (client_a, token_b)):
            answer = client.get(path, order_token=token)
            assert (answer.status_code, answer.json()["code"]) == (404, "invoice_not_found")


def test_each_shop_serves_its_own_document_of_the_same_number(
    shop_a: TestShop, shop_b: TestShop, client_a: ShopClient, client_b: ShopClient
) -> None:
    in_a = order_of(stored_invoice())
    document_a = client_a.get(paths(in_a)[1], order_token=access_token("order", in_a)).content
    with use_shop(shop_b):
        in_b = order_of(stored_invoice())
        token_b = access_token("order", in_b)

    document_b = client_b.get(paths(in_b)[1], order_token=token_b).content

    assert document_a.startswith(b"%PDF-")
    assert document_b.startswith(b"%PDF-")
    assert document_a != document_b  # the sellers differ
    again = client_a.get(paths(in_a)[1], order_token=access_token("order", in_a)).content
    assert again == document_a


def test_metadata_costs_the_same_few_statements_whatever_the_order_holds(
    shop_a: TestShop, client_a: ShopClient
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from .samples import content, line

    counts = []
    for lines in (1, 50):
        order_id = order_of(stored_invoice(content(lines=(line(),) * lines)))
        token = access_token("order", order_id)
        with CaptureQueriesContext(connection) as captured:
            assert client_a.get(paths(order_id)[0], order_token=token).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_invoices_are_read_only(shop_a: TestShop, client_a: ShopClient, method: str) -> None:
    order_id = order_of(stored_invoice())

    for path in paths(order_id):
        answer = client_a.send(method, path, {}, order_token=access_token("order", order_id))
        assert answer.status_code == 405

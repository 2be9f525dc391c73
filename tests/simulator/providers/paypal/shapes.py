"""PayPal's objects, as its API descriptions have them."""

import secrets
import string
from datetime import UTC, datetime

from tests.simulator.providers.decimals import decimal_text, minor_units
from tests.simulator.web.message import JsonObject

# What PayPal takes of a payment: in parts of a thousand, and a fixed part in minor units.
_FEE_THOUSANDTHS = 35
_FEE_FIXED = 49
_HELD_SECONDS = 29 * 24 * 3600
_LETTERS = string.ascii_uppercase + string.digits


def new_id(length: int = 17) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: int, currency: str) -> JsonObject:
    return {"currency_code": currency, "value": decimal_text(amount, currency)}


def minor(given: JsonObject) -> int:
    return minor_units(given["value"], given["currency_code"])


def order_object(request: JsonObject, *, account: str, base_url: str, now: int) -> JsonObject:
    unit = request["purchase_units"][0]
    order_id = new_id()
    kept = {name: unit[name] for name in ("custom_id", "invoice_id", "description") if name in unit}
    source = request.get("payment_source") or {}
    order: JsonObject = {
        "id": order_id,
        "intent": request["intent"],
        "status": "PAYER_ACTION_REQUIRED" if source else "CREATED",
        "purchase_units": [
            {
                "reference_id": unit.get("reference_id", "default"),
                "amount": unit["amount"],
                "payee": payee(account),
                **kept,
            }
        ],
        "create_time": moment(now),
        "links": order_links(order_id, account, base_url, is_wallet=bool(source)),
    }
    if source:
        order["payment_source"] = {"paypal": {}}
    return order


def payee(account: str) -> JsonObject:
    merchant = "".join(letter for letter in account.upper() if letter in _LETTERS)
    return {
        "email_address": f"{account.lower().replace('_', '-')}@merchant.example",
        # Thirteen characters, of letters and digits without those that look alike.
        "merchant_id": (merchant.translate(str.maketrans("01IO", "ABCD")) + "A" * 13)[:13],
    }


def order_links(order_id: str, account: str, base_url: str, *, is_wallet: bool) -> list[JsonObject]:
    self_link = f"{base_url}/paypal/v2/checkout/orders/{order_id}"
    page = f"{base_url}/_sim/paypal/{account}/orders/{order_id}/approve"
    return [
        {"href": self_link, "rel": "self", "method": "GET"},
        {"href": page, "rel": "payer-action" if is_wallet else "approve", "method": "GET"},
        {"href": self_link, "rel": "update", "method": "PATCH"},
        {"href": f"{self_link}/capture", "rel": "capture", "method": "POST"},
    ]


def capture_object(order: JsonObject, amount: JsonObject, *, base_url: str, now: int) -> JsonObject:
    unit = order["purchase_units"][0]
    capture_id = new_id()
    href = f"{base_url}/paypal/v2/payments/captures/{capture_id}"
    total, currency = minor(amount), amount["currency_code"]
    fee = total * _FEE_THOUSANDTHS // 1000 + _FEE_FIXED
    return {
        "id": capture_id,
        "status": "COMPLETED",
        "amount": amount,
        "final_capture": True,
        **{name: unit[name] for name in ("custom_id", "invoice_id") if name in unit},
        "seller_protection": {
            "status": "ELIGIBLE",
            "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
        },
        "seller_receivable_breakdown": {
            "gross_amount": amount,
            "paypal_fee": money(fee, currency),
            "net_amount": money(total - fee, currency),
        },
        "create_time": moment(now),
        "update_time": moment(now),
        "links": [
            {"href": href, "rel": "self", "method": "GET"},
            {"href": f"{href}/refund", "rel": "refund", "method": "POST"},
            _up_to_order(order, base_url),
        ],
    }


def authorization_object(order: JsonObject, *, base_url: str, now: int) -> JsonObject:
    unit = order["purchase_units"][0]
    authorization_id = new_id()
    href = f"{base_url}/paypal/v2/payments/authorizations/{authorization_id}"
    return {
        "id": authorization_id,
        "status": "CREATED",
        "amount": unit["amount"],
        **{name: unit[name] for name in ("custom_id", "invoice_id") if name in unit},
        "seller_protection": {"status": "ELIGIBLE"},
        "expiration_time": moment(now + _HELD_SECONDS),
        "create_time": moment(now),
        "update_time": moment(now),
        "links": [
            {"href": href, "rel": "self", "method": "GET"},
            {"href": f"{href}/capture", "rel": "capture", "method": "POST"},
            {"href": f"{href}/void", "rel": "void", "method": "POST"},
            _up_to_order(order, base_url),
        ],
    }


def refund_object(
    capture: JsonObject, amount: JsonObject, request: JsonObject, *, base_url: str, now: int
) -> JsonObject:
    refund_id = new_id()
    href = f"{base_url}/paypal/v2/payments/refunds/{refund_id}"
    currency = amount["currency_code"]
    # Nothing but the dashboard's page says so.
    returned = minor_units(request.get("fee_returned", "0"), currency)
    kept = {name: request[name] for name in ("custom_id", "invoice_id") if name in request}
    return {
        "id": refund_id,
        "status": "COMPLETED",
        "amount": amount,
        **kept,
        "seller_payable_breakdown": {
            "gross_amount": amount,
            "paypal_fee": money(returned, currency),
            "net_amount": money(minor(amount) - returned, currency),
            "total_refunded_amount": amount,
        },
        "create_time": moment(now),
        "update_time": moment(now),
        "links": [
            {"href": href, "rel": "self", "method": "GET"},
            {
                "href": f"{base_url}/paypal/v2/payments/captures/{capture['id']}",
                "rel": "up",
                "method": "GET",
            },
        ],
    }


def event_object(type: str, resource_type: str, resource: JsonObject, now: int) -> JsonObject:
    return {
        "id": f"WH-{new_id()}-{new_id()}",
        "event_version": "1.0",
        "create_time": moment(now),
        "resource_type": resource_type,
        "resource_version": "2.0",
        "event_type": type,
        "summary": f"{type.replace('.', ' ').capitalize()}",
        "resource": resource,
        "links": [],
    }


def _up_to_order(order: JsonObject, base_url: str) -> JsonObject:
    href = f"{base_url}/paypal/v2/checkout/orders/{order['id']}"
    return {"href": href, "rel": "up", "method": "GET"}

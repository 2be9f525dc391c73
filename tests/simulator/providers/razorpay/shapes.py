"""Razorpay's entities, as its API reference shows them."""

import secrets
import string

from tests.simulator.web.message import JsonObject

_LETTERS = string.ascii_letters + string.digits
# What Razorpay takes of a payment in parts of a thousand, and the tax on that in hundredths.
_FEE_THOUSANDTHS = 20
_TAX_HUNDREDTHS = 18


def new_id(prefix: str) -> str:
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(14))}"


def order_entity(request: JsonObject, now: int) -> JsonObject:
    return {
        "id": new_id("order"),
        "entity": "order",
        "amount": request["amount"],
        "amount_paid": 0,
        "amount_due": request["amount"],
        "currency": request["currency"],
        "receipt": request.get("receipt"),
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": request.get("notes") or [],
        "created_at": now,
    }


def payment_entity(order: JsonObject, amount: int, now: int) -> JsonObject:
    return {
        "id": new_id("pay"),
        "entity": "payment",
        "amount": amount,
        "currency": order["currency"],
        "status": "created",
        "order_id": order["id"],
        "invoice_id": None,
        "international": order["currency"] != "INR",
        "method": "upi",
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": None,
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": "ada@okbank",
        "email": "ada@payer.example",
        "contact": "+919900000000",
        # Notes of the checkout, which are not those of the order.
        "notes": [],
        "fee": None,
        "tax": None,
        "error_code": None,
        "error_description": None,
        "error_source": None,
        "error_step": None,
        "error_reason": None,
        "acquirer_data": {"rrn": None},
        "created_at": now,
    }


def fee_of(amount: int) -> JsonObject:
    fee = amount * _FEE_THOUSANDTHS // 1000
    tax = fee * _TAX_HUNDREDTHS // 100
    return {"fee": fee + tax, "tax": tax}


def refund_entity(payment: JsonObject, request: JsonObject, amount: int, now: int) -> JsonObject:
    return {
        "id": new_id("rfnd"),
        "entity": "refund",
        "amount": amount,
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": request.get("notes") or [],
        "receipt": request.get("receipt"),
        "acquirer_data": {"arn": None},
        "created_at": now,
        "batch_id": None,
        "status": "processed",
        "speed_processed": "normal",
        "speed_requested": request.get("speed", "normal"),
    }


def event_object(name: str, account: str, payload: dict[str, JsonObject], now: int) -> JsonObject:
    return {
        "entity": "event",
        "account_id": f"acc_{account}",
        "event": name,
        "contains": list(payload),
        "payload": {kind: {"entity": entity} for kind, entity in payload.items()},
        "created_at": now,
    }


def collection(items: list[JsonObject]) -> JsonObject:
    return {"entity": "collection", "count": len(items), "items": items}

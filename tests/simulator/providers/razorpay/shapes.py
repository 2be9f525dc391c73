"""Razorpay's entities, as its API reference shows them."""

import secrets
import string

from tests.simulator.web.message import JsonObject

_LETTERS = string.ascii_letters + string.digits
# What a unit of other currencies is in paise, in their smallest units.
_PAISE = {"USD": 85, "JPY": 57, "KWD": 27}
_PAISE_OF_OTHERS = 90
# What Razorpay takes of a refund that is to arrive at once, tax included.
_INSTANT_FEE, _INSTANT_TAX = 708, 108
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


def in_paise(amount: int, currency: str) -> int:
    return amount if currency == "INR" else amount * _PAISE.get(currency, _PAISE_OF_OTHERS)


def payment_entity(order: JsonObject, amount: int, now: int) -> JsonObject:
    currency = order["currency"]
    base = {"base_amount": in_paise(amount, currency), "base_currency": "INR"}
    return {
        "id": new_id("pay"),
        "entity": "payment",
        "amount": amount,
        "currency": currency,
        **(base if currency != "INR" else {}),
        "status": "created",
        "order_id": order["id"],
        "invoice_id": None,
        "international": currency != "INR",
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


def recon_entry(
    type: str, moved: JsonObject, payment: JsonObject, settlement: JsonObject
) -> JsonObject:
    """Return what a settlement says of a payment, a refund or a correction, in paise."""
    is_instant = moved.get("speed_processed") == "instant"
    fee = _INSTANT_FEE if is_instant else moved.get("fee") or 0
    tax = _INSTANT_TAX if is_instant else moved.get("tax") or 0
    amount = in_paise(moved.get("amount", 0), moved.get("currency", "INR"))
    is_in = type == "payment"
    return {
        "entity_id": moved["id"],
        "type": type,
        "debit": 0 if is_in else amount + fee,
        "credit": amount - fee if is_in else 0,
        "amount": amount,
        "currency": moved.get("currency", "INR"),
        "fee": fee,
        "tax": tax,
        "on_hold": False,
        "settled": True,
        "created_at": moved["created_at"],
        "settled_at": settlement["created_at"],
        "settlement_id": settlement["id"],
        "posted_at": None,
        "credit_type": "default",
        "description": None,
        "notes": moved.get("notes"),
        "payment_id": moved.get("payment_id"),
        "settlement_utr": settlement["utr"],
        "order_id": payment.get("order_id"),
        "order_receipt": None,
        "method": payment.get("method"),
        "card_network": None,
        "card_issuer": None,
        "card_type": None,
        "dispute_id": None,
    }


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
        "speed_processed": "instant" if request.get("speed") == "optimum" else "normal",
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

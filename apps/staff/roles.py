"""Who may do what in a shop: the roles and their rights, the same in API and admin.

A change of this table comes with an (empty) migration of this app: after every migration the
groups of each shop are brought in line with it. Groups are not edited by hand.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    """The value is the name of the group."""

    OWNER = "owner"
    MANAGER = "manager"
    FULFILMENT = "fulfilment"
    SUPPORT = "support"
    ANALYST = "analyst"


DESCRIPTIONS: Final[Mapping[str, str]] = {
    Role.OWNER: "everything, including staff and payment accounts",
    Role.MANAGER: "everything but staff and payment accounts",
    Role.FULFILMENT: "packs and ships orders, sees goods, receives and adjusts stock; no payments",
    Role.SUPPORT: "sees orders, payments and invoices, asks for refunds, looks after customers",
    Role.ANALYST: "sees goods, orders and the books, changes nothing",
}

Rights = Mapping[str, str]
"""Model label to actions, e.g. {"catalog.product": "view change"}."""

_NOT_FOR_MANAGERS: Final = frozenset(
    {"staff.user", "payments.paymentaccount", "customers.customertoken"}
)
_GOODS: Final = ("catalog.product", "catalog.productimage", "catalog.variant")
_STOCK: Final = (
    "inventory.location",
    "inventory.stockitem",
    "inventory.stockmovement",
    "inventory.reservation",
)
_ORDERS: Final = (
    "orders.order",
    "orders.orderline",
    "orders.ordertransition",
    "orders.shipment",
    "orders.shipmentline",
)
_CARTS: Final = ("cart.cart", "cart.cartline")
_BOOKS: Final = (
    "finance.financialorder",
    "finance.financialtransaction",
    "finance.invoice",
    "finance.creditnote",
    "reconciliation.payout",
    "reconciliation.reconciliation",
    "reports.dayfigures",
)

_RIGHTS: Final[Mapping[str, Rights]] = {
    Role.FULFILMENT: {
        **dict.fromkeys((*_GOODS, *_STOCK, *_ORDERS, "shipping.shippingmethod"), "view"),
        "inventory.stockitem": "view change",
        "orders.order": "view change",
    },
    Role.SUPPORT: {
        **dict.fromkeys((*_GOODS, *_STOCK, *_ORDERS, *_CARTS, "shipping.shippingmethod"), "view"),
        "customers.customer": "view change",
        "payments.paymentintent": "view",
        "payments.paymentdispute": "view",
        # Support asks for refunds; approving them is for managers and owners (REF-005).
        "refunds.refund": "view add",
        "finance.invoice": "view",
        "finance.creditnote": "view",
        "notifications.message": "view",
    },
    Role.ANALYST: dict.fromkeys(
        (
            *_GOODS,
            *_STOCK,
            *_ORDERS,
            *_CARTS,
            *_BOOKS,
            "customers.customer",
            "payments.paymentintent",
            "payments.paymentdispute",
            "refunds.refund",
            "shipping.shippingmethod",
        ),
        "view",
    ),
}


@cache
def shop_apps() -> frozenset[str]:
    """The labels of our apps that live in shops: an owner has every right to all their models."""
    ours = (app.removesuffix(".apps.Config") for app in settings.TENANT_APPS)
    return frozenset(app.rpartition(".")[2] for app in ours if app.startswith("apps."))


def allows(role: str, *, app_label: str, model: str, action: str) -> bool:
    """Whether the role holds this permission, e.g. ("analyst", "orders", "order", "view")."""
    label = f"{app_label}.{model}"
    if role == Role.OWNER:
        return app_label in shop_apps()
    if role == Role.MANAGER:
        return app_label in shop_apps() and label not in _NOT_FOR_MANAGERS
    return action in _RIGHTS[role].get(label, "").split()

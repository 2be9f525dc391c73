"""Tables that one app shows on the page of another app's object.

Peers may not import each other, so the app that knows (payments, finance) registers a function
here, and the app whose page it is (orders) renders whatever is registered:

    @order_panel("Payments", permission="payments.view_paymentintent")
    def payments_of_order(order_id: UUID) -> Rows:
        return [{"Payment": link("pay_…", "admin:payments_paymentintent_change", intent.pk),
                 "Amount": Money(intent.amount, intent.currency)}, …]

Each row maps a column's heading to a value; every row of a panel has the same headings. A
function reads in a fixed number of statements and returns at most a screenful.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.shared.money import Money

Row = Mapping[str, object]
Rows = Sequence[Row]
OrderPanel = Callable[[UUID], Rows]
NOTHING = "–"


@dataclass(frozen=True)
class Panel:
    """A titled table, ready to be shown: `cells` are text, or markup that is safe already."""

    title: str
    headings: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class _Registered:
    title: str
    rows_of: OrderPanel
    permission: str


_ORDER_PANELS: dict[str, _Registered] = {}


def order_panel(title: str, *, permission: str = "") -> Callable[[OrderPanel], OrderPanel]:
    """Register a function as a panel of the order's page; one panel per title.

    With `permission` (`app.codename`) only users who hold it see the panel.
    """

    def register(rows_of: OrderPanel) -> OrderPanel:
        _ORDER_PANELS[title] = _Registered(title, rows_of, permission)
        return rows_of

    return register


def panels_of_order(order_id: UUID, user: AbstractBaseUser | AnonymousUser) -> list[Panel]:
    """Every registered panel that the user may see, in order of registration."""
    return [
        make_panel(one.title, one.rows_of(order_id))
        for one in _ORDER_PANELS.values()
        if not one.permission or may(user, one.permission)
    ]


def may(user: AbstractBaseUser | AnonymousUser, permission: str) -> bool:
    """Whether the user holds `app.codename`."""
    return isinstance(user, PermissionsMixin) and user.has_perm(permission)


def make_panel(title: str, rows: Rows, *, note: str = "") -> Panel:
    """A panel whose columns are the headings of its first row."""
    headings = tuple(rows[0]) if rows else ()
    cells = tuple(tuple(_text(row[heading]) for heading in headings) for row in rows)
    return Panel(title, headings, cells, note)


def link(text: str, view: str, *arguments: object) -> SafeString:
    """A link to one of the admin's pages: `link("1001", "admin:orders_order_change", order_id)`."""
    return format_html('<a href="{}">{}</a>', reverse(view, args=arguments), text)


def _text(value: object) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Money):
        return value.display()
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return value if isinstance(value, SafeString) else str(value)

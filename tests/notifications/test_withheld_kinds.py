"""B2: of every kind of message somebody has said whether a restored shop withholds it."""

from pathlib import Path

from apps.notifications import services
from apps.notifications.services import _send_message

TEMPLATES = Path(services.__file__).parents[1] / "templates" / "notifications"


def test_each_kind_is_about_orders_or_known_not_to_be():
    kinds = {one.name.removesuffix(".subject") for one in TEMPLATES.glob("*.subject")}
    not_about_orders = set(_send_message.PASSWORD_LINKS)
    assert kinds == _send_message._ABOUT_ORDERS | not_about_orders
    assert _send_message._ABOUT_ORDERS.isdisjoint(not_about_orders)

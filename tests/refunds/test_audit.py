"""Who asked for a refund and who decided on it is on record, besides the refund's own history."""

import pytest

from apps.orders.models import Order
from apps.refunds import services
from apps.refunds.errors import RefundExceedsCaptured
from apps.shared import context
from apps.shared.audit.models import AuditEntry
from apps.shop.models import ShopSettings
from tests.refunds.orders import ASKER, BOSS, NOW, ask


def the_entry(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


@pytest.mark.parametrize(
    ("decision", "done"), [("approve", "approved"), ("reject", "rejected"), ("cancel", "cancelled")]
)
def test_every_decision_on_a_refund_is_on_record(order: Order, decision: str, done: str) -> None:
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    refund = ask(order, other_amount=100, note="late")
    asked = the_entry("refunds.refund_requested")
    assert (asked.target_id, asked.actor, asked.why) == (refund.public_id, ASKER, "late")
    assert (asked.after["amount"], asked.after["status"]) == (100, "requested")
    assert asked.after["order"] == order.public_id

    with context.acting(as_actor=BOSS):
        getattr(services, f"{decision}_refund")(refund_id=refund.pk, why="because", now=NOW)

    entry = the_entry(f"refunds.refund_{done}")
    assert (entry.target_id, entry.actor, entry.why) == (refund.public_id, BOSS, "because")
    assert (entry.before, entry.after) == ({"status": "requested"}, {"status": done})


def test_an_order_that_is_cancelled_by_its_refund_is_on_record(order: Order) -> None:
    with context.acting(as_actor=ASKER):
        refund = services.cancel_paid_order(order_id=order.pk, note="broken", now=NOW)
    entry = the_entry("refunds.refund_requested")
    assert entry.after["cancels_order"] is True
    assert (entry.target_id, entry.after["status"]) == (refund.public_id, "approved")


def test_a_refusal_leaves_no_entry(order: Order) -> None:
    with pytest.raises(RefundExceedsCaptured):
        ask(order, other_amount=order.total_amount + 1)
    assert not AuditEntry.objects.exists()

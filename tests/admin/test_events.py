"""Events and deliveries in the admins: found by what people know, sent again by who may."""

from datetime import timedelta
from typing import Any

import pytest

from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from apps.shared.relay.models import Wakeup
from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from tests.admin.browser import owner_of, platform_operator, signed_in, staff_of
from tests.admin.rows import an_event
from tests.support.shops import TestShop

LIST = "/admin/outbox/eventdelivery/"
ISSUE = "apps.finance.issue_invoice_of_paid_order"


def a_delivery(state: str = "dead", **fields: Any) -> EventDelivery:
    row = an_event().deliveries.get()
    EventDelivery.objects.filter(pk=row.pk).update(
        state=state, attempts=5, last_error="ValueError: poison", **fields
    )
    row.refresh_from_db()
    return row


def send(browser: Any, *rows: EventDelivery, action: str = "send_again") -> str:
    """The page that one sees afterwards."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    assert browser.post(LIST, data).status_code in (200, 302)
    return str(browser.get(LIST).content.decode())


def state_of(row: EventDelivery) -> str:
    row.refresh_from_db()
    return row.state


def test_deliveries_are_found_by_state_subscriber_event_and_date(shop_a: TestShop) -> None:
    dead = a_delivery(subscriber=ISSUE)
    done = a_delivery("done")
    DomainEvent.objects.filter(pk=done.event_id).update(
        name="orders.order.placed", occurred_at=clock.now() - timedelta(days=30)
    )
    browser = owner_of(shop_a)

    def listed(**filters: str) -> list[str]:
        page = browser.get(LIST, **filters).content.decode()
        return [row.state for row in (dead, done) if f"{LIST}{row.pk}/change/" in page]

    assert listed() == ["dead", "done"]
    assert listed(state__exact="dead") == ["dead"]
    assert listed(subscriber=ISSUE) == ["dead"]
    assert listed(event_name="orders.order.placed") == ["done"]
    week_ago = (clock.now() - timedelta(days=7)).isoformat()
    assert listed(event__occurred_at__gte=week_ago) == ["dead"]


def test_events_are_found_by_name(shop_a: TestShop) -> None:
    event = an_event()
    browser, page = owner_of(shop_a), "/admin/outbox/domainevent/"
    assert str(event.pk) in browser.get(page, event_name=event.name).content.decode()
    other = browser.get(page, event_name="orders.order.placed").content.decode()
    assert str(event.pk) not in other


def test_a_dead_letter_is_sent_again_and_it_is_on_record_by_whom(shop_a: TestShop) -> None:
    dead, done = a_delivery(), a_delivery("done")
    page = send(owner_of(shop_a), dead, done)

    assert "1 sent again. 1 left alone" in page
    assert (state_of(dead), dead.attempts, state_of(done)) == ("pending", 0, "done")
    assert Wakeup.objects.filter(schema_name=shop_a.schema).exists()
    entry = AuditEntry.objects.get(action="repair.deliveries")
    assert entry.actor.startswith("staff:")
    assert (entry.target_id, entry.before["last_error"]) == (str(dead.pk), "ValueError: poison")


def test_what_is_done_takes_an_action_of_its_own(shop_a: TestShop) -> None:
    done = a_delivery("done", delivered_at=clock.now())
    page = send(owner_of(shop_a), done, action="send_done_again")

    assert "1 sent again." in page
    assert (state_of(done), done.delivered_at) == ("pending", None)
    assert "asked for again" in AuditEntry.objects.get(action="repair.deliveries").why


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("owner", True),
        ("manager", True),
        ("fulfilment", False),
        ("support", False),
        ("analyst", False),
    ],
)
def test_owners_and_managers_send_again(shop_a: TestShop, role: str, may: bool) -> None:
    dead = a_delivery()
    browser = signed_in(shop_a.domain, staff_of(shop_a, role))
    for action in ("send_again", "send_done_again"):
        answer = browser.post(LIST, {"action": action, "_selected_action": [str(dead.pk)]})
        assert answer.status_code == (302 if may else 403)
    assert state_of(dead) == ("pending" if may else "dead")
    assert AuditEntry.objects.filter(action="repair.deliveries").exists() is may


def test_who_may_only_look_is_offered_no_action_and_can_force_none(shop_a: TestShop) -> None:
    from django.contrib.auth.models import Permission

    dead = a_delivery()
    viewer = staff_of(shop_a)
    viewer.user_permissions.add(Permission.objects.get(codename="view_eventdelivery"))
    browser = signed_in(shop_a.domain, User.objects.get(pk=viewer.pk))

    assert 'name="action"' not in browser.get(LIST).content.decode()
    send(browser, dead)
    assert state_of(dead) == DeliveryState.DEAD


def test_the_platform_s_people_send_the_platform_s_own_again(db: None) -> None:
    with use_schema(PUBLIC):
        dead = a_delivery()
    assert "1 sent again." in send(platform_operator(), dead)
    with use_schema(PUBLIC):
        assert state_of(dead) == "pending"

"""B2: a shop comes back from a backup that is older than its provider's ledger."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.finance.models import CreditNote, Invoice
from apps.notifications import services as notifications
from apps.notifications.models import Message
from apps.orders.models import Order
from apps.reconciliation.models import ReconciliationDifference
from apps.shared import clock
from tests.support.final_check import assert_invariants, open_deliveries, wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop, make_live_shop
from tests.support.platform import RunningPlatform
from tests.support.shopper import PlacedOrder, place_order
from tests.support.shops import drop_shop, use_shop
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture
def lost(platform: RunningPlatform) -> Iterator[LiveShop]:
    """A shop that the test itself checks: its books cannot say all that its provider's do."""
    shop = make_live_shop(platform)
    with use_shop(shop):
        yield shop


def paid(shop: LiveShop, variant: Any) -> PlacedOrder:
    order = place_order(shop, (variant, 1))
    order.pay()
    order.wait_for_mail()
    return order


def reconciled(shop: LiveShop) -> set[str]:
    """The kinds of differences that each day since the backup has; all is quiet afterwards."""
    ReconciliationDifference.objects.all().delete()
    with pytest.raises(CommandError) as found:
        call_command("reconcile", tenant=shop.slug, since_backup=True)
    assert found.value.returncode == 1, found.value
    wait_until_quiet(shop, seconds=60)
    return set(ReconciliationDifference.objects.values_list("kind", flat=True))


def test_after_a_restore_nothing_is_charged_anew_and_no_mail_goes_out_twice(
    lost: LiveShop, tmp_path: Any
) -> None:
    """B2: reconciliation reports each difference, and repairs those that it may."""
    shop, simulator = lost, lost.platform.simulator
    variant = make_variant(stock=50)
    told, returned = paid(shop, variant), paid(shop, variant)
    unpaid = place_order(shop, (variant, 1))
    payment = unpaid.start_payment()
    wait_until_quiet(shop, seconds=60)
    backup = shop.platform.manage("tenant_backup", shop.slug, "--to", str(tmp_path)).stdout.strip()

    # What will be lost: a payment, a refund, and a whole order.
    assert unpaid.confirm(payment)["status"] == "succeeded"
    unpaid.wait_for_mail()
    simulator.dashboard_refund(shop.account, returned.payment()["provider_reference"])
    gone = paid(shop, variant)
    buyers = {told.email: 1, unpaid.email: 1, returned.email: 2, gone.email: 1}
    eventually(lambda: len(returned.mails()) == 2, seconds=60, what="the refund's mail")
    wait_until_quiet(shop, seconds=60)
    year, ledger = clock.now().year, simulator.ledger(shop.account)
    drop_shop(shop)

    shop.platform.manage(
        *("tenant_restore", backup, "--last-number", f"invoice/{year}=4"),
        *("--last-number", f"credit_note/{year}=1"),
    )

    assert Order.objects.count() == 3
    assert eventually(
        lambda: shop.storefront.get("products").status_code == 403, seconds=10, what="suspended"
    )
    assert reconciled(shop) == {"payment_not_taken", "refund_unknown", "payment_unknown"}
    assert reconciled(shop) == {"payment_unknown"}

    assert simulator.ledger(shop.account) == ledger
    assert {one: len(simulator.mails(to=one)) for one in buyers} == buyers
    statuses = dict(Order.objects.values_list("email", "payment_status"))
    assert (statuses[unpaid.email], statuses[returned.email]) == ("paid", "refunded")
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == [1, 2, 5]
    assert [one.sequence for one in CreditNote.objects.all()] == [2]
    withheld = Message.objects.filter(status="withheld")
    assert sorted(withheld.values_list("kind", "recipient")) == [
        ("order_confirmation", unpaid.email),
        ("refund_confirmation", returned.email),
    ]
    assert_invariants(but="reconciliation.providers_agree")

    opens_again(shop, variant)
    assert simulator.ledger(shop.account)[: len(ledger)] == ledger
    assert {one: len(simulator.mails(to=one)) for one in buyers} == buyers
    notifications.release_message(
        message_id=withheld.get(recipient=unpaid.email).pk, now=clock.now()
    )
    eventually(lambda: len(unpaid.mails()) == 2, seconds=60, what="the released mail")


def opens_again(shop: LiveShop, variant: Any) -> None:
    """It sells, and who buys now is told at once."""
    shop.platform.manage("tenants", "resume", shop.slug, "--why", "restored and checked")
    eventually(
        lambda: shop.storefront.get("products").status_code == 200, seconds=30, what="open again"
    )
    paid(shop, variant)
    wait_until_quiet(shop, seconds=60)
    assert open_deliveries() == []

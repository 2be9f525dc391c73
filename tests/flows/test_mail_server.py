"""A mail server that refuses for a while: tried again, sent once."""

import pytest

from apps.notifications.models import Message
from apps.shared.outbox.models import EventDelivery
from tests.support.final_check import wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import place_order

pytestmark = pytest.mark.xdist_group("processes")


def test_a_busy_mail_server_gets_the_mail_later(shop: LiveShop) -> None:
    shop.platform.simulator.mail_faults("refuse_450", times=1)
    order = place_order(shop, (make_variant(), 1))
    order.pay()

    mail = order.wait_for_mail()

    wait_until_quiet(shop)
    assert len(order.mails()) == 1
    message = Message.objects.get()
    assert (message.status, message.provider_message_id) == ("sent", mail["message_id"])
    sending = EventDelivery.objects.get(subscriber="apps.notifications.send_queued_message")
    assert (sending.attempts, sending.state) == (2, "done")

from datetime import datetime

from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from apps.shared.outbox.emit import emit
from apps.staff.events import PasswordLinkRequested


@owns_transaction
def request_password_link(*, email: str, now: datetime) -> None:
    """Have a link to set a password sent to this address, if somebody of the shop's staff has it.

    The same is done for an address that nobody has: neither answer nor time tells (A3).
    """
    emit(PasswordLinkRequested(link_id=new_id().hex, email=email), now=now)

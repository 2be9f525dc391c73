from datetime import datetime
from uuid import UUID

from apps.notifications.services._queue_message import queue_message
from apps.shared.db import owns_transaction
from apps.shared.text import one_line
from apps.shop import selectors as shop
from apps.staff import selectors as staff
from tenants import selectors as tenants

# What stands for the link until the mail goes out: whoever may read messages is not to have it.
PLACEHOLDER = "[the link]"
KINDS = frozenset({"staff_invitation", "password_link"})


@owns_transaction
def queue_password_link(
    *, link_id: UUID, email: str, is_invitation: bool, now: datetime
) -> UUID | None:
    """Write the mail with a link to set a password, once per `link_id`; a repetition returns the
    first one. None, and nothing is written, when nobody of the staff has this address.

    The link itself is made when the mail is sent, and never stored.
    """
    recipient = staff.known_address(email=email)
    if recipient is None:
        return None
    return queue_message(
        kind="staff_invitation" if is_invitation else "password_link",
        about=link_id,
        recipient=recipient,
        context={
            "shop_name": one_line(shop.shop_settings().name),
            "host": tenants.current_host(),
            "link": PLACEHOLDER,
        },
        attachment=None,
        now=now,
    )

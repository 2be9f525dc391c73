from datetime import datetime
from uuid import UUID

from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.staff.errors import PasswordLinkInvalid
from apps.staff.models import User
from apps.staff.tokens import password_tokens


@owns_transaction
def set_password(*, user_key: UUID, token: str, password: str, now: datetime) -> None:
    """Set the password of whoever got a link by mail. The link is over then, as are all sessions of
    theirs and all links before it.

    Raises PasswordLinkInvalid: used, over, another's, or of somebody who may not sign in any more.
    """
    user = User.objects.select_for_update().filter(key=user_key, is_active=True).first()
    if user is None or not password_tokens.check_token(user, token):
        raise PasswordLinkInvalid
    user.set_password(password)
    user.save(update_fields=["password"])
    with context.acting(as_actor=user.actor):
        record(action="staff.password_set_by_link", target=Target("user", user.public_id), now=now)

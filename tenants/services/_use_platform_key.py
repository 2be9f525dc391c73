from datetime import datetime, timedelta

from apps.shared.db import owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.dto import KeyHolder
from tenants.models import PlatformKey
from tenants.states import Scope
from tenants.tokens import digest_of

# So that who works with a key all day does not write its row with every call.
_NOTED_EVERY = timedelta(minutes=1)


@owns_transaction
def use_platform_key(*, token: str, now: datetime) -> KeyHolder | None:
    """Who holds this key, noting that it was used; None for one that is unknown or revoked."""
    digest = digest_of(token)
    if digest is None:
        return None
    with use_schema(PUBLIC):
        key = PlatformKey.objects.filter(digest=digest, revoked_at=None).first()
        if key is None:
            return None
        if key.last_used_at is None or key.last_used_at <= now - _NOTED_EVERY:
            PlatformKey.objects.filter(pk=key.pk).update(last_used_at=now)
    known = frozenset(Scope(one) for one in key.scopes if one in Scope.values)
    return KeyHolder(key.pk, key.actor, known)

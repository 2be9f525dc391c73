from datetime import datetime
from uuid import UUID

from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.ids import public_id
from apps.shared.schema import PUBLIC, use_schema
from tenants.errors import PlatformKeyNotFound
from tenants.models import PlatformKey


@owns_transaction
def revoke_platform_key(*, key_id: UUID, why: str, now: datetime) -> None:
    """The key opens nothing any more, from the commit on. A repetition changes nothing.

    Raises PlatformKeyNotFound.
    """
    with use_schema(PUBLIC):
        key = PlatformKey.objects.select_for_update().filter(pk=key_id).first()
        if key is None:
            raise PlatformKeyNotFound(key=public_id("plk", key_id))
        if key.revoked_at is None:
            key.revoked_at = now
            key.save(update_fields=["revoked_at"])
            record(
                action="tenants.platform_key_revoked",
                target=Target("platform_key", key.public_id),
                before={"name": key.name},
                why=why,
                now=now,
            )

from collections.abc import Collection
from datetime import datetime

from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.models import PlatformKey
from tenants.states import Scope
from tenants.tokens import digest_of, ending_of, new_token

_LONGEST_ACTOR = 80


@owns_transaction
def create_platform_key(
    *, name: str, scopes: Collection[Scope], now: datetime
) -> tuple[PlatformKey, str]:
    """A new key of the platform's API and its row. The key is told here and never again."""
    token = new_token()
    with use_schema(PUBLIC):
        key = PlatformKey.objects.create(
            name=name,
            digest=digest_of(token),
            ending=ending_of(token),
            scopes=sorted(scopes),
            created_by=context.actor.get()[:_LONGEST_ACTOR],
            created_at=now,
        )
        record(
            action="tenants.platform_key_created",
            target=Target("platform_key", key.public_id),
            after={"name": name, "scopes": key.scopes},
            now=now,
        )
    return key, token

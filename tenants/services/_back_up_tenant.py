from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.shared.audit.record import Target, record
from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.backup.places import writing
from tenants.backup.write import Written, write_backup
from tenants.models import Tenant


@dataclass(frozen=True)
class BackupMade:
    """Where a backup is, how long in bytes, and what is in it."""

    address: str
    size: int
    taken_at: datetime
    rows: int
    files: int


@outside_transaction
def back_up_tenant(
    *, slug: str, to: str, now: datetime, passed: Callable[[int], object]
) -> BackupMade:
    """Write all of a shop, as of one moment, into one new file below `to`: a folder or `s3://…`.

    The shop goes on meanwhile. `passed` hears how many bytes were read. Raises TenantNotFound and
    BackupError; then there is no file.
    """
    with use_schema(PUBLIC):
        tenant = selectors.tenant_by_slug(slug=slug)
        name = f"{slug}-{now:%Y%m%dT%H%M%S%f}Z.backup"
        with writing(to, name) as (sink, address):
            written = write_backup(tenant, sink, passed)
        made = BackupMade(
            address, sink.count, written.manifest.taken_at, written.rows, written.files
        )
        _write_down(tenant, made, written, now=now)
    return made


@owns_transaction
def _write_down(tenant: Tenant, made: BackupMade, written: Written, *, now: datetime) -> None:
    record(
        action="tenant.backed_up",
        target=Target("tenant", tenant.public_id),
        after={
            "slug": tenant.slug,
            "address": made.address,
            "bytes": made.size,
            "taken_at": written.manifest.taken_at.isoformat(),
            "rows": made.rows,
            "files": made.files,
        },
        now=now,
    )

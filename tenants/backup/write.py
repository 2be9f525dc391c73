"""A shop into a stream."""

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from uuid import UUID

import orjson
from django.conf import settings

from apps.shared.ids import public_id
from tenants.backup.files import ShopFile, files_of
from tenants.backup.manifest import Manifest, TableSum, sums_to_json
from tenants.backup.parts import PartsWriter
from tenants.backup.sealed import SealingWriter, Sink
from tenants.backup.snapshot import Snapshot, snapshot_of
from tenants.models import Domain, Tenant
from tenants.restoring import kept_of

Passed = Callable[[int], object]


@dataclass(frozen=True)
class Written:
    """What went into a backup."""

    manifest: Manifest
    rows: int
    files: int


def write_backup(tenant: Tenant, sink: Sink, passed: Passed) -> Written:
    """All of a shop as of one moment; its files as they are a moment later, none of them missing
    that the rows know of. `passed` hears how many bytes were read.

    Raises BackupNotMade, NoBackupKey.
    """
    sealed = SealingWriter(sink)
    parts = PartsWriter(sealed)
    schema = str(tenant.schema_name)
    with snapshot_of(schema) as snapshot:
        manifest = _manifest(tenant, snapshot)
        parts.add("manifest", manifest.to_json())
        parts.add("structure", snapshot.structure("pre-data").encode())
        sums = _write_tables(parts, snapshot, passed)
        sequences = [astuple(one) for one in snapshot.sequences()]
        parts.add("sequences", orjson.dumps(sequences))
        parts.add("structure", snapshot.structure("post-data").encode())
    parts.add("sums", sums_to_json(sums))
    files = sum(_write_file(parts, schema, one, passed) for one in files_of(schema))
    parts.add("end", files=files)
    parts.finish()
    sealed.finish()
    return Written(manifest, sum(one.rows for one in sums.values()), files)


def _manifest(tenant: Tenant, snapshot: Snapshot) -> Manifest:
    key: UUID = tenant.pk
    domains = Domain.objects.filter(tenant_id=key).order_by("-is_primary", "domain")
    return Manifest(
        taken_at=snapshot.taken_at,
        tenant_id=key,
        slug=tenant.slug,
        name=tenant.name,
        schema=str(tenant.schema_name),
        status=str(tenant.status),
        domains=tuple(domains.values_list("domain", flat=True)),
        platform_domain=settings.PLATFORM_DOMAIN,
        migrations=tuple(snapshot.migrations()),
        server_version=snapshot.server_version,
        kept={"tenant": public_id("ten", key), **kept_of(str(tenant.schema_name))},
    )


def _write_tables(parts: PartsWriter, snapshot: Snapshot, passed: Passed) -> dict[str, TableSum]:
    sums = {}
    for table in snapshot.tables:
        with parts.part("table", name=table.name, columns=table.columns) as write:
            for block in snapshot.rows(table):
                write(block)
                passed(len(block))
        sums[table.name] = snapshot.sum_of(table)
    return sums


def _write_file(parts: PartsWriter, schema: str, file: ShopFile, passed: Passed) -> bool:
    """False when it is gone by now: then no row of our moment needs it."""
    blocks = file.blocks(schema)
    try:
        block = next(blocks, b"")
    except FileNotFoundError:
        return False
    digest = hashlib.sha256()
    with parts.part("file", area=file.area, path=file.path) as write:
        while block:
            digest.update(block)
            write(block)
            passed(len(block))
            block = next(blocks, b"")
    parts.add("digest", sha256=digest.hexdigest())
    return True

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from apps.shared.db import outside_transaction, unit_of_work
from apps.shared.schema import PUBLIC, use_schema
from tenants.backup import load
from tenants.backup.files import StagedFiles, forget_staged
from tenants.backup.manifest import Manifest
from tenants.backup.place import Place, find_place
from tenants.backup.places import reading
from tenants.backup.read import Backup
from tenants.backup.versions import has_all_migrations, migrate_forward
from tenants.services._drop_shop import drop_shop
from tenants.services._open_restored_shop import open_restored_shop

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RestoredTenant:
    """What a backup was, and what became of it (or would, in a rehearsal)."""

    manifest: Manifest
    place: Place
    rows: int
    files: int
    is_migrated: bool
    set_aside: list[Path] = field(default_factory=list)


@outside_transaction
def restore_tenant(
    *,
    address: str,
    as_slug: str | None,
    last_numbers: Mapping[tuple[str, int], int],
    is_rehearsal: bool,
    now: datetime,
    passed: Callable[[int], object],
) -> RestoredTenant:
    """Make a shop of a backup, under its own name or, as a copy, under another; it is suspended.

    All of it is compared with what was written before anything can be used, in one transaction (in
    two, with migrations between them, when the backup is older than the code): whatever fails
    leaves nothing. `last_numbers` are the last documents' numbers that are known to have been given
    out, by kind and year. A rehearsal reads everything and changes nothing.

    Raises BackupError, TenantExists, InvalidTenantName.
    """
    with use_schema(PUBLIC), reading(address) as (source, _):
        backup = Backup(source, passed)
        is_current = has_all_migrations(backup.manifest.migrations)
        place = find_place(manifest=backup.manifest, as_slug=as_slug)
        aside: list[Path] = []
        if is_rehearsal:
            backup.examine()
        else:
            work = _Restore(backup, place, last_numbers, now)
            aside = work.in_one() if is_current else work.in_two()
            logger.info("tenant.restored", extra={"slug": place.slug, "rows": backup.rows})
        return RestoredTenant(
            manifest=backup.manifest,
            place=place,
            rows=backup.rows,
            files=backup.files,
            is_migrated=not is_current,
            set_aside=aside,
        )


class _Restore:
    """One restore: its files are staged until its rows are there."""

    def __init__(
        self,
        backup: Backup,
        place: Place,
        last_numbers: Mapping[tuple[str, int], int],
        now: datetime,
    ) -> None:
        self._backup, self._place, self._now = backup, place, now
        self._last_numbers = last_numbers
        self._staged = StagedFiles(place.schema)

    def in_one(self) -> list[Path]:
        """Where what lay in the place of the shop's files was set aside."""
        try:
            with unit_of_work():
                self._load()
                return self._open()
        except BaseException:
            self._staged.take_back()
            raise

    def in_two(self) -> list[Path]:
        """As `in_one`, with the migrations that the backup lacks."""
        try:
            with unit_of_work():
                self._load()
            try:
                migrate_forward(self._place.schema)
                with unit_of_work():
                    return self._open()
            except BaseException:
                with unit_of_work():
                    drop_shop(schema_name=self._place.schema)
                raise
        except BaseException:
            self._staged.take_back()
            raise

    def _load(self) -> None:
        load.take_name(self._place.schema)
        forget_staged(self._place.schema)
        self._backup.restore(self._place.schema, self._staged)
        load.note(self._place.schema, load.UNFINISHED)

    def _open(self) -> list[Path]:
        open_restored_shop(
            manifest=self._backup.manifest,
            place=self._place,
            last_numbers=self._last_numbers,
            now=self._now,
        )
        return self._staged.moved(now=self._now)

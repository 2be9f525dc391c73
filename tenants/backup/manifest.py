"""What a backup says of itself, first of all and last of all."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tenants.backup.errors import BackupUnreadable

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Whose backup it is and of which moment.

    `migrations` are those that the schema had, as app.name; `domains` the hosts, the primary one
    first; `kept` what other apps want to know again (tenants.restoring), by their names.
    """

    taken_at: datetime
    tenant_id: UUID
    slug: str
    name: str
    schema: str
    status: str
    domains: tuple[str, ...]
    platform_domain: str
    migrations: tuple[str, ...]
    server_version: str
    kept: Mapping[str, Any]

    def to_json(self) -> bytes:
        return orjson.dumps({"format": FORMAT, **asdict(self)})

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Raises BackupUnreadable for a format of another version."""
        values = orjson.loads(data)
        if values.pop("format") != FORMAT:
            raise BackupUnreadable("It was written in a format that this version does not know.")
        return cls(
            **values
            | {
                "taken_at": datetime.fromisoformat(values["taken_at"]),
                "tenant_id": UUID(values["tenant_id"]),
                "domains": tuple(values["domains"]),
                "migrations": tuple(values["migrations"]),
            }
        )


@dataclass(frozen=True)
class TableSum:
    """A table's rows: how many, and the sum of their digests, which knows no order."""

    rows: int
    digest: str


def sums_to_json(sums: Mapping[str, TableSum]) -> bytes:
    return orjson.dumps({name: [one.rows, one.digest] for name, one in sums.items()})


def sums_from_json(data: bytes) -> dict[str, TableSum]:
    return {name: TableSum(*values) for name, values in orjson.loads(data).items()}

"""Writing only what differs."""

from typing import Any

from django.db import models


def set_changed(row: models.Model, wanted: dict[str, Any]) -> list[str]:
    """Set the attributes that differ; their names. Nothing is written."""
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    return changed


def apply_changes(row: models.Model, wanted: dict[str, Any]) -> bool:
    """Set the attributes that differ and write them, if any do; True when the row was written."""
    changed = set_changed(row, wanted)
    if changed:
        stamps = {"updated_at"} & {field.name for field in row._meta.concrete_fields}
        row.save(update_fields=[*changed, *stamps])
    return bool(changed)

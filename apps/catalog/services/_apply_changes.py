from typing import Any

from django.db import models


def apply_changes(row: models.Model, wanted: dict[str, Any], *, created: bool) -> bool:
    """Set the attributes that differ and write the row if any did; True when it was written."""
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if created:
        row.save(force_insert=True)
        return True
    if changed:
        stamps = {"updated_at"} & {field.name for field in row._meta.concrete_fields}
        row.save(update_fields=[*changed, *stamps])
    return bool(changed)

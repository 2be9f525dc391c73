from django.db import connection, transaction

from apps.shared.events import subscribe
from benchmarks.probed.events import EFFECTS_TABLE, ThingProbed


@subscribe(ThingProbed)
def write_effect(event: ThingProbed) -> None:
    """One row, by Django's own cursor, in whatever schema the worker is in."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {EFFECTS_TABLE} VALUES (%s, %s)", [event.thing_id, event.run])

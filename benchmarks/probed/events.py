from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class ThingProbed(Event):
    """Something happened in the run `run` of a benchmark."""

    name = "probed.thing.probed"
    aggregate_field = "thing_id"

    thing_id: str
    run: str


# In each schema, made by the benchmark: a second effect of one event would be refused.
EFFECTS_TABLE = "probed_effect"
EFFECTS_DDL = f"CREATE TABLE {{}}.{EFFECTS_TABLE} (thing text PRIMARY KEY, run text NOT NULL)"

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class ProbeSent(Event):
    """A test wants to see effects in another process. `order` says what its handlers do."""

    name = "probing.probe.sent"
    aggregate_field = "probe_id"

    probe_id: str
    order: str = "act"


# In each schema, made by the test: what the handlers did.
EFFECTS_TABLE = "probing_effect"
EFFECTS_DDL = f"CREATE TABLE {{}}.{EFFECTS_TABLE} (probe text, handler text, tenant text, key text)"

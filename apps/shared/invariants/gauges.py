"""What was found last, for Prometheus: `stock_inconsistencies` and its siblings."""

from collections import defaultdict
from collections.abc import Iterable

from apps.shared.invariants import results
from apps.shared.invariants.declare import declared
from apps.shared.metrics import Reading, read_at_scrape


@read_at_scrape
def inconsistencies() -> Iterable[Reading]:
    """Added up over all shops, by check; what was never checked is not shown as well. One
    statement."""
    stored = results.totals()
    known = [one for one in declared() if one.name in stored]
    values: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for one in known:
        values[one.gauge][(one.name, one.ids[0])] = stored[one.name][0]
    for gauge, counts in values.items():
        yield Reading(
            name=gauge,
            help="Rows that break an invariant (docs/runbooks/invariants.md).",
            labels=("check", "id"),
            values=counts,
        )
    yield Reading(
        name="invariant_checks_failed",
        help="Shops on which a check could not be run.",
        labels=("check",),
        values={(one.name,): stored[one.name][1] for one in known},
    )
    yield Reading(
        name="invariant_oldest_check_timestamp_seconds",
        help="When a check ran on the shop that has waited longest.",
        labels=("check",),
        values={(one.name,): stored[one.name][2].timestamp() for one in known},
    )

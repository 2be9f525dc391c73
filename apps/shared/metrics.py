"""What is counted and measured, from any process: web, worker, relay, command.

A counter or histogram is declared here, once, and used where the thing happens: `ORDERS.inc()`. It
costs about a microsecond, no round trip, and survives a kill: with PROMETHEUS_MULTIPROC_DIR set,
each process keeps its figures in a file of its own there, and `/metrics` adds them up. What is told
of a transaction is counted when that has committed: `transaction.on_commit(ORDERS.inc)`; a refusal
is counted where it is raised.

What the database knows is not counted but read: a function that `read_at_scrape` registers tells
gauges of what is stored at that moment.

Labels have few values: never an id, a shop, or what somebody sent.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST
_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


def _process() -> str:
    """Unique also among containers that share the folder, where everybody is process 1."""
    return f"{os.uname().nodename.replace('_', '-')}-{os.getpid()}"


if _FOLDER:
    Path(_FOLDER).mkdir(parents=True, exist_ok=True)
    values.ValueClass = values.MultiProcessValue(_process)  # type: ignore[no-untyped-call]

_OURS = CollectorRegistry()

ORDERS_CREATED = Counter("orders_created", "Carts that became orders.", registry=_OURS)
STOCK_RESERVATION_FAILURES = Counter(
    "stock_reservation_failures", "Checkouts refused for want of stock.", registry=_OURS
)
STOCK_STEPS_REFUSED = Counter(
    "stock_steps_refused",
    "More was to be released, shipped or returned than was held or shipped (S6).",
    ["step"],
    registry=_OURS,
)
PAYMENT_FAILURES = Counter(
    "payment_failures", "Attempts that the provider declined.", ["reason"], registry=_OURS
)
PAYMENTS_FLAGGED = Counter(
    "payments_flagged",
    "Money that fits no order as it is: orphans, wrong amounts (PAY-008).",
    ["reason"],
    registry=_OURS,
)
PAYMENTS_ORPHANED = Counter(
    "payments_orphaned",
    "Payments given back because no order could take them (PAY-008).",
    ["reason"],
    registry=_OURS,
)
RECONCILIATION_DIFFERENCES = Counter(
    "reconciliation_differences",
    "Times that a provider's word and ours differed, each time it was found (FIN-005).",
    ["kind"],
    registry=_OURS,
)
PROVIDER_FEES = Counter(
    "provider_fees",
    "What providers kept of captures and refunds, in minor units of the balance's currency.",
    ["provider", "currency"],
    registry=_OURS,
)
PROVIDER_PAYOUTS = Counter(
    "provider_payouts",
    "What providers sent to shops' banks, in minor units.",
    ["provider", "currency"],
    registry=_OURS,
)
REFUNDS_REQUESTED = Counter("refunds_requested", "Refunds that were asked for.", registry=_OURS)
REFUND_FAILURES = Counter("refund_failures", "Refunds that failed.", registry=_OURS)
WEBHOOKS_REFUSED = Counter(
    "webhook_invalid_signatures", "Webhooks whose signature is not the provider's.", registry=_OURS
)
PAYMENTS_DISPUTED = Counter(
    "payments_disputed", "Payments whose payer wants the money back by the bank.", registry=_OURS
)
PROVIDERS_PASSED_OVER = Counter(
    "payment_providers_passed_over",
    "Times that a provider which did not answer was passed over for a while.",
    ["provider"],
    registry=_OURS,
)
WEBHOOKS_DEAD = Counter(
    "webhooks_dead",
    "Webhooks that were tried in vain for a day: a person must look.",
    registry=_OURS,
)
IDEMPOTENCY_CONFLICTS = Counter(
    "idempotency_conflicts", "Keys that were reused or in flight.", ["code"], registry=_OURS
)
EVENTS_PROCESSED = Counter("domain_events_processed", "Deliveries that were made.", registry=_OURS)
EVENT_FAILURES = Counter(
    "event_processing_failures", "Deliveries whose handler failed.", registry=_OURS
)
SHOPS_PUT_OFF = Counter(
    "relay_shops_put_off", "Looks of the relay into a shop that failed.", registry=_OURS
)
EVENTS_DEAD = Counter(
    "event_dead_letters", "Deliveries that were given up after five attempts.", registry=_OURS
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A gauge as the data tell it: its values, by the values of its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    values: Mapping[tuple[str, ...], float]


Source = Callable[[], Iterable[Reading]]
_SOURCES: dict[str, Source] = {}


def read_at_scrape(source: Source) -> Source:
    """Register a function whose readings `/metrics` shows; it is called in the public schema."""
    _SOURCES[f"{source.__module__}.{source.__qualname__}"] = source
    return source


class _Stored(Collector):
    """Asks all sources; one that fails hides no other and shows as such."""

    def collect(self) -> Iterator[Metric]:
        failed = GaugeMetricFamily(
            "metrics_source_failed", "Gauges that could not be read.", labels=["source"]
        )
        for name, source in _SOURCES.items():
            try:
                readings = list(source())
            except Exception:  # whatever it is: the others must be seen, above all then
                logger.exception("metrics.source_failed", extra={"source": name})
                failed.add_metric([name], 1)
                continue
            failed.add_metric([name], 0)
            yield from map(_family, readings)
        yield failed


def _family(reading: Reading) -> Metric:
    family = GaugeMetricFamily(reading.name, reading.help, labels=reading.labels)
    for labels, value in reading.values.items():
        family.add_metric(labels, value)
    return family


def exposition() -> bytes:
    """All of it in Prometheus' text format: of all processes that share the folder, if one is set,
    else of this process."""
    counted = _OURS
    if _FOLDER:
        counted = CollectorRegistry()
        MultiProcessCollector(counted, path=_FOLDER)  # type: ignore[no-untyped-call]
    stored = CollectorRegistry()
    stored.register(_Stored())
    return generate_latest(counted) + generate_latest(stored)

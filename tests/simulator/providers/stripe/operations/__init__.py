"""The operations of the API, one file a subject."""

from tests.simulator.providers.stripe.operation import Operation
from tests.simulator.providers.stripe.operations import (
    capture,
    confirm,
    payment_intents,
    payouts,
    records,
    refunds,
    webhook_endpoints,
)

OPERATIONS: tuple[Operation, ...] = (
    *payment_intents.OPERATIONS,
    *confirm.OPERATIONS,
    *capture.OPERATIONS,
    *refunds.OPERATIONS,
    *payouts.OPERATIONS,
    *records.OPERATIONS,
    *webhook_endpoints.OPERATIONS,
)

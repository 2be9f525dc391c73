"""What an API operation is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator.control.faults import RefundFault
from tests.simulator.providers.stripe.account import Account
from tests.simulator.providers.stripe.credentials import Caller
from tests.simulator.providers.stripe.errors import StripeError, invalid_parameter
from tests.simulator.providers.stripe.form import Params
from tests.simulator.web.message import JsonObject


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation: who, on what, with which checked parameters."""

    account: Account
    caller: Caller
    path: dict[str, str]
    params: Params
    base_url: str
    take_refund_fault: Callable[[], RefundFault | None]


@dataclass(frozen=True, slots=True)
class Operation:
    """``contract`` names the SDK's TypedDict; ``supported`` the part of it that is simulated.

    ``browser``: may be called with a publishable key and the object's client secret.
    """

    method: str
    template: str
    contract: str
    run: Callable[[Call], JsonObject]
    supported: frozenset[str] = frozenset()
    browser: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


def names(listed: str) -> frozenset[str]:
    """Return the words of ``listed``, and ``expand``, which every operation takes."""
    return frozenset(listed.split()) | {"expand"}


def refuse_unsupported(operation: Operation, params: Params) -> None:
    """Refuse what Stripe knows and the simulator does not, so that nobody relies on silence."""
    for name in params:
        if name not in operation.supported:
            raise invalid_parameter(f"The simulator does not support the parameter {name}.", name)


def first_missing(params: Params, *wanted: str) -> StripeError | None:
    """Return the error for parameters of which one is needed, None when one is there."""
    if any(params.get(name) for name in wanted):
        return None
    return invalid_parameter(
        f"One of the following params should be provided for this request: {' or '.join(wanted)}.",
        wanted[0],
        "parameter_missing",
    )

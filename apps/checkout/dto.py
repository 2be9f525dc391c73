"""What the checkout app gives."""

from dataclasses import dataclass, field
from enum import Enum

from apps.payments.gateways.base import ProviderIntent
from apps.shared.mending import Difference


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is wrong with a payment, by the provider's word, and what mending it would do.

    `gives_up`: its order needs no money, so the provider is to be told; `settles`: the money is
    here, and only the order does not know. Otherwise `fact` is taken as a webhook's word is.
    """

    difference: Difference
    fact: ProviderIntent | None = field(default=None, repr=False)
    gives_up: bool = False
    settles: bool = False


class Expiry(Enum):
    """What came of an order whose time was up; the last three: its payment may yet be taken."""

    EXPIRED = "expired"
    LEFT = "left"
    TAKEN = "taken"
    UNDER_WAY = "under_way"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class ExpiryRun:
    """How many orders of a shop were closed; `was_silent`: its provider did not answer."""

    closed: int
    was_silent: bool

import time
from collections.abc import Sequence

from apps.payments import selectors
from apps.payments.gateways import providers
from apps.shared.db import outside_transaction
from apps.shared.schema import use_schema

_GOOD_FOR_SECONDS = 300.0
_seen: dict[str, tuple[float, bool]] = {}


@outside_transaction
def shops_to_poll(*, shops: Sequence[str]) -> list[str]:
    """Those of the shops (schemas) that have a provider which tells nothing by itself.

    Hardly any shop has one, and accounts change seldom, so each process looks at a shop only now
    and then. One that has just connected such a provider waits for the sweep of each minute until
    it is seen here.
    """
    return [shop for shop in shops if _polls(shop)]


def _polls(shop: str) -> bool:
    until, polls = _seen.get(shop, (0.0, False))
    if until > time.monotonic():
        return polls
    with use_schema(shop):
        connected = set(selectors.connected_providers())
    polls = any(one.capabilities.polls and one.code in connected for one in providers())
    _seen[shop] = (time.monotonic() + _GOOD_FOR_SECONDS, polls)
    return polls

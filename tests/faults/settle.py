"""After a fault: each unknown request is sent again with its key, and then all gets quiet."""

import time
from concurrent.futures import ThreadPoolExecutor

from apps.notifications.models import Message
from apps.notifications.states import MessageStatus
from apps.refunds.models import Refund
from apps.refunds.states import RefundStatus
from tests.faults.client_log import ClientLog, Outcome, Request
from tests.faults.load import Goods, confirm
from tests.support.final_check import open_deliveries
from tests.support.shopper import VISA, placed
from tests.support.shops import use_shop

_SETTLE_SECONDS = 40.0
# Two leases of 20 s, a retry, and a worker's start on a busy machine.
QUIET_SECONDS = 75.0
_PAUSE_SECONDS = 0.2
_REPLAYED = 5
_THREADS = 4
# What a repeated request may be told besides its first answer.
_FINAL = {
    "checkout": frozenset[str](),
    "payment": frozenset({"payment_already_processed"}),
    "cancel": frozenset({"invalid_transition"}),
}


def settle(log: ClientLog) -> None:
    """Checkouts first: only a settled one can be paid."""
    with ThreadPoolExecutor(_THREADS) as pool:
        for kind in ("checkout", "payment", "cancel"):
            list(pool.map(lambda one: _settle(log, one), log.of(kind)))
        acknowledged = [one for one in log.of("checkout") if one.outcome is Outcome.OK]
        list(pool.map(log.settle, acknowledged[-_REPLAYED:]))


def _settle(log: ClientLog, request: Request) -> None:
    deadline = time.monotonic() + _SETTLE_SECONDS
    was_unknown = request.outcome is Outcome.UNKNOWN
    while request.outcome is Outcome.UNKNOWN:
        if log.settle(request) is None:
            if time.monotonic() > deadline:
                log.violate(f"{request.kind} {request.path}: no answer in {_SETTLE_SECONDS} s")
                return
            time.sleep(_PAUSE_SECONDS)
    if request.outcome is Outcome.FAILED and request.answer is not None:
        if request.answer.code not in _FINAL[request.kind]:
            log.violate(f"{request.kind} {request.path}: {request.answer.content!r}")
    elif was_unknown and request.kind == "payment":
        _pay(log, request)


def _pay(log: ClientLog, request: Request) -> None:
    """The shopper, who knows now what to pay, pays."""
    order_id = request.path.split("/")[1]
    for checkout in log.of("checkout"):
        answer = checkout.answer
        if (
            answer is not None
            and checkout.outcome is Outcome.OK
            and answer.json()["id"] == order_id
        ):
            confirm(placed(checkout.shop, answer), request, cards=[VISA])
            return


def wait_until_quiet(shops: list[Goods], *, seconds: float = QUIET_SECONDS) -> list[str]:
    """Wait until nothing is under way; what still is after `seconds` is returned."""
    deadline = time.monotonic() + seconds
    while busy := [word for goods in shops for word in _under_way(goods)]:
        if time.monotonic() > deadline:
            return busy
        time.sleep(_PAUSE_SECONDS)
    return []


def _under_way(goods: Goods) -> list[str]:
    account, simulator = goods.shop.account, goods.shop.platform.simulator
    pending = simulator.get_json(f"/_sim/deliveries?account={account}&state=pending")
    if pending["deliveries"]:
        return [f"{goods.shop.slug}: {len(pending['deliveries'])} webhooks"]
    with use_shop(goods.shop):
        refunds = Refund.objects.filter(status__in=(RefundStatus.APPROVED, RefundStatus.PROCESSING))
        queued = Message.objects.filter(status=MessageStatus.QUEUED).count()
        found = open_deliveries() + [f"refund {one.status}" for one in refunds]
        return [f"{goods.shop.slug}: {one}" for one in found + ["message"] * queued]

"""What a worker does with a message: the deliveries it names, and what follows from them."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection

from apps.shared import clock
from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.events import free_to_share

from .batch import begin_all, carry_out_together, still_handed
from .begun import Begun
from .chain import Chain, chain
from .deliver import carry_out, deliver
from .hand_back import hand_back
from .lease import Handed
from .side_by_side import Stopwatch, side_by_side

D = TypeVar("D", Begun, Handed)


@outside_transaction
def deliver_all(handed: Sequence[Handed], *, ends_at: float = math.inf) -> int:
    """Run the handlers of these deliveries, each once, and of those that follow from them.

    Those that stay inside the database and keep no order run together, as long as none fails; the
    others one by one, or side by side when they have to wait for somebody. What there is no time
    for until `ends_at` (of `time.monotonic`) is handed back to the relay. Returns how many were
    made done.
    """
    with chain(ends_at=ends_at) as ours:
        members = begin_all(handed, now=clock.now()) if len(handed) > 1 else []
        begun = {one.id for one in members}
        rest = [one for one in handed if one.delivery_id not in begun]
        if members and rest:
            rest = still_handed(rest)
        done = _carry_out_all(members, ours)
        done += _one_by_one(rest, deliver, ours)
        while following := ours.take_all():
            done += _carry_out_all(following, ours)
    return done


def _carry_out_all(begun: list[Begun], ours: Chain) -> int:
    """At least one of them, however late it is: what comes back each time would never be done."""
    free = {one.key for one in free_to_share()}
    sharing = [one for one in begun if one.subscriber in free]
    others = [one for one in begun if one.subscriber not in free]
    if len(sharing) < 2:
        return _one_by_one(begun, carry_out, ours)
    done, alone, late = carry_out_together(sharing, ends_at=ours.ends_at)
    _hand_back(late)
    done += _one_by_one(alone, deliver, ours)
    return done + _one_by_one(others, carry_out, ours)


def _one_by_one(waiting: Sequence[D], act: Callable[[D], bool], ours: Chain) -> int:
    """One that has to wait for somebody is followed by the others side by side."""
    done = 0
    for number, one in enumerate(waiting, start=1):
        watch = Stopwatch()
        done += act(one)
        rest = waiting[number:]
        if rest and ours.is_over:
            _hand_back(rest)
            return done
        # Other connections would not see what a transaction around all of this has written.
        if len(rest) > 1 and not connection.in_atomic_block and watch.has_waited():
            more, late = side_by_side(rest, act, is_over=lambda: ours.is_over)
            _hand_back(late)
            return done + more
    return done


def _hand_back(late: Sequence[Begun] | Sequence[Handed]) -> None:
    if late:
        begun = [one.held for one in late if isinstance(one, Begun)]
        handed = begun or [one for one in late if isinstance(one, Handed)]
        _give_up(handed, begun=bool(begun), now=clock.now())


@owns_transaction
def _give_up(handed: list[Handed], *, begun: bool, now: datetime) -> None:
    hand_back(handed, due_at=now, begun=begun)

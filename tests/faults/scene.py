"""What a fault is given to work with, and how it says what it saw."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from tests.faults.client_log import ClientLog, Outcome
from tests.faults.load import Crowd, Goods
from tests.faults.platform import FaultPlatform
from tests.support.platform import CONNECTIONS

# A bare `delay()` would take 0.7 to 1.0 s to fail: a checkout must not wait for the broker.
CHECKOUT_SECONDS = 0.7
_FEWEST_MEASURED = 3
_LONGEST_TRANSACTION_SECONDS = 3.0
_SAMPLE_SECONDS = 0.05
_BUSY_SECONDS = 6.0
_LOOK_SECONDS = 0.005
# More who pay than the web processes have threads.
_PAYING = 8
_LOOK_SLOW_SECONDS = 1.5
_OPEN_TRANSACTIONS = """
    SELECT state, extract(epoch FROM clock_timestamp() - xact_start)::float, left(query, 120)
    FROM pg_stat_activity
    WHERE application_name = %s AND xact_start < clock_timestamp() - make_interval(secs => %s)
"""


@dataclass
class Scene:
    """One seed at work: the platform under load. `rng` decides whatever the fault leaves open."""

    platform: FaultPlatform
    rng: random.Random
    shops: list[Goods]
    log: ClientLog
    # What the fault did, for the report.
    notes: list[str] = field(default_factory=list)
    kills: int = 0

    def hold(self, shortest: float, longest: float) -> None:
        """Let the load go on for a while."""
        time.sleep(self.rng.uniform(shortest, longest))

    def until_busy(self) -> None:
        """Until some checkouts more are under way, however slow the machine is, and a bit more."""
        wanted = len(self.log.of("checkout")) + self.rng.randint(1, 6)
        deadline = time.monotonic() + _BUSY_SECONDS
        while len(self.log.of("checkout")) < wanted and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        self.hold(0.0, 0.15)

    def note(self, what: str) -> None:
        self.notes.append(what)

    def killed(self, what: str) -> None:
        """Something of ours was killed with -9."""
        self.kills += 1
        self.note(what)

    @contextmanager
    def quick_checkouts(self) -> Iterator[None]:
        """X6: those of the block are answered, and as fast as ever. By their median: a busy machine
        may be slow once."""
        before = {id(one) for one in self.log.of("checkout")}
        yield
        new = [one for one in self.log.of("checkout") if id(one) not in before and one.tries]
        took = [one.answer.seconds for one in new if one.answer is not None]
        lost = sum(one.outcome is not Outcome.OK for one in new if one.tries)
        if took:
            self.note(f"{len(took)} checkouts, median {median(took) * 1000:.0f} ms")
        if len(took) >= _FEWEST_MEASURED and median(took) > CHECKOUT_SECONDS:
            self.log.violate(f"X6: checkouts took {median(took):.2f} s without a broker")
        if lost > len(self.shops) * 2:
            self.log.violate(f"X6: {lost} checkouts were not answered without a broker")

    @contextmanager
    def browsing_goes_on(self) -> Iterator[None]:
        """While many wait for the provider, who only looks does not."""
        crowd = Crowd(self.shops, self.log, f"{self.rng.random()}", buys=1.0, threads=_PAYING)
        lookers = Crowd(self.shops, self.log, f"{self.rng.random()}", buys=0.0, threads=1)
        crowd.come()
        before = len(self.log.looks)
        lookers.come()
        try:
            yield
        finally:
            lookers.leave()
            looks = self.log.looks[before:]
            crowd.leave()
        if looks:
            self.note(f"{len(looks)} looks, median {median(looks) * 1000:.0f} ms")
        if len(looks) < _FEWEST_MEASURED or median(looks) > _LOOK_SLOW_SECONDS:
            self.log.violate(f"browsing stood still with the provider: {looks}")

    @contextmanager
    def no_long_transaction(self) -> Iterator[None]:
        """No transaction, and so no lock, is held while the provider is waited for."""
        over = threading.Event()
        seen: list[str] = []

        def sample() -> None:
            with self.platform.watch() as connection:
                while not over.wait(_SAMPLE_SECONDS):
                    rows = connection.execute(
                        _OPEN_TRANSACTIONS, (CONNECTIONS, _LONGEST_TRANSACTION_SECONDS)
                    ).fetchall()
                    seen.extend(
                        f"{state} {seconds:.1f} s: {query}" for state, seconds, query in rows
                    )

        sampling = threading.Thread(target=sample, name="sampler", daemon=True)
        sampling.start()
        try:
            yield
        finally:
            over.set()
            sampling.join(10)
        if seen:
            self.log.violate(f"a transaction was held while the provider was slow: {seen[-1]}")

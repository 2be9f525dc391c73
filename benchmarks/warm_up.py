"""Bringing a platform to the state in which it is measured."""

from collections.abc import Callable, Iterator

from benchmarks.driver import run_load
from benchmarks.platform import Bench
from benchmarks.shops import BenchShop

# granian: two workers of four threads, each with a database connection of its own.
WEB_CONNECTIONS = 8
# Which connection takes a request is chance: with five requests of a shop for each connection,
# about one pair of (connection, shop) in 200 is missed.
WARM_UP_REQUESTS = 5 * WEB_CONNECTIONS
_CLIENTS = 2 * WEB_CONNECTIONS


def warm_up(
    bench: Bench,
    shops: list[BenchShop],
    requests_of: Callable[[BenchShop, int], Iterator[bytes]],
) -> None:
    """Send requests of each shop until nearly every connection has served every shop.

    A connection plans a shop's statements, and compiles its functions, when it first needs them:
    that happens once in the life of a connection, and not in a steady state.
    """
    for shop in shops:
        requests = iter(list(requests_of(shop, WARM_UP_REQUESTS)))
        run_load(requests, port=bench.port, clients=_CLIENTS)

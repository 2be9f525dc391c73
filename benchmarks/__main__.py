"""`python -m benchmarks NAME [--quick]`, which `manage.py bench NAME` calls."""

import argparse
import importlib

NAMES = ("browse", "checkout", "events", "fleet", "hot", "purchase", "tenants")


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="manage.py bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="short runs, to see that it works")
    parser.add_argument(
        "--counts", type=_counts, metavar="N,N", help="of `tenants`: at how many (1,100,1000)"
    )
    options = parser.parse_args()
    if options.counts and options.name != "tenants":
        parser.error("--counts is for `tenants` alone")
    more = {"counts": options.counts} if options.counts else {}
    importlib.import_module(f"benchmarks.{options.name}").main(quick=options.quick, **more)


def _counts(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(one) for one in text.split(",")))


main()

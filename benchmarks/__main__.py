"""`python -m benchmarks NAME [--quick]`, which `manage.py bench NAME` calls."""

import argparse
import importlib

NAMES = ("browse", "checkout", "events", "hot", "purchase")


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="manage.py bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="short runs, to see that it works")
    options = parser.parse_args()
    importlib.import_module(f"benchmarks.{options.name}").main(quick=options.quick)


main()

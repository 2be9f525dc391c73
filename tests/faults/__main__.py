"""`python -m tests.faults --seeds N [--from S] [--fault NAME]`, which `manage.py faults` calls."""

import argparse
import importlib
import logging
import os
import sys


def main() -> int:
    parser = argparse.ArgumentParser(prog="manage.py faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds (10)")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed (0)")
    parser.add_argument("--fault", default="", help="one fault, or several with commas")
    parser.add_argument("--list", action="store_true", help="say which faults there are")
    options = parser.parse_args()
    # Settings are read when Django is set up: the environment comes first.
    platform = importlib.import_module("tests.faults.folder")
    with platform.own_folder() as root:
        os.environ.update(platform.environment(root))
        import django

        django.setup()
        # What the harness's own Django says about a lost database is no news.
        logging.disable(logging.CRITICAL)
        run = importlib.import_module("tests.faults.run")
        if options.list:
            return int(run.print_faults())
        return int(run.run(root, options.seeds, options.first, options.fault))


sys.exit(main())

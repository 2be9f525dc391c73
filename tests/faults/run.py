"""Runs seeds and tells what came of them."""

import json
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from django.conf import settings

from config.local.errors import LocalError
from tests.faults.catalogue import FAULTS
from tests.faults.platform import FaultPlatform
from tests.faults.seed import Result, fault_of, run_seed


def print_faults() -> int:
    for name, fault in FAULTS.items():
        _say(f"{name:20} {fault.__doc__}")
    return 0


def run(root: Path, seeds: int, first: int, wanted: str) -> int:
    """Exit code 1 when an invariant was violated. Raises LocalError for an unknown fault."""
    names = [name for name in wanted.split(",") if name]
    if unknown := set(names) - FAULTS.keys():
        raise LocalError(f"no such fault: {', '.join(sorted(unknown))}")
    platform = FaultPlatform(root)
    begin = time.monotonic()
    results: list[Result] = []
    try:
        platform.start_all()
        settings.STRIPE_API_BASE = platform.simulator.base_url
        _say(f"started in {time.monotonic() - begin:.1f} s; logs in {root / 'logs'}")
        for number, seed in enumerate(range(first, first + seeds)):
            fault = names[number % len(names)] if names else fault_of(seed)
            results.append(_attempt(platform, seed, fault))
            _tell(results[-1])
    except KeyboardInterrupt:
        _say("interrupted: this is what was done so far")
    finally:
        platform.stop_all()
    return _report(results, time.monotonic() - begin)


def _attempt(platform: FaultPlatform, seed: int, fault: str) -> Result:
    """A seed that hangs or fails is a violation; the next one finds everything running again."""
    try:
        return run_seed(platform, seed, fault)
    except Exception as error:
        traceback.print_exc()
        platform.heal()
        return Result(seed, fault, violations=[f"{type(error).__name__}: {error}"])


def _tell(result: Result) -> None:
    state = "ok" if not result.violations else "VIOLATED"
    _say(
        f"seed {result.seed:4} {result.fault:20} {state:8} {result.seconds:5.1f} s"
        f"  {result.requests:4} requests {result.orders:3} orders {result.unknown:2} unknown"
        f"  quiet after {result.quiet_seconds:4.1f} s  {', '.join(result.notes)}"
    )
    for violation in result.violations:
        _say(f"     {violation}")


def _report(results: list[Result], seconds: float) -> int:
    faults = Counter(one.fault for one in results)
    broken = [one for one in results if one.violations]
    _say(f"\n{'fault':20} seeds violated orders unknown slowest quiet")
    for name, count in faults.items():
        mine = [one for one in results if one.fault == name]
        _say(
            f"{name:20} {count:5} {sum(bool(one.violations) for one in mine):8}"
            f" {sum(one.orders for one in mine):6} {sum(one.unknown for one in mine):7}"
            f" {max(one.quiet_seconds for one in mine):11.1f} s"
        )
    if broken:
        _say(f"violated: seeds {', '.join(str(one.seed) for one in broken)}")
    summary = {
        "seeds": len(results),
        "violations": sum(len(one.violations) for one in results),
        "orders": sum(one.orders for one in results),
        "faults": dict(faults),
        "requests": sum(one.requests for one in results),
        "kills": sum(one.kills for one in results),
        "unknown": sum(one.unknown for one in results),
        "repeated_mails": sum(one.repeated_mails for one in results),
        "seconds": round(seconds, 1),
    }
    _say(json.dumps(summary))
    return 1 if broken else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

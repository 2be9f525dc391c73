"""What migrations cost a shop: nothing to do, one new column, and the same by the stock command.

Shops are made from the template (without their first rows, which migrations do not ask for) up to
20, 200 and 1,000. At each size: the command's work when all are up to date, several times; then a
new version with one column more. `prepare_s` is what that costs once, whatever the number of shops:
public, the template and its dump. The stock command is measured on a few shops, each by itself.
"""

import importlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.platform import running
from benchmarks.report import show

SIZES, NOOPS, STOCK = (20, 200, 1000), 5, 3
WORKERS = 4
_COLUMN = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("columns", "{before}")]
    operations = [
        migrations.AddField("row", "{column}", models.IntegerField(db_default=0, default=0))
    ]
"""


def main(*, quick: bool = False) -> None:
    """Measure and print; the last line is one JSON object."""
    sizes, noops, stock = ((2, 4), 2, 1) if quick else (SIZES, NOOPS, STOCK)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_MIGRATIONS"] = folder
        with running(with_web=False, settings="benchmarks.columns.settings"):
            made = 0
            for size in sizes:
                made = _make_shops(made, size)
                rows.append(_measure(Path(folder), size, noops=noops, stock=stock))
    show("fleet", rows, rows[-1])


def _make_shops(made: int, wanted: int) -> int:
    """Their rows and schemas, as far as migrations are concerned."""
    from django.db import transaction

    from tenants.models import Tenant
    from tenants.template import replay_template

    for number in range(made, wanted):
        name = f"shop_bench_{number:04}"
        with transaction.atomic():
            Tenant(slug=f"bench-{number:04}", name=name, schema_name=name).save(force_insert=True)
            replay_template(name)
    return wanted


def _measure(folder: Path, size: int, *, noops: int, stock: int) -> dict[str, object]:
    from apps.shared import clock
    from tenants import services

    schemas = [f"shop_bench_{number:04}" for number in range(stock)]
    noop = statistics.median(_seconds(services.migrate_fleet) for _ in range(noops))
    stock_noop = _stock(schemas)
    _new_version(folder)
    prepare = _seconds(lambda: services.prepare_platform(now=clock.now()))
    begin = time.monotonic()
    run = services.migrate_fleet(workers=WORKERS)
    took = time.monotonic() - begin
    if len(run.outcomes) != size or run.failed:
        raise RuntimeError(f"{len(run.outcomes)} of {size} migrated, failed: {run.failed}")
    _new_version(folder)
    stock_migrate = _stock(schemas)
    # Those went ahead by themselves: the others follow, and all are alike at the next size.
    services.prepare_platform(now=clock.now())
    services.migrate_fleet(workers=WORKERS)
    return {
        "shops": size,
        "noop_ms_per_tenant": round(1000 * noop / size, 3),
        "noop_s": round(noop, 3),
        "stock_noop_ms_per_tenant": round(1000 * stock_noop, 1),
        "migrate_ms_per_tenant": round(1000 * took / size, 2),
        "migrate_s": round(took, 2),
        "prepare_s": round(prepare, 2),
        "stock_migrate_ms_per_tenant": round(1000 * stock_migrate, 1),
    }


def _stock(schemas: list[str]) -> float:
    """Seconds that django-tenants' command takes for one shop, by the median of some."""
    from django.core.management import call_command

    return statistics.median(
        _seconds(
            lambda schema=schema: call_command(  # type: ignore[misc]
                "migrate_schemas", schema_name=schema, interactive=False, verbosity=0
            )
        )
        for schema in schemas
    )


def _new_version(folder: Path) -> None:
    """This code has one migration more from now on."""
    from tenants import fingerprints, versions

    number = len(list(folder.glob("*.py"))) + 2
    before = "0001_initial" if number == 2 else f"{number - 1:04}_column"
    text = _COLUMN.format(before=before, column=f"column_{number}")
    (folder / f"{number:04}_column.py").write_text(text)
    importlib.invalidate_caches()
    fingerprints.code_migrations.cache_clear()
    fingerprints.code_fingerprint.cache_clear()
    versions._serves.clear()


def _seconds(work: Callable[[], object]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin

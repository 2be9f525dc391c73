"""Each entry of beat's schedule goes to active shops only, once a period."""

from importlib import import_module
from typing import Any

import pytest
from celery import Task
from django.conf import settings

from apps.payments import services as payments
from apps.shared import clock
from apps.shared.fan_out import Job
from apps.shared.schema import PUBLIC, use_schema
from config.celery import app
from tenants.models import Tenant
from tests.support.shops import TestShop

app.autodiscover_tasks(force=True)
# The platform's own work, which is nobody else's and bears being done twice at once.
IN_PUBLIC = {"delete-tenants", "resume-provisioning"}
ENTRIES = sorted(settings.CELERY_BEAT_SCHEDULE.keys() - IN_PUBLIC)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What tasks send instead of being sent: the name and the call."""
    kept: list[tuple[str, dict[str, Any]]] = []

    def keep(task: Task[Any, Any], **call: Any) -> None:
        kept.append((task.name, call))

    for one in app.tasks.values():
        # What a test before has put on a task itself stays there, as it was, when that is undone.
        monkeypatch.delitem(vars(one), "apply_async", raising=False)
    monkeypatch.setattr(Task, "apply_async", keep)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    # Neither of the shops has a provider that must be polled.
    monkeypatch.setattr(payments, "shops_to_poll", lambda *, shops: shops)
    return kept


@pytest.mark.parametrize("name", ENTRIES)
def test_each_entry_has_a_key_per_shop_and_period(
    shop_a: TestShop, shop_b: TestShop, sent: list[tuple[str, dict[str, Any]]], name: str
) -> None:
    """TEN-002: a period that is done is sent to nobody, and done by nobody."""
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    fan_out = app.tasks[entry["task"]]
    with use_schema(PUBLIC):
        others = Tenant.objects.exclude(schema_name__in=[PUBLIC, shop_a.schema])
        assert others.update(status="suspended") > 0

    assert fan_out(**entry["kwargs"]) == 1

    [(task, call)] = sent
    assert call["kwargs"]["shops"] == [shop_a.schema]
    assert call["kwargs"]["period"]
    assert call["expires"] > 0
    app.tasks[task](**call["kwargs"])
    assert fan_out(**entry["kwargs"]) == 0
    assert app.tasks[task](**call["kwargs"]) == 0


def test_every_job_has_a_name_of_its_own() -> None:
    modules = {import_module(one.__module__) for one in app.tasks.values()}
    jobs = [job for each in modules for job in vars(each).values() if isinstance(job, Job)]
    assert len({job.name for job in jobs}) == len(jobs) == len(ENTRIES)


@pytest.mark.parametrize("name", sorted(IN_PUBLIC))
def test_what_is_done_in_public_sends_nothing(
    db: None, sent: list[tuple[str, dict[str, Any]]], name: str
) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE[name]

    assert app.tasks[entry["task"]](**entry["kwargs"]) == 0
    assert sent == []

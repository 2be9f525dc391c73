"""A task names its tenant, or it does not run (TEN-002, T3)."""

import logging

import celery
import pytest

from apps.shared.outbox.tasks import deliver_batch
from apps.shared.schema import PUBLIC, current_schema
from apps.shared.tasks import TaskWithoutTenant, job_failed, schema_exists


@pytest.fixture
def failures():
    """What was told to whoever listens for failed jobs."""
    heard = []

    def hear(job, schema_name, error, **_):
        heard.append((job, schema_name, type(error)))

    job_failed.connect(hear)
    yield heard
    job_failed.disconnect(hear)


@pytest.mark.parametrize(
    "schema", [None, "", 7, "shop_of_nobody", "x'; SELECT 1; --", 'a"b', "pg_temp", b"public"]
)
def test_a_task_for_no_known_schema_refuses_to_run(shop_a, failures, schema, caplog):
    with caplog.at_level(logging.ERROR):
        result = deliver_batch.apply(kwargs={"schema_name": schema, "handed": []})

    assert isinstance(result.result, TaskWithoutTenant)
    assert failures == [("outbox.deliver", schema, TaskWithoutTenant)]
    assert "job_failed" in [one.message for one in caplog.records]
    assert current_schema() == shop_a.schema


def test_a_task_without_a_tenant_refuses_to_run(shop_a, failures):
    result = deliver_batch.apply(kwargs={"handed": []})

    assert isinstance(result.result, TaskWithoutTenant)
    assert failures == [("outbox.deliver", None, TaskWithoutTenant)]


def test_a_tenant_by_position_does_not_count(shop_a):
    with pytest.raises(TaskWithoutTenant):
        deliver_batch(shop_a.schema, [])


def test_a_task_runs_in_its_schema_and_leaves_the_caller_s(shop_a, shop_b, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "apps.shared.outbox.tasks.deliver_all", lambda handed, **_: seen.append(current_schema())
    )

    for name in (shop_b.schema, PUBLIC):
        deliver_batch(schema_name=name, handed=[[1, 1]])

    assert seen == [shop_b.schema, PUBLIC]
    assert current_schema() == shop_a.schema


def test_a_task_that_breaks_leaves_the_caller_s_schema_too(shop_a, shop_b, monkeypatch, failures):
    def break_down(handed, **_):
        raise LookupError

    monkeypatch.setattr("apps.shared.outbox.tasks.deliver_all", break_down)
    result = deliver_batch.apply(kwargs={"schema_name": shop_b.schema, "handed": [[1, 1]]})

    assert isinstance(result.result, LookupError)
    assert failures == [("outbox.deliver", shop_b.schema, LookupError)]
    assert current_schema() == shop_a.schema


def test_schemas_are_looked_up_as_names_and_not_as_sql(shop_a):
    assert schema_exists(shop_a.schema)
    assert schema_exists(PUBLIC)
    for name in ("", "nowhere", 'shop_test_a"', "shop_test_a; SELECT 1", "PUBLIC", "a" * 100):
        assert not schema_exists(name), name


def test_a_message_for_nobody_is_not_sent(shop_a):
    """Neither alone nor as a part of a canvas that was made elsewhere."""
    for send in (
        lambda: deliver_batch.delay(handed=[]),
        lambda: deliver_batch.apply_async(kwargs={"schema_name": "", "handed": []}),
        lambda: celery.chain(deliver_batch.si(handed=[]), deliver_batch.si(handed=[]))(),
        lambda: celery.group(deliver_batch.si(handed=[])).apply_async(),
    ):
        with pytest.raises(TaskWithoutTenant):
            send()


def test_tasks_are_not_sent_for_whichever_schema_a_hook_runs_in(shop_a):
    """Celery's `delay_on_commit` would; ours say for whom, and have no such way to be sent."""
    assert not hasattr(deliver_batch, "delay_on_commit")

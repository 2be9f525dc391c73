"""Plans for shops of tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from apps.shared.schema import PUBLIC, use_schema
from billing.models import Feature, Plan, PlanFeature, Subscription
from billing.selectors import forget_plans
from tenants.models import Tenant


@contextmanager
def on_plan(schema: str, **limits: int | None) -> Iterator[Plan]:
    """The shop in `schema` is on a plan of its own that grants these features, and then on none.

    Nothing of it stays, neither rows nor what caches know, whether or not the test commits.
    """
    with use_schema(PUBLIC):
        plan = Plan.objects.create(code=f"plan-of-{schema.replace('_', '-')}"[:40], name="Plan")
        for code, limit in limits.items():
            feature, _ = Feature.objects.get_or_create(code=code, defaults={"name": code})
            PlanFeature.objects.create(plan=plan, feature=feature, limit_value=limit)
        tenant = Tenant.objects.get(schema_name=schema)
        Subscription.objects.create(tenant=tenant, plan=plan)
    forget_plans()
    try:
        yield plan
    finally:
        with use_schema(PUBLIC):
            Subscription.objects.filter(plan=plan).delete()
            plan.delete()
            Feature.objects.filter(code__in=limits).delete()
        forget_plans()

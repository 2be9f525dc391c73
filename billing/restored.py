"""A shop's plan is kept with its backup: it stands in `public`."""

from typing import Any

from billing.models import Plan, Subscription
from tenants.restoring import RestoredShop, keeps_with_backups, settles_restored_shops

_NAME = "subscription"


@keeps_with_backups(_NAME)
def subscription_of(schema_name: str) -> dict[str, Any] | None:
    """The plan of the shop in a schema, by its code, and how the subscription stands."""
    found = Subscription.objects.filter(tenant__schema_name=schema_name)
    row = found.values("plan__code", "status", "trial_ends_at").first()
    return row and {
        "plan": row["plan__code"],
        "status": row["status"],
        "trial_ends_at": row["trial_ends_at"],
    }


@settles_restored_shops
def subscribe_again(shop: RestoredShop) -> None:
    """To the same plan, if there still is one of that code. A copy is nobody's customer."""
    kept = shop.kept.get(_NAME)
    if kept is None or shop.is_copy:
        return
    plan = Plan.objects.filter(code=kept["plan"]).first()
    if plan is not None:
        Subscription.objects.create(
            tenant_id=shop.tenant_id,
            plan=plan,
            status=kept["status"],
            trial_ends_at=kept["trial_ends_at"],
        )

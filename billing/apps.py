from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_delete, post_save


class Config(AppConfig):
    name = "billing"
    label = "billing"

    def ready(self) -> None:
        """Whoever writes a plan, a feature or a subscription: the copies end with the commit.

        Signals here carry no decision of the domain; `queryset.update()` sends none, and whoever
        uses it calls `forget_plans` itself.
        """
        from billing import restored  # noqa: F401 - registers what goes with a backup
        from tenants.provisioning import forgets_gone_shops

        forgets_gone_shops(_end_subscription)
        for name in ("Plan", "Feature", "PlanFeature", "Subscription"):
            model = self.get_model(name)
            for signal in (post_save, post_delete):
                signal.connect(_forget_after_commit, sender=model, dispatch_uid=f"forget_{name}")


def _forget_after_commit(**_: object) -> None:
    from billing.selectors import forget_plans

    transaction.on_commit(forget_plans)


def _end_subscription(schema_name: str) -> None:
    """Of a shop that is deleted."""
    from billing.models import Subscription

    Subscription.objects.filter(tenant__schema_name=schema_name).delete()

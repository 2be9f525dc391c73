from typing import Any

from django.conf import settings

from apps.shared.errors import PaymentRequired


class PlanLimitReached(PaymentRequired):
    """The shop's plan allows no more of it."""

    code = "plan_limit_reached"

    def __init__(self, message: str = "", **details: Any) -> None:
        """`details`: the feature's code, its `limit` and how much of it is `used`."""
        super().__init__(message, **details, upgrade_url=settings.PLAN_UPGRADE_URL)

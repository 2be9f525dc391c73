from django.db import models

from apps.shared.states import StateMachine


class TenantStatus(models.TextChoices):
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


TENANT = StateMachine(
    name="tenant",
    initial=TenantStatus.PROVISIONING,
    transitions={
        TenantStatus.PROVISIONING: frozenset({TenantStatus.ACTIVE}),
        TenantStatus.ACTIVE: frozenset({TenantStatus.SUSPENDED, TenantStatus.ARCHIVED}),
        TenantStatus.SUSPENDED: frozenset({TenantStatus.ACTIVE, TenantStatus.ARCHIVED}),
        TenantStatus.ARCHIVED: frozenset({TenantStatus.ACTIVE}),
    },
)

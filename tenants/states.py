from django.db import models

from apps.shared.states import StateMachine


class TenantStatus(models.TextChoices):
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"
    DELETING = "deleting"


class MigrationState(models.TextChoices):
    """Of a shop's schema. A run writes it (tenants/fleet/records.py), and who asks for one more."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


# Those that were killed stay RUNNING, and may be asked for again like all others.
MIGRATION = StateMachine(
    name="migration",
    initial=MigrationState.WAITING,
    transitions={
        MigrationState.WAITING: frozenset({MigrationState.RUNNING}),
        MigrationState.RUNNING: frozenset(
            {MigrationState.WAITING, MigrationState.DONE, MigrationState.FAILED}
        ),
        MigrationState.DONE: frozenset({MigrationState.WAITING, MigrationState.RUNNING}),
        MigrationState.FAILED: frozenset({MigrationState.WAITING, MigrationState.RUNNING}),
    },
)


TENANT = StateMachine(
    name="tenant",
    initial=TenantStatus.PROVISIONING,
    transitions={
        TenantStatus.PROVISIONING: frozenset({TenantStatus.ACTIVE}),
        TenantStatus.ACTIVE: frozenset(
            {TenantStatus.SUSPENDED, TenantStatus.ARCHIVED, TenantStatus.DELETING}
        ),
        TenantStatus.SUSPENDED: frozenset(
            {TenantStatus.ACTIVE, TenantStatus.ARCHIVED, TenantStatus.DELETING}
        ),
        TenantStatus.ARCHIVED: frozenset({TenantStatus.ACTIVE, TenantStatus.DELETING}),
        # Back to what it was, for as long as its schema is there.
        TenantStatus.DELETING: frozenset(
            {TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.ARCHIVED}
        ),
    },
)


class Scope(models.TextChoices):
    """What a key of the platform opens."""

    READ = "tenants:read", "see shops"
    WRITE = "tenants:write", "make, suspend, resume, archive and rename shops"
    DELETE = "tenants:delete", "have shops deleted, and cancel that"


class ProvisioningState(models.TextChoices):
    """What a new shop has by now."""

    REQUESTED = "requested"
    SCHEMA = "schema"
    SEEDED = "seeded"
    READY = "ready"
    FAILED = "failed"


PROVISIONING = StateMachine(
    name="provisioning",
    initial=ProvisioningState.REQUESTED,
    transitions={
        ProvisioningState.REQUESTED: frozenset(
            {ProvisioningState.SCHEMA, ProvisioningState.FAILED}
        ),
        ProvisioningState.SCHEMA: frozenset({ProvisioningState.SEEDED, ProvisioningState.FAILED}),
        ProvisioningState.SEEDED: frozenset({ProvisioningState.READY, ProvisioningState.FAILED}),
        ProvisioningState.READY: frozenset(),
        ProvisioningState.FAILED: frozenset(),
    },
)
UNFINISHED = frozenset(
    {ProvisioningState.REQUESTED, ProvisioningState.SCHEMA, ProvisioningState.SEEDED}
)


class DeletionState(models.TextChoices):
    """How far the end of a shop is."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    DONE = "done"


DELETION = StateMachine(
    name="deletion",
    initial=DeletionState.SCHEDULED,
    transitions={
        DeletionState.SCHEDULED: frozenset({DeletionState.CANCELLED, DeletionState.DROPPED}),
        DeletionState.CANCELLED: frozenset(),
        # The rows are gone; the files follow, outside of any transaction.
        DeletionState.DROPPED: frozenset({DeletionState.DONE}),
        DeletionState.DONE: frozenset(),
    },
)

"""The customers of the platform and the hosts they answer on; both live in `public`."""

from datetime import datetime
from typing import Any, NoReturn

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from apps.shared.ids import new_id, public_id
from apps.shared.models import Identified, currency_field

from .routing import tell_of_change
from .states import (
    DELETION,
    MIGRATION,
    PROVISIONING,
    TENANT,
    UNFINISHED,
    DeletionState,
    MigrationState,
    ProvisioningState,
    TenantStatus,
)


class Tenant(TenantMixin):
    """A shop, or the platform itself (schema `public`).

    Schemas are made by `tenants.services.provision_tenant` only, never by saving a row.
    """

    id_prefix = "ten"
    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    status = models.CharField(
        max_length=12, choices=TenantStatus.choices, default=TenantStatus.PROVISIONING
    )
    created_at = models.DateTimeField(auto_now_add=True)
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Of the migrations that its schema has (tenants.fingerprints).",
    )

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=TenantStatus.values), name="tenant_status_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id(self.id_prefix, self.id)

    def move_to(self, target: TenantStatus, *, now: datetime) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        TENANT.check(self.status, target)
        self.status = target
        self.save(update_fields=["status"])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's own: django-tenants' version forbids saving from another schema."""
        models.Model.save(self, *args, **kwargs)
        tell_of_change()

    def __enter__(self) -> NoReturn:
        """Refused: what django-tenants puts aside here, threads that share the row take from each
        other."""
        raise TypeError("`with use_schema(tenant.schema_name):` instead")


class Domain(DomainMixin):
    """A host name, lower case, without port."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return str(self.domain)

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)  # type: ignore[no-untyped-call]
        tell_of_change()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted: tuple[int, dict[str, int]] = super().delete(*args, **kwargs)
        tell_of_change()
        return deleted


class Provisioning(models.Model):
    """How far a new shop is, and what it is made with; kept when the shop is gone.

    `tenant_id` is the tenant's key and no foreign key: a shop that could not be made leaves no row
    behind but this one. The owner's address and password, a hash, are gone when it is ready.
    """

    tenant_id = models.UUIDField(primary_key=True, editable=False)
    slug = models.CharField(max_length=40)
    schema_name = models.CharField(max_length=63)
    domain = models.CharField(max_length=253)
    name = models.CharField(max_length=120)
    currency = currency_field()
    country = models.CharField(max_length=2)
    owner_email = models.EmailField(blank=True)
    owner_password = models.CharField(max_length=128, blank=True)
    state = models.CharField(
        max_length=10, choices=ProvisioningState.choices, default=ProvisioningState.REQUESTED
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ProvisioningState.values),
                name="provisioning_state_known",
            )
        ]
        indexes = [
            models.Index(
                fields=["updated_at"],
                name="provisioning_unfinished",
                condition=models.Q(state__in=sorted(UNFINISHED)),
            ),
            models.Index(fields=["slug"], name="provisioning_slug"),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.state}"

    def move_to(self, target: ProvisioningState, *, now: datetime) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        PROVISIONING.check(self.state, target)
        self.state = target
        self.updated_at = now
        if target not in UNFINISHED:
            self.owner_email = self.owner_password = ""
        self.save(update_fields=["state", "updated_at", "owner_email", "owner_password"])


class TenantDeletion(models.Model):
    """The end of a shop, asked for and awaited; kept when the shop is gone."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    slug = models.CharField(max_length=40)
    schema_name = models.CharField(max_length=63)
    status_before = models.CharField(max_length=12, choices=TenantStatus.choices)
    state = models.CharField(
        max_length=10, choices=DeletionState.choices, default=DeletionState.SCHEDULED
    )
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=DeletionState.values), name="deletion_state_known"
            ),
            models.UniqueConstraint(
                fields=["tenant_id"],
                name="deletion_scheduled_once",
                condition=~models.Q(state=DeletionState.CANCELLED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.state}"

    def move_to(self, target: DeletionState, *, now: datetime) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        DELETION.check(self.state, target)
        self.state = target
        if DELETION.is_terminal(target):
            self.ended_at = now
        self.save(update_fields=["state", "ended_at"])


class PlatformKey(Identified):
    """A key of the platform's API. The key itself is shown once, when it is made."""

    id_prefix = "plk"

    name = models.CharField(max_length=120, help_text="Who uses it, and for what.")
    digest = models.BinaryField(max_length=32, unique=True)
    ending = models.CharField(max_length=4)
    scopes = models.JSONField(default=list)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """Who it is wherever it is written down who did something."""
        return f"platform_key:{self.public_id}"


class TemplateScript(models.Model):
    """The SQL that makes a new shop's schema, for one set of migrations."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    script = models.TextField()
    migrations = models.TextField(
        default="", db_default="", help_text="What the fingerprint is of: one app.name a line."
    )
    silent_from = models.CharField(
        max_length=64,
        default="",
        db_default="",
        help_text="From this fingerprint on, what follows migrations had nothing to write.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint


class MigrationScript(models.Model):
    """One migration as the SQL that ran in the template, good for schemas in the same state."""

    id = models.BigAutoField(primary_key=True)
    migration = models.CharField(max_length=255, help_text="app.name")
    before = models.CharField(
        max_length=64, help_text="Fingerprint of what the template had when it ran."
    )
    sql = models.TextField()
    is_replayable = models.BooleanField(help_text="All that it does is in the SQL.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["migration", "before"], name="migration_script_once")
        ]

    def __str__(self) -> str:
        return self.migration


class ShopMigration(models.Model):
    """How the last attempt to bring a shop's schema up to date went."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="migration"
    )
    state = models.CharField(
        max_length=10, choices=MigrationState.choices, default=MigrationState.WAITING
    )
    step = models.CharField(
        max_length=255, blank=True, help_text="The migration (app.name) that was begun last."
    )
    error = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text="Since it was last up to date.")
    fingerprint = models.CharField(max_length=64, help_text="What it is brought to.")
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["tenant__slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=MigrationState.values),
                name="shop_migration_state_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant.slug}: {self.state}"

    def move_to(self, target: MigrationState, *, now: datetime) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        MIGRATION.check(self.state, target)
        self.state, self.asked_at = target, now
        self.save(update_fields=["state", "asked_at"])

"""The customers of the platform and the hosts they answer on; both live in `public`."""

from datetime import datetime
from typing import Any

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from apps.shared.ids import new_id, public_id

from .routing import tell_of_change
from .states import TENANT, TenantStatus


class Tenant(TenantMixin):
    """A shop, or the platform itself (schema `public`).

    Schemas are made by `tenants.services.create_tenant` only, never by saving a row.
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


class TemplateScript(models.Model):
    """The SQL that makes a new shop's schema, for one set of migrations."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    script = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint

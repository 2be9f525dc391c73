"""How the platform's API shows shops."""

from typing import Any

from rest_framework import serializers

from apps.shared.api.fields import PublicIdField
from apps.shared.api.openapi import Answer, ConstantField
from apps.shared.ids import public_id
from tenants.dto import TenantDetail
from tenants.states import ProvisioningState, TenantStatus

STATUSES = [*TenantStatus.values, "failed", "deleted"]


class TenantAnswer(Answer):
    """A shop. A new one is usable when its status is `active`."""

    object = ConstantField("tenant")
    id = PublicIdField("ten")
    slug = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(
        STATUSES,
        help_text="`failed`: it could not be made, nothing of it is left and its name is free.",
    )
    domain = serializers.CharField(
        allow_null=True, help_text="The host under which it presents itself."
    )
    provisioning = serializers.ChoiceField(
        ProvisioningState.values,
        help_text="How far its making is: `requested`, `schema`, `seeded`, then `ready` or "
        "`failed`.",
    )
    created_at = serializers.DateTimeField()
    deletes_at = serializers.DateTimeField(
        allow_null=True, help_text="When all that it holds is deleted, or was; null: never."
    )


def tenant_json(shop: TenantDetail) -> dict[str, Any]:
    """As TenantAnswer says."""
    return {
        "object": "tenant",
        "id": public_id("ten", shop.id),
        "slug": shop.slug,
        "name": shop.name,
        "status": shop.status,
        "domain": shop.domain,
        "provisioning": shop.provisioning,
        "created_at": shop.created_at,
        "deletes_at": shop.deletes_at,
    }

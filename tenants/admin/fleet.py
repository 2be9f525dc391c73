from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.shared import clock
from apps.shared.admin.bases import ReadOnlyAdmin
from tenants import services
from tenants.models import ShopMigration
from tenants.versions import serves


class ShopMigrationAdmin(ReadOnlyAdmin[ShopMigration]):
    """How far shops' schemas are, as the last run left them. A person may ask for one more try."""

    list_display = ["shop", "state", "lags", "step", "told", "attempts", "began_at", "ended_at"]
    list_filter = ["state", "ended_at"]
    list_select_related = ["tenant"]
    search_fields = ["tenant__slug", "tenant__name", "step"]
    search_help_text = "Short name, name, or the migration (app.name)"
    ordering = ["tenant__slug"]
    fields = [
        "shop",
        "state",
        "lags",
        "step",
        "attempts",
        "asked_at",
        "began_at",
        "ended_at",
        "whole_error",
    ]
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("tenants.change_shopmigration"))

    @admin.action(description="Try again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[ShopMigration]) -> None:
        """On record, each of them; a worker does it. Those that are done are left alone."""
        now = clock.now()
        keys = sorted(queryset.values_list("pk", flat=True))
        asked = sum(services.retry_migration(tenant_id=key, now=now) for key in keys)
        told = f"{asked} shops are tried again."
        if left := len(keys) - asked:
            told += f" {left} are up to date."
        messages.add_message(request, messages.SUCCESS if asked else messages.WARNING, told)

    @admin.display(description="Shop", ordering="tenant__slug")
    def shop(self, row: ShopMigration) -> str:
        return str(row.tenant.slug)

    @admin.display(description="Lags", boolean=True)
    def lags(self, row: ShopMigration) -> bool:
        return not serves(row.tenant.fingerprint)

    @admin.display(description="Error")
    def told(self, row: ShopMigration) -> str:
        return row.error.partition("\n")[0][:120]

    @admin.display(description="Error")
    def whole_error(self, row: ShopMigration) -> SafeString:
        return format_html('<pre class="raw">{}</pre>', row.error)

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.shared.admin.bases import KeptAdmin
from apps.shared.admin.cards import Card, index_card
from apps.shared.admin.columns import columns_of, with_extra_columns
from apps.shared.admin.panels import Panel, link, make_panel
from apps.shared.schema import PUBLIC
from tenants.admin.create_shop import CreateShopForm
from tenants.admin.steps import offered_steps, step_view
from tenants.models import Tenant
from tenants.states import TenantStatus


class TenantAdmin(KeptAdmin[Tenant]):
    """Shops. One is made by its form, whole or not at all; its status is moved by services."""

    change_list_template = "admin/galleria/tenant_list.html"
    change_form_template = "admin/galleria/steps.html"
    list_display = ["name", "slug", "status", "hosts"]
    list_filter = ["status", "created_at"]
    search_fields = ["name", "slug", "domains__domain"]
    search_help_text = "Name, slug, domain or id (ten_…)"
    fields = ["name", "public_id", "slug", "schema_name", "status", "created_at"]
    readonly_fields = ["public_id", "slug", "schema_name", "status", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        shops = super().get_queryset(request).exclude(schema_name=PUBLIC)
        return with_extra_columns(shops).prefetch_related("domains")

    def get_list_display(self, request: HttpRequest) -> Any:
        return [*self.list_display, *columns_of(Tenant), "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *columns_of(Tenant)]

    def get_fields(self, request: HttpRequest, obj: Tenant | None = None) -> Any:
        return [*super().get_fields(request, obj), *columns_of(Tenant)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_step)
        own = path("<uuid:tenant_id>/step/<slug:name>/", view, name="tenants_tenant_step")
        return [own, *super().get_urls()]

    def take_step(self, request: HttpRequest, tenant_id: UUID, name: str) -> HttpResponse:
        """Suspend, resume, archive, rename, delete, or cancel that."""
        return step_view(self, request, tenant_id, name)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (shop := kwargs.get("obj")) is not None:
            context["steps"] = list(offered_steps(request, shop))
        return super().render_change_form(request, context, *args, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Instead of a row, a whole shop."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CreateShopForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and (shop := form.create()):
            self.log_addition(request, shop, "Created the shop.")
            messages.success(request, _made(request, shop))
            return HttpResponseRedirect(reverse("admin:tenants_tenant_change", args=[shop.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Create shop",
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "submit": "Create shop",
        }
        return TemplateResponse(request, "admin/galleria/form.html", context)

    @admin.display(description="Domains")
    def hosts(self, shop: Tenant) -> str:
        domains = sorted(shop.domains.all(), key=lambda one: (not one.is_primary, one.domain))
        return ", ".join(one.domain for one in domains)

    def get_panels(self, request: HttpRequest, obj: Tenant) -> list[Panel]:
        rows = [
            {
                "Domain": link(one.domain, "admin:tenants_domain_change", one.pk),
                "Primary": "yes" if one.is_primary else "",
                "Admin": _admin_link(request, one.domain),
            }
            for one in obj.domains.order_by("-is_primary", "domain")
        ]
        return [make_panel("Domains", rows)]


def _admin_link(request: HttpRequest, domain: str) -> SafeString:
    address = _address(request, domain)
    return format_html('<a href="{}" rel="noreferrer">{}</a>', address, address)


def _address(request: HttpRequest, domain: str) -> str:
    """Where a shop's admin is: shops are served as the platform is, on the same port."""
    port = request.get_host().partition(":")[2]
    return f"{request.scheme}://{domain}{f':{port}' if port else ''}/admin/"


def _made(request: HttpRequest, shop: Tenant) -> SafeString:
    address = _address(request, str(shop.domains.get(is_primary=True).domain))
    return format_html('“{}” is ready. Its admin: <a href="{}">{}</a>', shop, address, address)


@index_card("Shops", permission="tenants.view_tenant", place=10, on="platform")
def active_shops() -> Card:
    """Tenants that answer."""
    count = Tenant.objects.filter(status=TenantStatus.ACTIVE).exclude(schema_name=PUBLIC).count()
    return Card(str(count), hint="active", url=reverse("admin:tenants_tenant_changelist"))

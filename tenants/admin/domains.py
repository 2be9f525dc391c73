import re
from typing import Any

from django import forms
from django.http import HttpRequest

from apps.shared.admin.bases import EditableAdmin
from apps.shared.schema import PUBLIC
from tenants.models import Domain, Tenant
from tenants.selectors import normal_host

_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]
    """A host as the look-up knows it: lower case, no port."""

    class Meta:
        model = Domain
        fields = ["domain", "tenant", "is_primary"]
        help_texts = {"is_primary": "The host under which the shop presents itself; one per shop."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tenant" in self.fields:
            shops: Any = self.fields["tenant"]
            shops.queryset = Tenant.objects.exclude(schema_name=PUBLIC)

    def clean_domain(self) -> str:
        host = normal_host(self.cleaned_data["domain"].strip())
        if not _HOST.fullmatch(host):
            raise forms.ValidationError("A host name, as in shop.example.com.", code="host")
        return host

    def clean_is_primary(self) -> bool:
        """A shop keeps a primary domain: another one is made primary instead."""
        wanted: bool = self.cleaned_data["is_primary"]
        was = self.instance.pk and Domain.objects.get(pk=self.instance.pk).is_primary
        if was and not wanted:
            raise forms.ValidationError("Make another domain primary instead.", code="primary")
        return wanted


class DomainAdmin(EditableAdmin[Domain]):
    """Hosts. The platform's own is set by the environment; a primary one is not deleted."""

    form = DomainForm
    actions = None
    locked_fields = ("tenant",)
    list_display = ["domain", "tenant", "is_primary"]
    list_filter = ["is_primary"]
    list_select_related = ["tenant"]
    search_fields = ["domain", "tenant__name", "tenant__slug"]
    autocomplete_fields = ["tenant"]

    def has_change_permission(self, request: HttpRequest, obj: Domain | None = None) -> bool:
        return not _is_platforms(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Domain | None = None) -> bool:
        if obj is not None and obj.is_primary:
            return False
        return super().has_delete_permission(request, obj)


def _is_platforms(domain: Domain | None) -> bool:
    return domain is not None and domain.tenant.schema_name == PUBLIC

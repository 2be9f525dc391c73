from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.shared import clock
from apps.shared.admin import people
from apps.shared.admin.bases import KeptAdmin
from tenants import services
from tenants.models import PlatformKey
from tenants.states import Scope


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who uses a key, and what it opens."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, label="May"
    )

    class Meta:
        model = PlatformKey
        fields = ["name", "scopes"]


class PlatformKeyAdmin(KeptAdmin[PlatformKey]):
    """Keys of the platform's API. One is shown when it is made, and never again; it is not changed
    but revoked."""

    form = KeyForm
    actions = ["revoke"]
    list_display = ["name", "opens", "ends_with", "created_at", "last_used_at", "revoked_at"]
    search_fields = ["name"]
    fields = ["name", "scopes"]
    list_filter = ["revoked_at"]

    def has_change_permission(self, request: HttpRequest, obj: PlatformKey | None = None) -> bool:
        # The list's action needs the right; a key's own page only shows it.
        return obj is None and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: PlatformKey | None = None) -> Any:
        if obj is None:
            return self.fields
        who = people.person_column("created_by", "Made by")
        return ["name", "public_id", "opens", "ends_with", who, "created_at", "last_used_at",
                "revoked_at"]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: PlatformKey | None = None) -> Any:
        return [] if obj is None else self.get_fields(request, obj)

    @admin.display(description="May")
    def opens(self, key: PlatformKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="Key")
    def ends_with(self, key: PlatformKey) -> str:
        return f"skp_…{key.ending}"

    def save_model(self, request: HttpRequest, obj: PlatformKey, form: Any, change: bool) -> None:
        """Instead of the row, a key; it is told in a message."""
        made, token = services.create_platform_key(
            name=form.cleaned_data["name"],
            scopes=[Scope(one) for one in form.cleaned_data["scopes"]],
            now=clock.now(),
        )
        obj.__dict__.update(made.__dict__)
        messages.warning(request, f"The key, which is not shown again: {token}")

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[PlatformKey]) -> None:
        for key in queryset:
            services.revoke_platform_key(key_id=key.pk, why="", now=clock.now())
        messages.success(request, "Revoked: they open nothing any more.")

from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.http import HttpRequest

from apps.staff.admin.users import EmailUserAdmin, NewUserForm
from apps.staff.models import User

_PLATFORM_APPS = ("tenants", "billing", "outbox", "audit")


class PlatformUserForm(forms.ModelForm):  # type: ignore[type-arg]
    """Someone of the platform: a superuser, or someone with chosen rights."""

    class Meta:
        model = User
        fields = ["email", "name", "is_active", "is_superuser", "user_permissions"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rights: Any = self.fields["user_permissions"]
        rights.queryset = Permission.objects.filter(
            content_type__app_label__in=_PLATFORM_APPS
        ).select_related("content_type")


class PlatformUserAdmin(EmailUserAdmin):
    """The platform's people. Rights are given by superusers only."""

    form = PlatformUserForm
    add_form = NewUserForm
    list_display = ["email", "name", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    filter_horizontal = ["user_permissions"]
    fieldsets = [
        (None, {"fields": ["email", "name", "password_state"]}),
        ("Rights", {"fields": ["is_active", "is_superuser", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "name", "usable_password", "password1", "password2"]}),
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._is_superuser(request)

    def _is_superuser(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.shared.admin.audited import Audited
from apps.shared.db import unit_of_work
from apps.staff.models import User

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[User]
else:
    _UserAdmin = UserAdmin


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """Someone new, who may sign in to this admin."""

    class Meta:
        model = User
        fields = ["email", "name"]

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = True
        return super().save(commit)


class EmailUserAdmin(Audited, _UserAdmin):
    """Users named by their e-mail address. They are switched off, not deleted: what they did
    keeps their name. Password hashes are not shown."""

    audited_as = ("staff", "user")
    show_full_result_count = False
    list_per_page = 50
    ordering = ["email"]
    search_fields = ["email", "name"]
    search_help_text = "E-mail address or name"
    readonly_fields = ["password_state", "last_login", "created_at"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Users", **(extra_context or {})})

    def audited(self, obj: User) -> dict[str, object]:
        return {
            "email": obj.email,
            "name": obj.name,
            "is_active": obj.is_active,
            "is_superuser": obj.is_superuser,
            "password": sha256(obj.password.encode()).hexdigest(),
            "roles": sorted(Group.objects.filter(user=obj).values_list("name", flat=True)),
            "rights": sorted(
                Permission.objects.filter(user=obj).values_list("codename", flat=True)
            ),
        }

    def audited_id(self, obj: User) -> str:
        return obj.public_id

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """As Django's; the entry in the audit commits with the password."""
        if request.method != "POST":
            return super().user_change_password(request, id, form_url)
        with unit_of_work():
            if (user := self.get_object(request, id)) is not None:
                self.remember_for_audit(request, user.pk)
            return super().user_change_password(request, id, form_url)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A superuser is changed by superusers only."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    @admin.display(description="Password")
    def password_state(self, user: User) -> SafeString:
        state = "set" if user.has_usable_password() else "not set"
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('{} – <a href="{}">set a new one</a>', state, url)

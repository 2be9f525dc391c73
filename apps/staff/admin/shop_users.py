from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.staff.admin.users import EmailUserAdmin, NewUserForm
from apps.staff.models import User
from apps.staff.roles import DESCRIPTIONS, Role


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """The roles of a shop, each with a word about what it may do."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self) -> None:
        roles = Group.objects.filter(name__in=Role.values)
        super().__init__(roles, label="Roles")

    def label_from_instance(self, obj: Any) -> str:
        return f"{Role(obj.name).label}: {DESCRIPTIONS[obj.name]}"


class NewStaffForm(NewUserForm):
    """A new member of staff, with roles from the start."""

    groups = RolesField()

    class Meta(NewUserForm.Meta):
        fields = ["email", "name", "groups"]


class StaffForm(forms.ModelForm):  # type: ignore[type-arg]
    """A shop always keeps an owner who can sign in."""

    groups = RolesField()

    class Meta:
        model = User
        fields = ["email", "name", "is_active", "groups"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        stays_owner = cleaned.get("is_active") and any(
            group.name == Role.OWNER for group in cleaned.get("groups", ())
        )
        if not stays_owner and self._is_last_owner():
            raise forms.ValidationError(
                "This is the shop's last owner: make somebody else an owner first.",
                code="last_owner",
            )
        return cleaned

    def _is_last_owner(self) -> bool:
        # Locked, so that of two owners who switch each other off the second is refused.
        owner = Group.objects.select_for_update().get(name=Role.OWNER)
        owners = User.objects.filter(is_active=True, groups=owner)
        mine = owners.filter(pk=self.instance.pk)
        return mine.exists() and not owners.exclude(pk=self.instance.pk).exists()


class ShopUserAdmin(EmailUserAdmin):
    """Staff of one shop, for its owners."""

    form = StaffForm
    add_form = NewStaffForm
    list_display = ["email", "name", "roles", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["email", "name", "password_state"]}),
        ("Rights", {"fields": ["is_active", "groups"]}),
        ("Dates", {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "name", "usable_password", "password1", "password2"]}),
        ("Rights", {"fields": ["groups"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        names = sorted(group.name for group in user.groups.all())
        return ", ".join(names) or ("superuser" if user.is_superuser else "none")

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.payments.models import PaymentAccount
from apps.payments.selectors import account_for_audit
from apps.shared.admin.audited import Audited
from apps.shared.admin.bases import KeptAdmin

SET = "•••• set"
_SECRETS = {"new_secret_key": "secret_key", "new_webhook_secret": "webhook_secret"}


def _secret_field(label: str, help_text: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


class PaymentAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Secrets go in and never come out: an empty field keeps what is stored."""

    new_secret_key = _secret_field("Secret key", "Leave empty to keep the one that is set.")
    new_webhook_secret = _secret_field("Webhook secret", "Leave empty to keep the one that is set.")

    class Meta:
        model = PaymentAccount
        fields = ["provider", "publishable_key", "is_active", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, stored in _SECRETS.items():
            is_set = getattr(self.instance, f"has_{stored}", False)
            self.fields[field].widget.attrs["placeholder"] = SET if is_set else "not set"
        self.fields["new_secret_key"].required = self.instance.pk is None

    def clean_publishable_key(self) -> str:
        """What stands here is shown to every shopper."""
        key: str = self.cleaned_data["publishable_key"]
        if key.startswith(("sk_", "rk_", "whsec_")):
            raise forms.ValidationError(
                "This is a secret. The publishable key begins with pk_.", code="secret_key"
            )
        return key

    def save(self, commit: bool = True) -> PaymentAccount:
        for field, stored in _SECRETS.items():
            if value := self.cleaned_data.get(field):
                setattr(self.instance, stored, value)
        account: PaymentAccount = super().save(commit)
        return account


class PaymentAccountAdmin(Audited, KeptAdmin[PaymentAccount]):
    """The shop's accounts at providers, tried in the order of their position.

    Secrets are not even read: deferred, with no more than the fact that there is one.
    """

    audited_as = ("payments", "account")
    form = PaymentAccountForm
    locked_fields = ("provider",)
    list_display = ["provider", "publishable_key", "is_active", "position"]
    fieldsets = [
        (None, {"fields": ["provider", "is_active", "position", "publishable_key"]}),
        ("Secrets", {"fields": ["new_secret_key", "new_webhook_secret"]}),
    ]

    def audited(self, obj: PaymentAccount) -> dict[str, object]:
        return account_for_audit(obj)

    def audited_id(self, obj: PaymentAccount) -> str:
        return obj.provider

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentAccount]:
        return (
            super()
            .get_queryset(request)
            .defer("secret_key", "webhook_secret")
            .annotate(has_secret_key=~Q(secret_key=""), has_webhook_secret=~Q(webhook_secret=""))
        )

    def get_fieldsets(self, request: HttpRequest, obj: PaymentAccount | None = None) -> Any:
        """Who may only look is not shown the fields for secrets."""
        may_change = self.has_change_permission(request, obj) or obj is None
        return self.fieldsets if may_change else self.fieldsets[:1]

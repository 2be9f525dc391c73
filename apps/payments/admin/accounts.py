from hashlib import sha256
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from apps.payments.admin.account_form import (
    PaymentAccountForm,
    field_name,
    form_of,
    own_settings,
    unconnected,
)
from apps.payments.errors import UnknownProvider
from apps.payments.gateways import provider_of, provider_title, providers
from apps.payments.models import PaymentAccount
from apps.shared.admin.audited import Audited
from apps.shared.admin.bases import KeptAdmin


class PaymentAccountAdmin(Audited, KeptAdmin[PaymentAccount]):
    """The shop's accounts at providers, offered in the order of their position.

    Secrets are not even read: deferred, with no more than the fact that there is one.
    """

    audited_as = ("payments", "account")
    form = PaymentAccountForm
    list_display = ["title", "is_active", "position", "passed_over_until"]
    readonly_fields = ["title", "webhook_path", "passed_over_until"]

    def audited(self, obj: PaymentAccount) -> dict[str, object]:
        """That a secret changed is all that is told of one."""
        secrets = {name: sha256(text.encode()).hexdigest() for name, text in obj.secrets.items()}
        told = {
            "is_active": obj.is_active,
            "position": obj.position,
            "is_captured_by_hand": obj.is_captured_by_hand,
        }
        return {**told, **obj.settings, **secrets}

    def audited_id(self, obj: PaymentAccount) -> str:
        return obj.provider

    @admin.display(description="Provider", ordering="provider")
    def title(self, account: PaymentAccount) -> str:
        return provider_title(account.provider)

    @admin.display(description="Webhooks go to")
    def webhook_path(self, account: PaymentAccount) -> str:
        """On the shop's own domain, which the provider must be told with it."""
        if not provider_of(account.provider).capabilities.has_webhooks:
            return "The provider sends none."
        return reverse("webhook", args=[account.provider])

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentAccount]:
        every = [one for each in providers() for one in each.credentials.settings()]
        is_set = {f"has_{one.name}": Q(secrets__has_key=one.name) for one in every if one.is_secret}
        return super().get_queryset(request).defer("secrets").annotate(**is_set)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and bool(unconnected())

    def get_form(
        self,
        request: HttpRequest,
        obj: PaymentAccount | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        form = form_of(_code(request, obj), is_new=obj is None)
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: PaymentAccount | None = None) -> Any:
        """Who may only look is not shown the fields for secrets."""
        if obj is None:
            about = ["provider", "is_active", "position"]
        else:
            about = ["title", "is_active", "position", "webhook_path", "passed_over_until"]
        provider = provider_of(_code(request, obj))
        settings = own_settings(provider)
        if provider.capabilities.supports_manual_capture:
            about.append("is_captured_by_hand")
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": about})]
        shown = [field_name(one) for one in settings if not one.is_secret]
        secrets = [field_name(one) for one in settings if one.is_secret]
        return [
            (None, {"fields": about}),
            ("Account", {"fields": shown}),
            ("Secrets", {"fields": secrets}),
        ]


def _code(request: HttpRequest, account: PaymentAccount | None) -> str:
    """The provider of the account, or of the one that is being added."""
    if account is not None:
        return account.provider
    wanted = request.POST.get("provider") or request.GET.get("provider", "")
    try:
        return provider_of(wanted).code
    except UnknownProvider:
        return next(iter([*unconnected(), *(one.code for one in providers())]))

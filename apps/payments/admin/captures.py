"""Taking less than was agreed to, or all of it, of one payment."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.payments import services
from apps.payments.gateways import provider_of
from apps.payments.models import PaymentIntent
from apps.payments.states import IntentStatus
from apps.shared import clock
from apps.shared.admin import people
from apps.shared.admin.money import MajorUnitsField
from apps.shared.admin.panels import Rows
from apps.shared.errors import DomainError
from apps.shared.money import Money, exponent

if TYPE_CHECKING:
    from apps.payments.admin.intents import PaymentIntentAdmin

CAPTURE = "payments.change_paymentintent"
TITLE = "Take the money that was agreed to"


class CaptureForm(forms.Form):
    """How much of what was agreed to is to be taken."""

    amount = MajorUnitsField()

    def __init__(self, *args: Any, intent: PaymentIntent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = intent.currency
        agreed = Money(intent.amount_capturable, intent.currency)
        field = self.fields["amount"]
        field.label, field.initial = f"Amount ({intent.currency})", agreed.major()
        field.widget.attrs["step"] = format(Money(1, intent.currency).major(), "f")
        capabilities = provider_of(intent.provider).capabilities
        field.help_text = f"At most {agreed.display()}. " + (
            "Less is taken once: the rest is free then, and the order is charged so much less."
            if capabilities.supports_partial_capture
            else "The provider takes all of it, or nothing."
        )

    def clean_amount(self) -> int:
        """Minor units. More decimals than the currency has are refused, not rounded."""
        amount: Decimal = self.cleaned_data["amount"]
        minor = amount.scaleb(exponent(self._currency))
        if minor != minor.to_integral_value():
            raise forms.ValidationError(
                f"{self._currency} has {exponent(self._currency)} decimals, not more."
            )
        return int(minor)


def capture_view(
    admin: "PaymentIntentAdmin", request: HttpRequest, intent_id: UUID
) -> HttpResponse:
    """Ask for a capture; a worker carries it out."""
    if not request.user.has_perm(CAPTURE):
        raise PermissionDenied
    intent = get_object_or_404(PaymentIntent.objects.defer("client"), pk=intent_id)
    form = CaptureForm(request.POST or None, intent=intent)
    if form.is_valid():
        try:
            services.ask_for_capture(
                intent_id=intent_id, amount=form.cleaned_data["amount"], now=clock.now()
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            wanted = Money(form.cleaned_data["amount"], intent.currency).display()
            messages.success(request, f"{wanted} will be taken.")
            back = reverse("admin:payments_paymentintent_change", args=[intent_id])
            return HttpResponseRedirect(back)
    context = {
        **admin.admin_site.each_context(request),
        "title": TITLE,
        "opts": PaymentIntent._meta,
        "form": form,
        "media": admin.media + form.media,
        "submit": TITLE,
    }
    return TemplateResponse(request, "admin/galleria/form.html", context)


def capture_offered(request: HttpRequest, intent: PaymentIntent) -> list[tuple[str, str]]:
    """The way to the form, when there is something to take: title and address."""
    is_open = intent.status == IntentStatus.PROCESSING and intent.amount_capturable
    if not is_open or not request.user.has_perm(CAPTURE):
        return []
    return [(TITLE, reverse("admin:payments_paymentintent_capture", args=[intent.pk]))]


def captures_of(intent: PaymentIntent) -> Rows:
    """What was asked for, the newest first, and what came of it."""
    return [
        {
            "Amount": Money(one.amount, one.currency),
            "Status": one.get_status_display(),
            "Failure": one.failure_code,
            "Asked by": people.name_of(one.requested_by),
            "Asked at": one.requested_at,
            "Ended at": one.ended_at,
        }
        for one in intent.captures.all()
    ]

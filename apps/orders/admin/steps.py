"""What a shop's people do to an order, each a page that asks and a service that acts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.inventory import selectors as stock
from apps.inventory.dto import LineQuantity
from apps.orders import services
from apps.orders.models import Order
from apps.orders.states import UNPAID, FulfillmentStatus
from apps.shared import clock
from apps.shared.errors import DomainError
from apps.shared.states import InvalidTransition

if TYPE_CHECKING:
    from apps.orders.admin import OrderAdmin

PERMISSION = "orders.change_order"


class StepForm(forms.Form):
    """Nothing to fill in."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order


class CancelForm(StepForm):
    """Why an order is called off."""

    reason = forms.CharField(
        max_length=200,
        help_text="It is kept in the order's timeline. The stock is free at once.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class ShipForm(StepForm):
    """What is in the parcel: a number for each line of which something is still held."""

    carrier = forms.CharField(max_length=80, required=False)
    tracking_number = forms.CharField(max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = stock.open_quantities(order_id=self.order.pk)
        for line in self.order.lines.all():
            if line.pk in held:
                self.fields[f"line-{line.pk.hex}"] = forms.IntegerField(
                    label=f"{line.sku} · {line.title}",
                    min_value=0,
                    max_value=held[line.pk],
                    initial=held[line.pk],
                    help_text=f"{held[line.pk]} of {line.quantity} are still to be shipped.",
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.quantities():
            raise forms.ValidationError("Put one piece at least into the parcel.", code="empty")
        return cleaned

    def quantities(self) -> list[LineQuantity]:
        """The lines that are in the parcel."""
        return [
            LineQuantity(UUID(hex=name.removeprefix("line-")), quantity)
            for name, quantity in self.cleaned_data.items()
            if name.startswith("line-") and quantity
        ]


@dataclass(frozen=True)
class Step:
    """A button above the order, and what is behind it."""

    name: str
    label: str
    done: str
    form: type[StepForm]
    act: Callable[[Any], object]
    is_offered: Callable[[Order], bool]


def _moves_to(target: FulfillmentStatus) -> Callable[[Order], bool]:
    def is_offered(order: Order) -> bool:
        try:
            order.check_move(fulfillment=target)
        except InvalidTransition:
            return False
        return True

    return is_offered


def _ship(form: ShipForm) -> object:
    return services.ship_order(
        order_id=form.order.pk,
        lines=form.quantities(),
        carrier=form.cleaned_data["carrier"],
        tracking_number=form.cleaned_data["tracking_number"],
        now=clock.now(),
    )


def _cancel(form: CancelForm) -> object:
    return services.cancel_order(
        order_id=form.order.pk, reason=form.cleaned_data["reason"], now=clock.now()
    )


STEPS = {
    step.name: step
    for step in (
        Step(
            "pack",
            "Pack",
            "The order is packed.",
            StepForm,
            lambda form: services.pack_order(order_id=form.order.pk, now=clock.now()),
            _moves_to(FulfillmentStatus.PACKED),
        ),
        Step(
            "ship",
            "Ship",
            "The parcel is on its way.",
            ShipForm,
            _ship,
            _moves_to(FulfillmentStatus.SHIPPED),
        ),
        Step(
            "deliver",
            "Mark as delivered",
            "The order is delivered.",
            StepForm,
            lambda form: services.deliver_order(order_id=form.order.pk, now=clock.now()),
            _moves_to(FulfillmentStatus.DELIVERED),
        ),
        Step(
            "fulfil",
            "Hand over",
            "The order is fulfilled.",
            StepForm,
            lambda form: services.fulfil_order(order_id=form.order.pk, now=clock.now()),
            _moves_to(FulfillmentStatus.FULFILLED),
        ),
        Step(
            "cancel",
            "Cancel",
            "The order is cancelled.",
            CancelForm,
            _cancel,
            lambda order: order.status in UNPAID,
        ),
    )
}


def may_take_steps(request: HttpRequest) -> bool:
    """The right to change orders is the right to take them further; nobody edits them."""
    return bool(request.user.has_perm(PERMISSION))


def offered_steps(request: HttpRequest, order: Order) -> Iterator[dict[str, str]]:
    """The buttons of an order's page."""
    if may_take_steps(request):
        for step in STEPS.values():
            if step.is_offered(order):
                url = reverse("admin:orders_order_step", args=[order.pk, step.name])
                yield {"label": step.label, "url": url}


def step_view(
    model_admin: "OrderAdmin", request: HttpRequest, order_id: UUID, name: str
) -> HttpResponse:
    """Ask what the step needs, or take it and go back to the order."""
    if not may_take_steps(request):
        raise PermissionDenied
    step, order = STEPS.get(name), Order.objects.filter(pk=order_id).first()
    if step is None or order is None:
        raise Http404
    page = reverse("admin:orders_order_change", args=[order_id])
    form = step.form(request.POST if request.method == "POST" else None, order=order)
    if request.method == "POST" and form.is_valid() and _try(step, form):
        messages.success(request, step.done)
        return HttpResponseRedirect(page)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{step.label}: order {order.number}",
        "opts": Order._meta,
        "form": form,
        "media": model_admin.media + form.media,
        "submit": step.label,
    }
    return TemplateResponse(request, "admin/galleria/form.html", context)


def _try(step: Step, form: StepForm) -> bool:
    try:
        step.act(form)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    return True

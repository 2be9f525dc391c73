from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.inventory import services
from apps.inventory.models import Location, StockItem
from apps.shared import clock
from apps.shared.errors import DomainError

if TYPE_CHECKING:
    from apps.inventory.admin.stock import StockItemAdmin

RECEIVE, ADJUST = "receive", "adjust"
_MOST_PIECES = 1_000_000


class VariantSelect(AutocompleteSelect):
    """Shows the chosen variant; Django's own breaks on a value that is no id."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [str(one) for one in map(_id, value) if one], attr)


class VariantField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A variant, named by its SKU and its product."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.sku} · {obj.product.title}"


class MoveForm(forms.Form):
    """What a person can do to stock: take in a delivery, or correct the count."""

    variant = VariantField(queryset=None)
    location = forms.ModelChoiceField(queryset=Location.objects.filter(is_active=True))
    action = forms.ChoiceField(
        label="What happened",
        choices=[
            (RECEIVE, "Goods came in"),
            (ADJUST, "The count was wrong"),
        ],
        widget=forms.RadioSelect,
        initial=RECEIVE,
    )
    quantity = forms.IntegerField(
        min_value=-_MOST_PIECES,
        max_value=_MOST_PIECES,
        help_text="How many came in; for a correction how many more, or fewer: −3.",
    )
    reference = forms.CharField(
        max_length=64,
        label="Reference",
        help_text="The delivery note, or why the count differs. It is kept with the movement.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, site: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to_variant = StockItem._meta.get_field("variant")
        choice: Any = self.fields["variant"]
        choice.queryset = to_variant.related_model._default_manager.select_related("product")
        choice.widget = VariantSelect(to_variant, site)
        choice.widget.choices = choice.choices
        locations = list(Location.objects.filter(is_active=True)[:2])
        if len(locations) == 1:
            self.fields["location"].initial = locations[0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        quantity = cleaned.get("quantity")
        if quantity is not None and quantity <= 0 and cleaned.get("action") == RECEIVE:
            self.add_error("quantity", "More than none must have come in.")
        elif quantity == 0:
            self.add_error("quantity", "Nothing would change.")
        return cleaned

    def apply(self) -> StockItem:
        """Write the movement. Raises DomainError: InsufficientStock, LocationNotFound, …"""
        asked = self.cleaned_data
        variant_id, location_id = asked["variant"].pk, asked["location"].pk
        if asked["action"] == RECEIVE:
            return services.receive_stock(
                variant_id=variant_id,
                location_id=location_id,
                quantity=asked["quantity"],
                reference=asked["reference"],
                now=clock.now(),
            )
        return services.adjust_stock(
            variant_id=variant_id,
            location_id=location_id,
            quantity_delta=asked["quantity"],
            note=asked["reference"],
            now=clock.now(),
        )


def move_view(model_admin: "StockItemAdmin", request: HttpRequest) -> HttpResponse:
    """Show the form, or write the movement and go to the stock item that it changed."""
    if not model_admin.may_move(request):
        raise PermissionDenied
    site = model_admin.admin_site
    if request.method == "POST":
        form = MoveForm(request.POST, site=site)
        if form.is_valid() and (moved := _try(form)):
            messages.success(
                request, f"Done: {moved.on_hand} on hand, {moved.available} available."
            )
            return HttpResponseRedirect(
                reverse("admin:inventory_stockitem_change", args=[moved.pk])
            )
    else:
        form = MoveForm(initial=_named_in(request), site=site)
    context = {
        **site.each_context(request),
        "title": "Receive or adjust stock",
        "opts": StockItem._meta,
        "form": form,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/galleria/form.html", context)


def _try(form: MoveForm) -> StockItem | None:
    try:
        return form.apply()
    except DomainError as error:
        form.add_error(None, str(error))
        return None


def _named_in(request: HttpRequest) -> dict[str, UUID]:
    """What a link to the form names; what is no id is left out."""
    named = {field: _id(request.GET.get(field, "")) for field in ("variant", "location")}
    return {field: value for field, value in named.items() if value is not None}


def _id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None

"""What the platform's people do with a shop, each a page that asks and a service that acts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.shared import clock
from apps.shared.errors import DomainError
from apps.shared.schema import PUBLIC
from tenants import services
from tenants.models import Tenant
from tenants.states import TenantStatus

if TYPE_CHECKING:
    from tenants.admin.shops import TenantAdmin

_CHANGE, _DELETE = "tenants.change_tenant", "tenants.delete_tenant"
_TEXT = {"class": "vTextField"}


class WhyForm(forms.Form):
    """Why it is done."""

    why = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs=_TEXT),
        help_text="It is kept in the audit.",
    )


class RenameForm(WhyForm):
    """The new short name."""

    slug = forms.CharField(
        label="New short name", max_length=40, widget=forms.TextInput(attrs=_TEXT)
    )
    keep_old_host = forms.BooleanField(
        required=False,
        initial=True,
        help_text="The old host goes on answering, so that links and providers' webhooks find it.",
    )
    field_order = ["slug", "keep_old_host", "why"]


class DeleteForm(WhyForm):
    """The shop's short name, so that nobody deletes another one than they mean."""

    confirm = forms.CharField(
        label="Short name of the shop",
        widget=forms.TextInput(attrs=_TEXT),
        help_text=(
            "Type it. The shop is closed at once; all that it holds is deleted "
            f"{settings.TENANT_DELETION_DAYS} days later, unless somebody restores it before."
        ),
    )
    field_order = ["confirm", "why"]


@dataclass(frozen=True)
class Step:
    """A button above the shop, and what is behind it."""

    name: str
    label: str
    done: str
    act: Callable[..., object]
    sources: frozenset[TenantStatus]
    form: type[WhyForm] = WhyForm
    permission: str = _CHANGE


_SETTLED = frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.ARCHIVED})
STEPS = {
    step.name: step
    for step in (
        Step(
            "suspend",
            "Suspend",
            "The shop is suspended.",
            services.suspend_tenant,
            frozenset({TenantStatus.ACTIVE}),
        ),
        Step(
            "resume",
            "Resume",
            "The shop answers again.",
            services.resume_tenant,
            frozenset({TenantStatus.SUSPENDED, TenantStatus.ARCHIVED}),
        ),
        Step(
            "archive",
            "Archive",
            "The shop is archived.",
            services.archive_tenant,
            frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED}),
        ),
        Step(
            "rename",
            "Rename",
            "The shop is renamed.",
            services.rename_tenant,
            _SETTLED,
            RenameForm,
        ),
        Step(
            "remove",
            "Delete",
            "The shop is closed and will be deleted.",
            services.schedule_deletion,
            _SETTLED,
            DeleteForm,
            _DELETE,
        ),
        Step(
            "restore",
            "Cancel deletion",
            "The shop is what it was before.",
            services.cancel_deletion,
            frozenset({TenantStatus.DELETING}),
            WhyForm,
            _DELETE,
        ),
    )
}


def offered_steps(request: HttpRequest, shop: Tenant) -> Iterator[dict[str, str]]:
    """The buttons of a shop's page."""
    for step in STEPS.values():
        if shop.status in step.sources and request.user.has_perm(step.permission):
            url = reverse("admin:tenants_tenant_step", args=[shop.pk, step.name])
            yield {"label": step.label, "url": url}


def step_view(
    model_admin: "TenantAdmin", request: HttpRequest, tenant_id: UUID, name: str
) -> HttpResponse:
    """Ask what the step needs, or take it and go back to the shop."""
    step = STEPS.get(name)
    shop = Tenant.objects.exclude(schema_name=PUBLIC).filter(pk=tenant_id).first()
    if step is None or shop is None:
        raise Http404
    if not request.user.has_perm(step.permission):
        raise PermissionDenied
    form = step.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _try(step, shop, form):
        messages.success(request, step.done)
        page = reverse("admin:tenants_tenant_change", args=[tenant_id])
        return HttpResponseRedirect(page)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{step.label}: {shop.name}",
        "opts": Tenant._meta,
        "form": form,
        "media": model_admin.media + form.media,
        "submit": step.label,
    }
    return TemplateResponse(request, "admin/galleria/form.html", context)


def _try(step: Step, shop: Tenant, form: WhyForm) -> bool:
    asked: dict[str, Any] = dict(form.cleaned_data)
    confirmed = asked.pop("confirm", shop.slug)
    if confirmed != shop.slug:
        form.add_error("confirm", "This is not the shop's short name.")
        return False
    try:
        step.act(tenant_id=shop.pk, now=clock.now(), **asked)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    return True

"""The forms' pages: one service call each, a refusal shown on the form."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.orders import selectors as orders
from apps.orders.errors import OrderNotFound
from apps.refunds import services
from apps.refunds.admin.forms import GoodsForm, RefundForm, WhyForm
from apps.refunds.models import Refund
from apps.shared import clock
from apps.shared.errors import DomainError

if TYPE_CHECKING:
    from apps.refunds.admin.refunds import RefundAdmin

ADD, APPROVE = "refunds.add_refund", "refunds.approve_refund"
CHANGE = "refunds.change_refund"
Work = Callable[[Any], Refund]
# Who may ask may also take the request back, and try again what failed.
DECISIONS = {
    "approve": (APPROVE, "Approve the refund"),
    "reject": (APPROVE, "Reject the refund"),
    "cancel": (ADD, "Take the request back"),
    "retry": (ADD, "Try the refund again"),
    "goods": (CHANGE, "Say what became of the goods"),
    "clear": (CHANGE, "Dealt with: clear the flag"),
}


def request_view(admin: "RefundAdmin", request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Ask for a refund of an order."""
    _refuse_without(request, ADD)
    try:
        order = orders.order_by_id(order_id=order_id)
    except OrderNotFound:
        raise Http404 from None
    form = RefundForm(request.POST or None, order=order)
    return _answer(
        admin,
        request,
        form,
        f"Refund of order {order.number}",
        lambda one: services.request_refund(
            order_id=order_id, wanted=one.wanted(), now=clock.now()
        ),
    )


def cancel_order_view(admin: "RefundAdmin", request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Cancel a paid order by giving everything back."""
    _refuse_without(request, ADD)
    form = WhyForm(request.POST or None)
    return _answer(
        admin,
        request,
        form,
        "Cancel the order and give everything back",
        lambda one: services.cancel_paid_order(
            order_id=order_id, note=one.cleaned_data["why"], now=clock.now()
        ),
    )


def decide_view(
    admin: "RefundAdmin", request: HttpRequest, refund_id: UUID, decision: str
) -> HttpResponse:
    """Approve, reject, take back or retry."""
    permission, title = DECISIONS[decision]
    _refuse_without(request, permission)
    if decision == "goods":
        return _goods_view(admin, request, refund_id, title)
    form = WhyForm(request.POST or None)
    return _answer(admin, request, form, title, lambda one: _decide(refund_id, decision, one))


def _goods_view(
    admin: "RefundAdmin", request: HttpRequest, refund_id: UUID, title: str
) -> HttpResponse:
    refund = get_object_or_404(Refund, pk=refund_id)
    form = GoodsForm(request.POST or None, refund=refund)
    return _answer(
        admin,
        request,
        form,
        title,
        lambda one: services.decide_goods(
            refund_id=refund_id,
            choices=one.choices(),
            why=one.cleaned_data["why"],
            now=clock.now(),
        ),
    )


def _decide(refund_id: UUID, decision: str, form: WhyForm) -> Refund:
    now, why = clock.now(), form.cleaned_data["why"]
    if decision == "approve":
        return services.approve_refund(refund_id=refund_id, why=why, now=now)
    if decision == "reject":
        return services.reject_refund(refund_id=refund_id, why=why, now=now)
    if decision == "cancel":
        return services.cancel_refund(refund_id=refund_id, why=why, now=now)
    if decision == "clear":
        return services.clear_refund_flag(refund_id=refund_id, why=why, now=now)
    return services.retry_refund(refund_id=refund_id, why=why, now=now)


def _answer(
    admin: "RefundAdmin", request: HttpRequest, form: forms.Form, title: str, work: Work
) -> HttpResponse:
    if form.is_valid():
        try:
            refund = work(form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Refund {refund.public_id}: {refund.status}.")
            return HttpResponseRedirect(reverse("admin:refunds_refund_change", args=[refund.pk]))
    context = {
        **admin.admin_site.each_context(request),
        "title": title,
        "opts": Refund._meta,
        "form": form,
        "media": admin.media + form.media,
        "submit": title,
    }
    return TemplateResponse(request, "admin/galleria/form.html", context)


def _refuse_without(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied

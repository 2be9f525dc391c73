"""The two admins: one on every shop's host, one on the platform's.

Accounts and sessions live in the schema of the host: a login of one shop is nothing to another.
"""

import functools
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from apps.shared import context
from apps.shared.admin import people
from apps.shared.admin.cards import cards_for, index_panels_for
from apps.shop import selectors as shop
from apps.shop.models import ShopSettings


class AutocompleteView(AutocompleteJsonView):
    """Finds rows for a field; they are called what the heads of their own pages call them."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        title_of = getattr(self.model_admin, "title_of", str)
        return {**super().serialize_result(obj, to_field_name), "text": title_of(obj)}


class GalleriaAdminSite(admin.AdminSite):
    """What both have in common. `kind` names the cards of its first page."""

    kind: ClassVar[str]
    site_url = None
    index_template = "admin/galleria/index.html"

    def local_time(self, request: HttpRequest) -> AbstractContextManager[Any]:
        """Where the clocks are that the people behind this site look at."""
        return nullcontext()

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's; what the view does is done in the name of the person who is signed in."""

        @functools.wraps(view)
        def in_their_name(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor: str = request.user.actor  # type: ignore[union-attr] # signed in: one of staff
            with (
                context.acting(as_actor=actor),
                people.looked_up_once(),
                self.local_time(request),
            ):
                response: HttpResponse = view(request, *args, **kwargs)
                # Here and not later, while the local time holds.
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
                return response

        return super().admin_view(in_their_name, cacheable)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's; the session and the time of the last sign-in are written together."""
        with transaction.atomic():
            return super().login(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """As Django's, in one transaction."""
        with transaction.atomic():
            return super().password_change(request, extra_context)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        cards = cards_for(request.user, on=self.kind)
        panels = index_panels_for(request.user, on=self.kind)
        more = {**(extra_context or {}), "cards": cards, "panels": panels}
        return super().index(request, more)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return AutocompleteView.as_view(admin_site=self)(request)

    def catch_all_view(self, request: HttpRequest, url: str) -> HttpResponse:
        """Here, unlike in the APIs, people type addresses: a forgotten slash is added."""
        if not url.endswith("/"):
            try:
                found = resolve(f"{request.path_info}/", getattr(request, "urlconf", None))
            except Resolver404:
                raise Http404 from None
            if found.func.__name__ != "catch_all_view":
                return HttpResponseRedirect(f"{request.path}/")
        raise Http404

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Apps and their models in the order of their registration, the daily ones first."""
        place = {model: number for number, model in enumerate(self._registry)}
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda entry: place[entry["model"]])
        return sorted(apps, key=lambda app: place[app["models"][0]["model"]])


class ShopAdminSite(GalleriaAdminSite):
    """A shop's own, in its own time zone."""

    kind = "shop"
    index_title = "Overview"

    def local_time(self, request: HttpRequest) -> AbstractContextManager[Any]:
        return timezone.override(_settings_of(request).time_zone)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = _settings_of(request).name
        return {**super().each_context(request), "site_header": name, "site_title": name}


class PlatformAdminSite(GalleriaAdminSite):
    """The platform's: shops, plans, subscriptions."""

    kind = "platform"
    index_title = "Overview"
    site_header = site_title = "Galleria platform"


def _settings_of(request: HttpRequest) -> ShopSettings:
    """The shop's settings, read once per request."""
    found: ShopSettings | None = getattr(request, "_shop_settings", None)
    if found is None:
        found = shop.shop_settings()
        request._shop_settings = found  # type: ignore[attr-defined]
    return found


def _site(site: GalleriaAdminSite, apps: str, *, entry: str = "register") -> GalleriaAdminSite:
    """Let the apps put their pages on the site, in this order, then outbox and audit."""
    shared = ("apps.shared.admin.events", "apps.shared.admin.audit")
    for name in [*(f"{app}.admin" for app in apps.split()), *shared]:
        module = import_module(name)
        getattr(module, entry, module.register)(site)
    return site


shop_admin = _site(
    ShopAdminSite(name="admin"),
    "apps.orders apps.catalog apps.inventory apps.customers apps.cart apps.payments apps.refunds "
    "apps.finance apps.reconciliation apps.reports apps.shipping apps.notifications apps.shop "
    "apps.staff",
)
platform_admin = _site(
    PlatformAdminSite(name="admin"),
    "tenants billing apps.staff",
    entry="register_on_platform",
)

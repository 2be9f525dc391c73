"""Setting a password by a link: an owner's first one, and one that was forgotten."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import (
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse_lazy

from apps.shared import caching, clock
from apps.shared.api.addresses import client_address
from apps.shared.schema import current_schema
from apps.staff import services
from apps.staff.errors import PasswordLinkInvalid
from apps.staff.models import User
from apps.staff.tokens import password_tokens

_MOST_A_MINUTE = 10
_HEX = re.compile(r"[0-9a-f]{32}")


class AskForm(forms.Form):
    """The address that one signs in with."""

    email = forms.EmailField(max_length=254)


class AskForLink(PasswordResetView):
    """Everybody is told the same, whether or not somebody has that address (A3)."""

    form_class = AskForm  # type: ignore[assignment] # it finds nobody and sends nothing itself
    success_url = reverse_lazy("password_link_asked")

    def form_valid(self, form: Any) -> HttpResponse:
        key = f"{current_schema()}:password_links:{client_address(self.request.META)}"
        if caching.count(key, seconds=60) <= _MOST_A_MINUTE:
            services.request_password_link(email=form.cleaned_data["email"], now=clock.now())
        return super(PasswordResetView, self).form_valid(form)


class SetPassword(PasswordResetConfirmView):
    """The link's own page. Django keeps the token in the session, out of the address bar."""

    token_generator = password_tokens
    success_url = reverse_lazy("admin:login")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A link is used on the host of the shop that sent it, and is kept by nobody on the way."""
        response = super().dispatch(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response

    def get_user(self, uidb64: str) -> User | None:
        if not _HEX.fullmatch(uidb64):
            return None
        return User.objects.filter(key=UUID(hex=uidb64), is_active=True).first()

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        token = self.request.session.pop("_password_reset_token", "")
        try:
            services.set_password(
                user_key=form.user.key,
                token=token,
                password=form.cleaned_data["new_password1"],
                now=clock.now(),
            )
        except PasswordLinkInvalid:
            return self.render_to_response(self.get_context_data(validlink=False, form=None))
        return super(PasswordResetConfirmView, self).form_valid(form)


urlpatterns = [
    path("", AskForLink.as_view(), name="admin_password_reset"),
    path("asked/", PasswordResetDoneView.as_view(), name="password_link_asked"),
    path("<str:uidb64>/<str:token>/", SetPassword.as_view(), name="password_link"),
]

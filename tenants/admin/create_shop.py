from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator

from apps.shared import clock
from apps.shared.errors import DomainError
from apps.shared.money import UnknownCurrency, currencies
from tenants import services
from tenants.errors import InvalidTenantName, TenantExists
from tenants.models import Tenant

_FIELD_OF_ERROR: dict[type[DomainError], str] = {
    InvalidTenantName: "slug",
    TenantExists: "slug",
    UnknownCurrency: "currency",
}
_TEXT = {"class": "vTextField"}


def _currencies() -> list[tuple[str, str]]:
    return [("", "–"), *((code, code) for code in currencies())]


class CreateShopForm(forms.Form):
    """What a shop needs to begin with."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs=_TEXT))
    slug = forms.CharField(
        label="Short name",
        max_length=40,
        widget=forms.TextInput(attrs=_TEXT),
        help_text=f"a–z, 0–9, hyphens. The address will be <this>.{settings.PLATFORM_DOMAIN}.",
    )
    currency = forms.ChoiceField(
        choices=_currencies, help_text="Of all its prices. It cannot be changed later."
    )
    country = forms.CharField(
        max_length=2,
        validators=[RegexValidator(r"^[A-Za-z]{2}\Z", "Two letters, as in US or KH.")],
        help_text="ISO 3166-1, two letters.",
    )
    owner_email = forms.EmailField(label="Owner's e-mail", widget=forms.EmailInput(attrs=_TEXT))
    owner_password = forms.CharField(
        label="Owner's password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={**_TEXT, "autocomplete": "new-password"}),
        help_text="Leave empty to have a link sent by which the owner sets one.",
    )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        return slug.lower()

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"]
        return country.upper()

    def clean_owner_password(self) -> str | None:
        password: str = self.cleaned_data["owner_password"]
        if not password:
            return None
        validate_password(password)
        return password

    def create(self) -> Tenant | None:
        """The new shop; None when it was refused, and the form says why."""
        asked: dict[str, Any] = self.cleaned_data
        make: Callable[..., Tenant] = services.create_tenant
        try:
            return make(**asked, now=clock.now())
        except DomainError as error:
            self.add_error(_FIELD_OF_ERROR.get(type(error)), str(error))
        except LookupError as error:
            self.add_error(None, f"The platform is not set up: {error}.")
        return None

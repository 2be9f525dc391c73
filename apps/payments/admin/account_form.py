"""The form for an account at a provider, made from what the provider's credentials declare."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.payments.gateways import provider_of, provider_title, providers
from apps.payments.gateways.credentials import Setting, renewed, stored_parts
from apps.payments.gateways.provider import Provider
from apps.payments.models import PaymentAccount

SET = "•••• set"


class PaymentAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Secrets go in and never come out: an empty field keeps what is stored.

    Its other fields are those of the provider's credentials: see `form_of`.
    """

    code = ""

    class Meta:
        model = PaymentAccount
        fields = ["is_active", "position", "is_captured_by_hand"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in own_settings(provider_of(self.code)):
            field = self.fields[field_name(setting)]
            is_set = getattr(self.instance, f"has_{setting.name}", False)
            if setting.former_of:
                field.disabled = not is_set
            elif setting.is_secret:
                field.widget.attrs["placeholder"] = SET if is_set else "not set"
            else:
                field.initial = self.instance.settings.get(setting.name, field.initial)

    def clean(self) -> dict[str, Any] | None:
        """What the provider has to say of them together."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        schema = provider_of(self.code).credentials
        known = schema.of({**self.instance.settings, **self.instance.secrets})
        settings = own_settings(provider_of(self.code))
        credentials = renewed(known, self._given(settings))
        names = {one.name: field_name(one) for one in settings}
        for name, problem in credentials.problems().items():
            self.add_error(names.get(name), ValidationError(problem, code="invalid"))
        if not self.errors:
            self.instance.provider = self.code
            self.instance.settings, self.instance.secrets = stored_parts(credentials)
        return cleaned

    def _given(self, settings: Iterable[Setting]) -> dict[str, str]:
        given: dict[str, str] = {}
        for one in settings:
            value = self.cleaned_data.get(field_name(one))
            if one.former_of:
                given |= {one.name: ""} if value else {}
            elif value or not one.is_secret:
                given[one.name] = value or ""
        return given


def form_of(code: str, *, is_new: bool) -> type[PaymentAccountForm]:
    """The form for an account at this provider."""
    fields = {field_name(one): _field(one) for one in own_settings(provider_of(code))}
    if is_new:
        fields["provider"] = _provider_field(code)
    return type("ProvidersAccountForm", (PaymentAccountForm,), {"code": code, **fields})


def own_settings(provider: Provider[Any]) -> list[Setting]:
    """What the shop itself may set; the rest is the platform's."""
    return [one for one in provider.credentials.settings() if not one.is_platforms]


def unconnected() -> list[str]:
    """The providers that the shop may still connect."""
    taken = set(PaymentAccount.objects.values_list("provider", flat=True))
    return [one.code for one in providers() if one.code not in taken]


def field_name(setting: Setting) -> str:
    """What the form calls it."""
    if setting.former_of:
        return f"remove_{setting.name}"
    return f"new_{setting.name}" if setting.is_secret else setting.name


def _provider_field(code: str) -> forms.Field:
    return forms.ChoiceField(
        choices=[(one, provider_title(one)) for one in unconnected()],
        initial=code,
        help_text=f"Below is what {provider_title(code)} asks for; save to see another provider's.",
    )


def _field(setting: Setting) -> forms.Field:
    if setting.former_of:
        return forms.BooleanField(
            label=f"Remove the {setting.label.lower()}",
            help_text="It is accepted besides the present one until it is removed.",
            required=False,
        )
    if setting.is_secret:
        return forms.CharField(
            label=setting.label,
            help_text=f"{setting.help} Leave empty to keep the one that is set.".strip(),
            required=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        )
    if setting.choices:
        choices = [(one, one) for one in setting.choices]
        return forms.ChoiceField(label=setting.label, help_text=setting.help, choices=choices)
    return forms.CharField(
        label=setting.label,
        help_text=setting.help,
        required=setting.is_required,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

"""What a shop has to tell us of its account at a provider, field by field.

A provider declares a frozen dataclass of texts. Each field says whether it is secret: secrets are
encrypted at rest, go in through admin and API and never come out. The forms are made from this.

    @dataclass(frozen=True, kw_only=True)
    class ExampleCredentials(Credentials):
        merchant: str = shown("Merchant id")
        api_key: str = secret("API key")
        webhook_secret: str = secret("Webhook secret", is_required=False)
        former_webhook_secret: str = former("webhook_secret")
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self, TypeVar

from apps.payments.errors import CredentialsRefused

C = TypeVar("C", bound="Credentials")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One field of a provider's credentials.

    `choices` are its only values, the first one by default. `former_of`: the value that another
    field had before; it is kept by itself when that one is replaced, so that both are live, and can
    only be taken away. `is_platforms`: only the operator of the platform may set it.
    """

    name: str = ""
    label: str
    help: str = ""
    is_secret: bool = False
    is_required: bool = True
    choices: tuple[str, ...] = ()
    former_of: str = ""
    is_platforms: bool = False


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A shop's account at a provider. What is not set is empty."""

    @classmethod
    def settings(cls) -> tuple[Setting, ...]:
        """Its fields, in the order in which a form shows them."""
        declared = ((one.name, one.metadata["setting"]) for one in fields(cls))
        return tuple(Setting(**{**vars(setting), "name": name}) for name, setting in declared)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """From stored values; those of other names are left alone."""
        return cls(**{one.name: values[one.name] for one in cls.settings() if one.name in values})

    def problems(self) -> dict[str, str]:
        """What is wrong with which field; nothing when all is well. Says no secret."""
        return {
            setting.name: problem
            for setting in self.settings()
            if (problem := _problem(setting, getattr(self, setting.name)))
        }


def shown(
    label: str,
    *,
    help: str = "",
    is_required: bool = True,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field that everybody may read who may read the account."""
    setting = Setting(label=label, help=help, is_required=is_required, choices=choices)
    return field(default=choices[0] if choices else "", metadata={"setting": setting})


def platforms(label: str, *, help: str = "") -> Any:
    """A field that the platform's operator sets, never the shop: it may open other accounts."""
    setting = Setting(label=label, help=help, is_required=False, is_platforms=True)
    return field(default="", metadata={"setting": setting})


def secret(label: str, *, help: str = "", is_required: bool = True) -> Any:
    """A field that goes in and never comes out."""
    setting = Setting(label=label, help=help, is_secret=True, is_required=is_required)
    return field(default="", repr=False, metadata={"setting": setting})


def former(name: str) -> Any:
    """The secret that the field `name` had before it was replaced (rotation: two are live)."""
    setting = Setting(label=f"Former {name}", is_secret=True, is_required=False, former_of=name)
    return field(default="", repr=False, metadata={"setting": setting})


def _problem(setting: Setting, value: str) -> str:
    if setting.is_required and not value:
        return "This field is required."
    if value != value.strip() or not value.isprintable():
        return "This has spaces around it, or characters that nobody can see."
    if value and setting.choices and value not in setting.choices:
        return f"One of {', '.join(setting.choices)}."
    return ""


def renewed(credentials: C, given: Mapping[str, str]) -> C:
    """With other values; those that `given` does not name stay.

    A secret that is replaced by another one becomes the former one, where there is a field for it.
    Raises CredentialsRefused for a name that the provider does not know.
    """
    settings = credentials.settings()
    if unknown := given.keys() - {one.name for one in settings}:
        raise CredentialsRefused(fields=dict.fromkeys(sorted(unknown), "Unknown field."))
    values = {**vars(credentials), **given}
    for one in settings:
        before = getattr(credentials, one.former_of) if one.former_of else ""
        if before and values[one.former_of] not in ("", before):
            values[one.name] = before
    return type(credentials)(**values)


def stored_parts(credentials: Credentials) -> tuple[dict[str, str], dict[str, str]]:
    """What is stored as it is, and what is stored encrypted; without what is empty."""
    shown_values, secret_values = (
        {
            one.name: value
            for one in credentials.settings()
            if one.is_secret is is_secret and (value := getattr(credentials, one.name))
        }
        for is_secret in (False, True)
    )
    return shown_values, secret_values

"""Prices in forms: people type major units (19.99), the database holds minor ones (1999)."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from apps.shared.money import Money, UnknownCurrency, exponent

LARGEST_MINOR_AMOUNT = 999_999_999_999
_MOST_DECIMALS = 4


class PlainDecimalField(forms.DecimalField):
    """A number in the digits 0 to 9, as the API takes them: Python's Decimal reads `٣` and `1_000`
    as well, and who typed them may have meant something else."""

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError."""
        text = str(value)
        if not text.strip().isascii() or "_" in text:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class MajorUnitsField(PlainDecimalField):
    """An amount in major units, not negative; the form turns it into minor units."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=16, decimal_places=_MOST_DECIMALS, **kwargs)


class MoneyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model form whose `money_fields` are MajorUnitsField on amounts in minor units.

    The currency is the one that the form asks for, else the row's own, else the shop's, which the
    admin sets on the form class as `default_currency`.
    """

    money_fields: ClassVar[tuple[str, ...]] = ()
    default_currency = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = self.instance.currency or self.default_currency
        for name in self.money_fields:
            if name in self.fields:
                self._show(name, currency)

    def _show(self, name: str, currency: str) -> None:
        field = self.fields[name]
        if currency:
            field.widget.attrs["step"] = format(Money(1, currency).major(), "f")
        if currency and "currency" not in self.fields:
            field.label = f"{field.label} ({currency})"
        stored = getattr(self.instance, name)
        if currency and stored is not None:
            self.initial[name] = Money(stored, currency).major()

    def clean(self) -> dict[str, Any]:
        """Major into minor units. More decimals than the currency has are refused, not rounded."""
        cleaned = super().clean() or self.cleaned_data
        currency = cleaned.get("currency") or self.instance.currency or self.default_currency
        for name in self.money_fields:
            amount = cleaned.get(name)
            if amount is not None:
                self._convert(cleaned, name, amount, currency)
        return cleaned

    def _convert(self, cleaned: dict[str, Any], name: str, amount: Decimal, currency: str) -> None:
        try:
            minor = amount.scaleb(exponent(currency))
        except UnknownCurrency:
            self.add_error(name, "Choose a currency first.")
            return
        if minor != minor.to_integral_value():
            self.add_error(name, f"{currency} has {exponent(currency)} decimals, not more.")
        elif minor > LARGEST_MINOR_AMOUNT:
            self.add_error(name, "This is too large for a price.")
        else:
            cleaned[name] = int(minor)

    def save(self, commit: bool = True) -> Any:
        """A new row gets the shop's currency where the form does not ask for one."""
        if not self.instance.currency:
            self.instance.currency = self.default_currency
        return super().save(commit)

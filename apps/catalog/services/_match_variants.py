from dataclasses import dataclass

from apps.catalog.errors import OptionsChanged
from apps.catalog.importing.parsed import LeftOut, ParsedProduct, ParsedVariant, RowProblem
from apps.catalog.models import Product, Variant
from apps.shared.db import joins_transaction


@dataclass(frozen=True)
class VariantMatch:
    """Which row each variant of the file is (None: a new one), which rows the file does not
    name, and which variants of the file are refused."""

    pairs: tuple[tuple[ParsedVariant, Variant | None], ...]
    kept: tuple[Variant, ...]
    problems: tuple[RowProblem, ...]


@joins_transaction
def match_variants(*, product: Product, parsed: ParsedProduct, created: bool) -> VariantMatch:
    """Find the variants of the file among those of the shop, by option values, then by SKU.

    A SKU that another variant of the shop has refuses the file's variant.
    Raises OptionsChanged when variants would stay that have another number of options.
    """
    rows = [] if created else list(product.variants.select_for_update().order_by("pk"))
    by_values = created or not product.options or "options" in parsed.provided
    found = _found(parsed, rows, by_values=by_values)
    named = {row.pk for row in found.values()}
    kept = tuple(row for row in rows if row.pk not in named)
    if by_values and any(len(row.option_values) != len(parsed.options) for row in kept):
        raise OptionsChanged(product=parsed.handle, variants=[row.sku for row in kept])
    taken = _taken_skus(parsed)
    pairs: list[tuple[ParsedVariant, Variant | None]] = []
    problems: list[RowProblem] = []
    for variant in parsed.variants:
        row = found.get(variant.row)
        if (row is None or row.sku != variant.sku_beside(row.sku)) and variant.sku in taken:
            message = f"another variant of the shop has this SKU (product {taken[variant.sku]})"
            problems.append(_refusal(variant, "sku_taken", message))
        elif row is None and not by_values:
            message = "no variant of the shop has this SKU, and the file has no options"
            problems.append(_refusal(variant, "variant_unknown", message))
        else:
            pairs.append((variant, row))
    return VariantMatch(pairs=tuple(pairs), kept=kept, problems=tuple(problems))


def _found(parsed: ParsedProduct, rows: list[Variant], *, by_values: bool) -> dict[int, Variant]:
    """The row of each variant that has one, by the number of the variant's row in the file."""
    found: dict[int, Variant] = {}
    if by_values:
        known = {_key(row.option_values): row for row in rows}
        for variant in parsed.variants:
            if row := known.get(_key(variant.option_values)):
                found[variant.row] = row
    matched = {row.pk for row in found.values()}
    by_sku = {row.sku: row for row in rows if row.pk not in matched}
    for variant in parsed.variants:
        if variant.row not in found and not variant.sku_generated and variant.sku in by_sku:
            found[variant.row] = by_sku[variant.sku]
    return found


def _key(values: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return tuple(value.casefold() for value in values)


def _taken_skus(parsed: ParsedProduct) -> dict[str, str]:
    """The file's SKUs that the shop has already, with the handle of their product."""
    skus = [variant.sku for variant in parsed.variants]
    owners = Variant.objects.filter(sku__in=skus)
    return dict(owners.values_list("sku", "product__handle"))


def _refusal(variant: ParsedVariant, code: str, message: str) -> RowProblem:
    return RowProblem(
        row=variant.row,
        line=variant.line,
        column="SKU",
        code=code,
        message=message,
        value=variant.sku,
        left_out=LeftOut.VARIANT,
    )

"""What an import of a product file did, in numbers and in lines for people."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.catalog.importing import RowProblem
from apps.inventory.services import ImportedProduct


@dataclass
class Tally:
    """How many rows of a kind were made, changed, and found as the file has them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, *, created: bool, updated: bool) -> None:
        """Count one row."""
        if created:
            self.created += 1
        elif updated:
            self.updated += 1
        else:
            self.unchanged += 1

    def __str__(self) -> str:
        return f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged"


@dataclass
class ImportReport:
    """Adds up the products of one file."""

    products: Tally = field(default_factory=Tally)
    variants: Tally = field(default_factory=Tally)
    images_created: int = 0
    images_changed: int = 0
    variants_kept: int = 0
    first_counts: int = 0
    pieces: int = 0
    uncounted: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def add(self, product: ImportedProduct) -> None:
        """Count one product that was applied."""
        applied = product.applied
        if applied.product_id is not None:
            self.products.add(created=applied.created, updated=applied.touched)
        for variant in applied.variants:
            self.variants.add(created=variant.created, updated=variant.changed)
        self.images_created += applied.images_created
        self.images_changed += applied.images_changed
        self.variants_kept += applied.variants_kept
        self.first_counts += product.first_counts
        self.pieces += product.pieces
        self.uncounted += product.uncounted
        self.problems += product.problems

    def lines(self) -> Iterator[str]:
        """The numbers, then one line for each problem in the order of the file."""
        yield f"products: {self.products}"
        kept = f", {self.variants_kept} more in the shop left as they are"
        yield f"variants: {self.variants}{kept if self.variants_kept else ''}"
        yield f"images: {self.images_created} created, {self.images_changed} updated"
        without = f", {self.uncounted} of them without a quantity in the file"
        stock = f"stock: {self.first_counts} first counts, {self.pieces} pieces"
        yield stock + (without if self.uncounted else "")
        yield f"problems: {len(self.problems)}"
        yield from map(str, sorted(self.problems, key=lambda problem: problem.row))

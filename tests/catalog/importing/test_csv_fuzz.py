"""Whatever the bytes, reading ends with products, problems, or CsvUnreadable."""

import csv
import io
import tracemalloc

from hypothesis import example, given
from hypothesis import strategies as st

from apps.catalog.importing import CsvUnreadable, ProductFile
from tests.catalog.importing.conftest import Reader

USD = "USD"
HEADING = (
    b"Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n"
)
BYTES = [b",", b";", b"\t", b'"', b'""', b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"\xc3\xa9"]
BYTES += [b"\xed\xa0\x80", b"'", b"a", b"=1", b"shirt", b"1.00", b"<p>", b"Default Title"]
BYTES += [b"https://x.example/a.jpg"]
PIECES = st.sampled_from(BYTES)


def check(data: bytes) -> None:
    try:
        file = ProductFile(io.BytesIO(data), currency=USD)
        groups = list(file)
    except CsvUnreadable:
        return
    for group in groups:
        assert group.product is not None or group.problems
        assert group.product is None or group.product.variants
        repr(group.product).encode()
        for problem in group.problems:
            assert problem.row >= 1
            str(problem).encode()


@given(st.binary(max_size=2_000))
@example(b"\xff\xfe\x00\xd8")
@example(b"\xef\xbb\xbf")
def test_arbitrary_bytes(data: bytes) -> None:
    check(data)


@given(st.lists(PIECES, max_size=80).map(b"".join))
@example(b'",' * 40)
def test_arbitrary_rows_below_good_headings(rows: bytes) -> None:
    check(HEADING + rows)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20
)


@given(
    st.lists(st.tuples(WORDS, st.integers(0, 10**9)), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_is_read_back(
    goods: list[tuple[str, int]], delimiter: str, encoding: str, line_end: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["Handle", "Title", "SKU", "Price", "Inventory quantity"])
    for number, (title, amount) in enumerate(goods):
        price = f"{amount // 100}.{amount % 100:02}"
        writer.writerow([f"handle-{number}", f"T {title}", f"SKU{number}", price, number])

    with ProductFile(io.BytesIO(out.getvalue().encode(encoding)), currency=USD) as file:
        groups = list(file)

    assert [problem for group in groups for problem in group.problems] == []
    read_back = [group.product for group in groups if group.product]
    assert [product.variants[0].price_minor for product in read_back] == [it[1] for it in goods]
    assert [product.variants[0].sku for product in read_back] == [
        f"SKU{number}" for number in range(len(goods))
    ]
    assert [len(product.title) > 2 for product in read_back] == [True] * len(goods)


def test_memory_does_not_grow_with_the_file() -> None:
    """Only the handles and SKUs seen are kept: well under a tenth of what the file holds."""
    body = "x" * 2_000
    lines = ["Handle,Title,Body (HTML),Variant SKU,Variant Price,Image Src"]
    lines += [f"p-{n},P {n},{body},S-{n},1.00,https://x.example/{n}.jpg" for n in range(20_000)]
    data = io.BytesIO("\n".join(lines).encode())
    del lines

    tracemalloc.start()
    with ProductFile(data, currency=USD) as file:
        products = sum(group.product is not None for group in file)
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert products == 20_000
    assert data.getbuffer().nbytes > 40_000_000
    assert peak < 16_000_000


def test_a_file_full_of_broken_quotes_is_read_in_linear_time(read: Reader) -> None:
    rows = b'a,"b\n' * 20_000
    reading = read(HEADING + rows)
    assert reading.products == []
    assert len(reading.problems) == 20_000

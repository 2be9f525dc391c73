"""Files as they come: encodings, delimiters, line ends, broken quotes, and whole files refused."""

import io
import os
import threading
from pathlib import Path

import pytest

from apps.catalog.importing import CsvUnreadable, ProductFile
from tests.catalog.importing.conftest import Reader

DATA = Path(__file__).parent / "data"
SAMPLES = Path(__file__).parents[3] / "apps" / "catalog" / "importing" / "samples"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "shopify"
FILES = [
    *sorted(SAMPLES.glob("*.csv")),
    *sorted(DATA.glob("*.csv")),
    *sorted(SHARED.glob("*.csv")),
]
USD = "USD"
PLAIN = "Handle,Title,Price\ncafe,Caf\u00e9,5\nmug,Mug,6\n"


def titles(reading: object) -> list[str]:
    return [product.title for product in reading.products]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_files_are_read_without_a_problem(path: Path) -> None:
    with ProductFile(path, currency=USD) as file:
        groups = list(file)
    assert [problem for group in groups for problem in group.problems] == []
    assert all(group.product for group in groups)
    assert len(groups) >= 3


def test_there_are_files_of_our_own() -> None:
    assert {path.name for path in FILES} >= {
        "apparel.csv",
        "home-and-garden.csv",
        "classic_headings.csv",
        "new_headings.csv",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_encodings_are_recognised(read: Reader, encoding: str) -> None:
    reading = read(PLAIN.encode(encoding))
    assert (titles(reading), reading.notes) == (["Caf\u00e9", "Mug"], ())


def test_big_endian_utf_16_is_recognised(read: Reader) -> None:
    assert titles(read(b"\xfe\xff" + PLAIN.encode("utf-16-be")))[0] == "Caf\u00e9"


def test_anything_else_is_windows_1252_with_a_warning(read: Reader) -> None:
    reading = read(PLAIN.replace("Caf\u00e9", "Caf\u00e9 \u20ac \u201cx\u201d").encode("cp1252"))
    assert titles(reading)[0] == "Caf\u00e9 \u20ac \u201cx\u201d"
    assert "Windows-1252" in reading.notes[0]


def test_a_byte_windows_1252_does_not_know_refuses_its_row(read: Reader) -> None:
    reading = read(b"Handle,Title,Price\na,A \xe9 \x81,5\nb,B,6\n")
    assert titles(reading) == ["B"]
    assert reading.codes() == [(2, "Title", "control_character")]


def test_damaged_utf_8_stays_utf_8_and_refuses_the_damaged_row(read: Reader) -> None:
    reading = read(PLAIN.encode() + "th\u00e9,Th\u00e9,1\n".encode() + b"bad,Bad \xff,1\n")
    assert titles(reading) == ["Caf\u00e9", "Mug", "Th\u00e9"]
    assert reading.codes() == [(5, "Title", "control_character")]
    assert "not UTF-8" in reading.notes[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(read: Reader, delimiter: str, line_end: str) -> None:
    text = PLAIN.replace(",", delimiter).replace("\n", line_end)
    reading = read(text)
    assert (titles(reading), reading.problems) == (["Caf\u00e9", "Mug"], [])


def test_a_decimal_comma_among_semicolons(read: Reader) -> None:
    reading = read("sep=;\nHandle;Title;Price\na;A;1.299,50\n")
    assert reading.products[0].variants[0].price_minor == 129950
    assert reading.products[0].row == 3


def test_headings_are_found_whatever_their_case_and_spacing(read: Reader) -> None:
    reading = read("\n,,\n HANDLE ,title,  variant   PRICE\nx,X,1\n")
    assert titles(reading) == ["X"]
    assert reading.products[0].row == 4


def test_line_breaks_in_cells_count_as_one_row(read: Reader) -> None:
    reading = read(
        'Handle,Title,Body (HTML),Price\na,"A\nB","<p>x\r\ny</p>",1\n\nb,B,,oops\nc,C,,3\n'
    )
    assert reading.products[0].title == "A B"
    assert reading.products[0].body_html == "<p>x\ny</p>"
    assert reading.codes() == [(4, "Price", "price_malformed")]
    assert reading.problems[0].line == 6
    assert (reading.products[1].row, reading.products[1].line) == (5, 7)


def test_a_quote_that_is_never_closed_costs_its_row_only(read: Reader) -> None:
    reading = read('Handle,Title,Price\na,"A,1\nb,B,2\nc,"C, d",3\nd,D,4\n')
    assert titles(reading) == ["B", "C, d", "D"]
    assert reading.codes() == [(2, "", "quotes_broken")]


def test_an_open_quote_at_the_end_costs_its_row_only(read: Reader) -> None:
    reading = read('Handle,Title,Price\na,A,1\nb,"B,2\nc,C,3\nd,D,4')
    assert titles(reading) == ["A", "C", "D"]
    assert reading.codes() == [(3, "", "quotes_broken")]


def test_cells_beyond_the_headings_refuse_the_row(read: Reader) -> None:
    reading = read("Handle,Title,Price\na,A, with comma,1\nb,B,2,,\nc,C\n")
    assert titles(reading) == ["B"]
    assert reading.codes() == [(2, "", "too_many_cells"), (4, "Price", "price_missing")]
    assert reading.problems[0].left_out == "product"


def test_nul_and_control_characters_refuse_the_row(read: Reader) -> None:
    reading = read("Handle,Title,Price\na,A\x00,1\nb,B\x1b[31m,2\nc,C,3\n")
    assert titles(reading) == ["C"]
    assert reading.codes() == [
        (2, "Title", "control_character"),
        (3, "Title", "control_character"),
    ]
    assert "\x00" not in str(reading.problems[0])


def test_a_lone_surrogate_refuses_the_row(read: Reader) -> None:
    text = "Handle,Title,Price\na,A\ud800,1\nb,B,2\n"
    reading = read(b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass"))
    assert titles(reading) == ["B"]
    assert reading.codes() == [(2, "Title", "control_character")]


def test_unknown_columns_are_noted_once_and_known_unused_ones_not_at_all(read: Reader) -> None:
    reading = read(
        "Handle,Title,Price,Shelf,Cost per item,Included / EU,Price / EU,Variant Price\n"
        "a,A,1,S3,0.5,true,2,9\nb,B,2,S4,0.5,true,2,9\n"
    )
    assert reading.notes == (
        "columns 'Shelf': ignored, not a heading of a product file",
        "columns 'Variant Price': ignored, an earlier column has the same meaning",
    )
    assert reading.products[0].variants[0].price_minor == 100


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n\n \n", "no headings"),
        (b"Name,Cost\nx,1\n", "no column Handle \\(or URL handle\\), Title, Variant Price"),
        (b"Handle,Title\nx,X\n", "no column Variant Price"),
        (b'"Handle,Title\nx', "quotes do not fit"),
        (b"PK\x03\x04 rest", "Excel workbook"),
        (b"\x1f\x8b\x08", "gzip"),
        ("Handle,Title".encode("utf-16-le"), "UTF-16 without a byte-order mark"),
        (b"\xff\xfeH\x00a", "cannot be decoded"),
        (b"Handle,Title,Price\n" + b"x" * 4_200_000, "longer than"),
    ],
)
def test_a_file_that_is_no_product_file_is_refused_whole(
    read: Reader, content: bytes, message: str
) -> None:
    with pytest.raises(CsvUnreadable, match=message):
        read(content)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CsvUnreadable, match="No such file"):
        ProductFile(tmp_path / "none.csv", currency=USD)
    with pytest.raises(CsvUnreadable, match="cannot be opened"):
        ProductFile(tmp_path, currency=USD)


class Pipe(io.RawIOBase):
    """A stream that cannot seek, as standard input."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = len(self.rest) if size < 0 else size
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece


def test_a_pipe_is_read_as_well() -> None:
    with ProductFile(Pipe(PLAIN.encode()), currency=USD) as file:  # type: ignore[arg-type]
        assert [group.handle for group in file] == ["cafe", "mug"]


def test_a_named_pipe_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(PLAIN.encode(),))
    writer.start()
    with ProductFile(path, currency=USD) as file:
        assert [group.handle for group in file] == ["cafe", "mug"]
    writer.join(timeout=10)


def test_a_stream_that_was_handed_in_stays_open(tmp_path: Path) -> None:
    stream = io.BytesIO(PLAIN.encode())
    with ProductFile(stream, currency=USD) as file:
        assert len(list(file)) == 2
        assert file.position == file.size == len(PLAIN.encode())
    assert not stream.closed

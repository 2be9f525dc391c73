"""The PDF, read back by another library."""

import hashlib
import io
import logging
import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from pypdf import PdfReader

from apps.finance.dto import InvoiceBuyer, InvoiceDocument, InvoiceShipping
from apps.finance.gateways.pdf import render_invoice
from apps.finance.gateways.pdf.fonts import printable
from apps.finance.gateways.pdf.wrapping import clusters, shorten, wrap

from .samples import content, document, line

MOST_BYTES = 100_000
LARGEST = 2**63 - 1


def read(rendered: bytes) -> PdfReader:
    assert len(rendered) < MOST_BYTES
    return PdfReader(io.BytesIO(rendered))


def pages_of(said: InvoiceDocument) -> list[str]:
    """The text of each page. Parts of a Khmer syllable that have no code of their own are left
    out: pypdf makes control characters of them."""
    texts = [page.extract_text() for page in read(render_invoice(said)).pages]
    return ["".join(char for char in text if char >= " " or char == "\n") for text in texts]


def text_of(said: InvoiceDocument) -> str:
    return "\n".join(pages_of(said))


def test_it_says_who_sells_what_to_whom_for_how_much() -> None:
    text = text_of(document())

    for said in (
        "Hearth & Hall",
        "Hearth & Hall Trading Ltd",
        "1 Quay Street",
        "Tax no. GB 123 4567 89",
        "hello@hearth.example",
        "Ada Lovelace",
        "London SW1Y 4JH",
        "ada@example.com",
        "INV-2026-000001",
        "10482",
        "4 March 2026",
        "Stoneware mug",
        "Blue / 300 ml · SKU MUG-BL",
        "12.50",
        "25.00",
        "Amount (USD)",
        "Shipping · Standard",
        "5.00",
        "Tax (8 %)",
        "2.40",
        "32.40 USD",
        "Paid in full",
        "Received on 4 March 2026",
        "Page 1 of 1",
    ):
        assert said in text, said


def test_it_says_what_was_not_charged_and_what_was() -> None:
    said = replace(document(), reduction_amount=1080, reduction_tax_amount=80)

    text = text_of(said)

    for told in ("Total of the order", "32.40", "Not charged (tax in it: 0.80)", "-10.80"):
        assert told in text.replace("\u2212", "-"), told
    assert "21.60 USD" in text


def test_it_names_itself_and_its_time_of_issue() -> None:
    information = read(render_invoice(document())).metadata

    assert information is not None
    assert information.title == "Invoice INV-2026-000001"
    assert information.author == "Hearth & Hall Trading Ltd"
    assert str(information.creation_date) == "2026-03-04 10:05:00+00:00"


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Żółć Müller",
        "Ελένη Παπαδοπούλου",
        "Анна Каренина",
        "Nguyễn Thị Hạnh Ắ",
        "សុខ ស្រីមុំ",
        "ខ្ញុំ Sok & Анна",
    ],
)
def test_names_appear_in_their_own_script(name: str) -> None:
    buyer = replace(content().buyer, name=name)
    text = text_of(document(order=content(buyer=buyer, lines=(line(title=name),))))

    assert text.count(name) == 2
    assert "�" not in text


def test_the_same_invoice_gives_the_same_bytes_at_any_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = document(order=content(buyer=replace(content().buyer, name="សុខ Ελένη")))
    first = render_invoice(said)

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 86_400)

    assert render_invoice(said) == first
    assert render_invoice(InvoiceDocument.from_json(said.to_json())) == first
    assert render_invoice(replace(said, number="INV-2026-000002")) != first


def test_another_process_draws_the_same_bytes() -> None:
    """Neither the order of hashes nor the machine's zone or language gets into a document."""
    code = (
        "import django; django.setup();"
        "from apps.finance.gateways.pdf import render_invoice;"
        "from tests.finance.samples import document;"
        "import hashlib; print(hashlib.sha256(render_invoice(document())).hexdigest())"
    )
    surroundings = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"}

    other = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert other.stdout.strip() == hashlib.sha256(render_invoice(document())).hexdigest()


def test_documents_that_share_fonts_leave_no_trace_in_one_another() -> None:
    first = render_invoice(document())
    for name in ("Zoë Ångström", "Søren Kierkegård", "សុខ ស្រីមុំ", "Ελένη"):
        buyer = InvoiceBuyer(name=name, email="a@b.example", address=("Street 1",))
        render_invoice(document(order=content(buyer=buyer)))

    assert render_invoice(document()) == first
    fonts = read(first).pages[0]["/Resources"]["/Font"]
    assert sorted(fonts) == ["/F1", "/F2"]


def test_a_long_order_breaks_over_numbered_pages_with_the_head_repeated() -> None:
    lines = tuple(line(title=f"Thing number {number}", sku=f"S-{number}") for number in range(60))

    pages = pages_of(document(order=content(lines=lines)))

    assert len(pages) == 4
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of 4" in page
        assert "Description" in page
        assert ("INV-2026-000001, continued" in page) is (number > 1)
    joined = "\n".join(pages)
    assert all(f"Thing number {number}\n" in joined for number in range(60))
    assert "32.40 USD" not in "".join(pages[:3])
    assert "Paid in full" in pages[3]


def test_the_sums_stay_together_when_the_lines_fill_a_page() -> None:
    for count in range(9, 16):
        lines = tuple(line() for _ in range(count))
        pages = pages_of(document(order=content(lines=lines)))
        assert "Subtotal" in pages[-1]
        assert "32.40 USD" in pages[-1]
        assert "Paid in full" in pages[-1]


def test_an_order_of_two_hundred_lines_is_drawn_quickly_and_small() -> None:
    lines = tuple(line(title=f"Thing {number} " + "with a long name " * 8) for number in range(200))

    reader = read(render_invoice(document(order=content(lines=lines))))

    assert len(reader.pages) > 10


@pytest.mark.parametrize(
    ("currency", "language", "shown"),
    [
        ("JPY", "en", ["1,250", "3,240 JPY"]),
        ("KWD", "en", ["1.250", "3.240 KWD"]),
        ("EUR", "de", ["12,50", "32,40 EUR"]),
        ("USD", "km", ["12,50", "32,40 USD"]),
    ],
)
def test_amounts_are_written_for_currency_and_language(
    currency: str, language: str, shown: list[str]
) -> None:
    text = text_of(document(language=language, order=content(currency=currency)))

    assert f"Amount ({currency})" in text
    assert all(amount in text for amount in shown)


def test_tax_that_prices_contain_is_told_below_the_total() -> None:
    order = content(
        prices_include_tax=True, tax_amount=0, included_tax_amount=222, total_amount=3000
    )
    text = text_of(document(order=order))

    assert "Includes tax (8 %): 2.22 USD" in text
    assert "Incl. tax" in text
    assert "Tax (8 %)\n" not in text


def test_discounts_are_shown_per_line_and_in_sum() -> None:
    order = content(
        lines=(line(discount_amount=100, total_amount=2400),),
        discount_amount=100,
        total_amount=3140,
    )
    text = text_of(document(order=order))

    assert "Discount -1.00" in text
    assert "31.40 USD" in text


def test_everything_at_its_longest_and_widest_still_fits() -> None:
    amounts = dict.fromkeys(("unit_price_amount", "tax_amount", "total_amount"), LARGEST)
    said = document(
        language="de",
        seller=replace(
            document().seller,
            name="N" * 120,
            legal_name="L" * 200,
            address=("A" * 300,) * 20,
            tax_number="T" * 40,
            email="e" * 240 + "@example.com",
        ),
        order=content(
            currency="KWD",
            buyer=InvoiceBuyer(name="B" * 300, email="b" * 300, address=("C" * 300,) * 20),
            lines=(
                line(
                    **amounts,
                    quantity=9999,
                    title="W" * 255,
                    variant_title="M" * 255,
                    sku="Q" * 255,
                ),
            )
            * 3,
            shipping=InvoiceShipping(name="Express " * 15, amount=LARGEST),
            subtotal_amount=LARGEST,
            shipping_amount=LARGEST,
            tax_amount=LARGEST,
            total_amount=LARGEST,
        ),
    )

    text = text_of(said)

    assert text.count("9.223.372.036.854.775,807") >= 9
    assert "9.223.372.036.854.775,807 KWD" in text


def test_a_row_that_is_longer_than_a_page_goes_on_on_the_next_one() -> None:
    order = content(lines=(line(title=" ".join(f"word{number}" for number in range(1500))),))
    text = text_of(document(order=order))

    assert "word0 " in text
    assert "word1499" in text


def test_characters_that_no_font_has_are_replaced(caplog: pytest.LogCaptureFixture) -> None:
    buyer = replace(content().buyer, name="漢字 😀 עברית Ada")

    with caplog.at_level(logging.WARNING):
        text = text_of(document(order=content(buyer=buyer)))

    assert "�� � ����� Ada" in text
    assert caplog.records == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u200b", "\u17d2", "\u0301", "\u202e", "\ud800", "\x00\x1b[2J", "្ក", "e\u0301" * 50],
)
def test_no_text_can_break_it(text: str) -> None:
    buyer = InvoiceBuyer(name=text, email=text, address=(text, text))
    order = content(buyer=buyer, lines=(line(title=text, variant_title=text, sku=text),))
    seller = replace(document().seller, name=text, legal_name=text, address=(text,), email=text)

    assert "32.40 USD" in text_of(document(order=order, seller=seller))


def test_an_order_without_lines_is_drawn() -> None:
    assert "32.40 USD" in text_of(document(order=content(lines=())))


def test_names_that_attack_are_inert() -> None:
    evil = "<b>x</b> {{ 7|add:7 }} **bold** {nb} \r\n/Length 0 (endobj) \\ %PDF"
    buyer = replace(content().buyer, name=evil)

    text = text_of(document(order=content(buyer=buyer, lines=(line(title=evil),))))

    flat = " ".join(text.split())
    assert "<b>x</b> {{ 7|add:7 }} **bold** {nb} /Length 0 (endobj) \\ %PDF" in flat


def test_reordering_marks_and_control_characters_are_dropped() -> None:
    assert printable("a\u202eb\u2066c\x07d\r\n e\u00a0f\u200bg") == "abc d e f\u200bg"
    assert printable("e\u0301") == "é"


def test_text_is_broken_between_words_and_never_inside_a_syllable() -> None:
    def measure(text: str) -> float:
        return float(len(text))

    assert wrap("one two three", width=7, measure=measure) == ["one two", "three"]
    assert wrap("abcdefgh ij", width=3, measure=measure) == ["abc", "def", "gh", "ij"]
    assert wrap("ក\u200bខ", width=2, measure=measure) == ["កខ"]
    assert clusters("ខ្ញុំស្រ") == ["ខ្ញុំ", "ស្រ"]
    assert wrap("ខ្ញុំស្រ", width=4, measure=measure) == ["ខ្ញុំ", "ស្រ"]
    assert wrap("", width=4, measure=measure) == []
    assert shorten("abcdef", width=4, measure=measure) == "abc…"
    assert shorten("abcd", width=4, measure=measure) == "abcd"

"""Rows into products: grouping, options, variants, images, and what refuses what."""

from collections.abc import Callable

from apps.catalog.importing import LeftOut, ParsedImage
from apps.catalog.states import InventoryPolicy, ProductStatus
from tests.catalog.importing.conftest import Reader

Table = Callable[..., str]
SHIRT = {"Handle": "shirt", "Title": "Shirt", "Variant Price": "10.00"}
IMAGE = "https://img.example.com/"


def test_a_full_row_becomes_a_product_with_one_variant(read: Reader, table: Table) -> None:
    row = {
        **SHIRT,
        "Body (HTML)": "<p>Soft <script>x()</script></p>",
        "Vendor": " North  Mill ",
        "Type": "Shirts",
        "Tags": "cotton, Summer , cotton,",
        "Published": "TRUE",
        "Option1 Name": "Title",
        "Option1 Value": "Default Title",
        "Variant SKU": "'00123",
        "Variant Grams": "250",
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": "7",
        "Variant Inventory Policy": "continue",
        "Variant Compare At Price": "12.50",
        "Variant Requires Shipping": "false",
        "Variant Taxable": "false",
        "Variant Tax Code": "PC040100",
        "Variant Barcode": "'4006381333931",
        "Image Src": IMAGE + "a.jpg",
        "Image Position": "1",
        "Image Alt Text": "Front",
        "SEO Title": "The shirt",
        "SEO Description": "Soft\nand light",
        "Status": "active",
        "Variant Image": IMAGE + "b.jpg",
    }
    reading = read(table(row))

    assert reading.problems == []
    (product,) = reading.products
    assert (product.handle, product.title, product.row) == ("shirt", "Shirt", 2)
    assert product.body_html == "<p>Soft </p>"
    assert (product.vendor, product.product_type) == ("North Mill", "Shirts")
    assert product.tags == ("cotton", "Summer")
    assert product.status is ProductStatus.ACTIVE
    assert (product.seo_title, product.seo_description) == ("The shirt", "Soft and light")
    assert product.options == ()
    assert product.images == (
        ParsedImage(IMAGE + "a.jpg", 1, "Front"),
        ParsedImage(IMAGE + "b.jpg", 2, ""),
    )
    (variant,) = product.variants
    assert (variant.sku, variant.sku_generated, variant.barcode) == (
        "00123",
        False,
        "4006381333931",
    )
    assert (variant.price_minor, variant.compare_at_minor, variant.grams) == (1000, 1250, 250)
    assert (variant.inventory_quantity, variant.tracked) == (7, True)
    assert variant.inventory_policy is InventoryPolicy.CONTINUE
    assert (variant.requires_shipping, variant.taxable) == (False, False)
    assert (variant.tax_code, variant.image_src) == ("PC040100", IMAGE + "b.jpg")
    assert variant.option_values == ()


def test_the_headings_since_2024_mean_the_same(read: Reader) -> None:
    reading = read(
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,"
        "Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,"
        "Option1 Linked To,Price,Price / International,Compare-at price,Charge tax,Tax code,"
        "Inventory tracker,Inventory quantity,Continue selling when out of stock,"
        "Weight value (grams),Weight unit for display,Requires shipping,Fulfillment service,"
        "Product image URL,Image position,Image alt text,Variant image URL,Gift card,SEO title,"
        "SEO description,Color (product.metafields.shopify.color-pattern),"
        "Google Shopping / Google product category\n"
        "Mug,mug,<b>Stone</b>,Kiln,Home,Mugs,tea,TRUE,Draft,MUG-1,123,Color,Blue,"
        "product.metafields.shopify.color-pattern,19.99,25,24.99,TRUE,X1,shopify,4,CONTINUE,"
        "400,kg,TRUE,manual,https://img.example.com/m.jpg,1,Mug,,FALSE,S,D,blue,123\n"
    )

    assert (reading.problems, reading.notes) == ([], ())
    (product,) = reading.products
    (variant,) = product.variants
    assert (product.handle, product.status, product.options) == (
        "mug",
        ProductStatus.DRAFT,
        ("Color",),
    )
    assert (variant.sku, variant.option_values, variant.grams) == ("MUG-1", ("Blue",), 400)
    assert (variant.price_minor, variant.compare_at_minor) == (1999, 2499)
    assert variant.inventory_policy is InventoryPolicy.CONTINUE
    assert {"sku", "inventory_quantity", "status", "images", "alt"} <= product.provided


def test_option_rows_and_image_rows_belong_to_the_product_above(read: Reader, table: Table) -> None:
    rows = (
        {**SHIRT, "Option1 Name": "Size", "Option1 Value": "S", "Image Src": IMAGE + "1.jpg"},
        {"Handle": "shirt", "Option1 Value": "M", "Variant Price": "11"},
        {"Handle": "shirt", "Image Src": IMAGE + "2.jpg"},
        {"Handle": "shirt", "Image Src": IMAGE + "1.jpg"},
        {"Handle": "hat", "Title": "Hat", "Variant Price": "5"},
    )
    reading = read(table(*rows))

    assert reading.problems == []
    shirt, hat = reading.products
    assert [(it.option_values, it.price_minor, it.row) for it in shirt.variants] == [
        (("S",), 1000, 2),
        (("M",), 1100, 3),
    ]
    assert [it.sku for it in shirt.variants] == ["shirt.s", "shirt.m"]
    assert [(it.src, it.position) for it in shirt.images] == [
        (IMAGE + "1.jpg", 1),
        (IMAGE + "2.jpg", 2),
    ]
    assert (hat.handle, hat.row) == ("hat", 6)


def test_images_keep_the_order_of_their_positions(read: Reader, table: Table) -> None:
    rows = (
        {**SHIRT, "Image Src": IMAGE + "c.jpg", "Image Position": "3"},
        {"Handle": "shirt", "Image Src": IMAGE + "d.jpg"},
        {"Handle": "shirt", "Image Src": IMAGE + "a.jpg", "Image Position": "1"},
    )
    (product,) = read(table(*rows)).products
    assert [it.src[-5] for it in product.images] == ["a", "c", "d"]
    assert [it.position for it in product.images] == [1, 2, 3]


def test_several_images_in_a_cell_and_in_several_columns(read: Reader) -> None:
    reading = read(
        "Handle,Title,Price,Image Src,Image Alt Text,Image Src 2\n"
        'mug,Mug,5,"https://i.example.com/1,x.jpg, //i.example.com/2.jpg'
        ';https://i.example.com/a b",'
        "Mug,https://i.example.com/4.jpg\n"
    )
    (product,) = reading.products
    assert reading.problems == []
    assert [(it.src, it.alt) for it in product.images] == [
        ("https://i.example.com/1,x.jpg", "Mug"),
        ("https://i.example.com/2.jpg", ""),
        ("https://i.example.com/a%20b", ""),
        ("https://i.example.com/4.jpg", ""),
    ]


def test_a_bad_image_address_costs_the_image_only(read: Reader, table: Table) -> None:
    for address in ("C:\\photos\\a.jpg", "javascript:alert(1)", "a.jpg", "ftp://x/y", "https://["):
        reading = read(table({**SHIRT, "Image Src": address, "Variant Image": address}))
        assert reading.codes() == [
            (2, "Variant Image", "image_url"),
            (2, "Image Src", "image_url"),
        ]
        assert reading.products[0].images == ()
        assert {problem.left_out for problem in reading.problems} == {LeftOut.IMAGE}


def test_a_product_whose_option_has_no_values_has_no_options(read: Reader, table: Table) -> None:
    (product,) = read(table({**SHIRT, "Option1 Name": "Size", "Option1 Value": ""})).products
    assert product.options == ()
    assert product.variants[0].option_values == ()


def test_options_keep_their_places_and_need_a_value_each(read: Reader, table: Table) -> None:
    rows = (
        {
            **SHIRT,
            "Option1 Name": "Size",
            "Option1 Value": "S",
            "Option2 Name": "Colour",
            "Option2 Value": "Red",
        },
        {"Handle": "shirt", "Option1 Value": "M", "Variant Price": "10"},
        {"Handle": "shirt", "Option1 Value": "s", "Option2 Value": "RED", "Variant Price": "10"},
        {
            "Handle": "shirt",
            "Option1 Name": "Length",
            "Option1 Value": "L",
            "Option2 Value": "Red",
            "Variant Price": "10",
        },
    )
    reading = read(table(*rows))

    (product,) = reading.products
    assert product.options == ("Size", "Colour")
    assert [it.option_values for it in product.variants] == [("S", "Red")]
    assert reading.codes() == [
        (3, "Option2 Value", "option_value_missing"),
        (4, "", "duplicate_variant"),
        (5, "Option1 Name", "option_name_differs"),
    ]


def test_an_option_without_a_name_gets_one(read: Reader, table: Table) -> None:
    rows = (
        {**SHIRT, "Option1 Name": "", "Option1 Value": "S"},
        {"Handle": "shirt", "Option1 Value": "M", "Variant Price": "10"},
    )
    assert read(table(*rows)).products[0].options == ("Option 1",)


def test_two_options_of_one_name_refuse_the_product(read: Reader, table: Table) -> None:
    row = {
        **SHIRT,
        "Option1 Name": "Size",
        "Option1 Value": "S",
        "Option2 Name": "size",
        "Option2 Value": "M",
    }
    reading = read(table(row))
    assert (reading.products, reading.codes()) == ([], [(2, "Option2 Name", "duplicate_option")])


def test_a_bad_variant_row_does_not_stop_the_others(read: Reader, table: Table) -> None:
    rows = (
        {**SHIRT, "Option1 Name": "Size", "Option1 Value": "S", "Variant Inventory Qty": "1"},
        {
            "Handle": "shirt",
            "Option1 Value": "M",
            "Variant Price": "ten",
            "Variant Inventory Qty": "x",
        },
        {"Handle": "shirt", "Option1 Value": "L", "Variant Price": ""},
        {"Handle": "shirt", "Option1 Value": "XL", "Variant Price": "12"},
    )
    reading = read(table(*rows))

    assert [it.option_values for it in reading.products[0].variants] == [("S",), ("XL",)]
    assert reading.codes() == [
        (3, "Variant Price", "price_malformed"),
        (3, "Variant Inventory Qty", "quantity_malformed"),
        (4, "Variant Price", "price_missing"),
    ]
    assert str(reading.problems[0]) == (
        "row 3, Variant Price: not a price ('ten') [variant left out]"
    )


def test_a_product_without_a_title_is_reported_whole(read: Reader, table: Table) -> None:
    rows = (
        {"Handle": "shirt", "Title": "", "Variant Price": "1", "Option1 Value": "S"},
        {"Handle": "shirt", "Title": "", "Variant Price": "1", "Option1 Value": "M"},
        {"Handle": "hat", "Title": "Hat", "Variant Price": "5"},
    )
    reading = read(table(*rows))
    assert [it.handle for it in reading.products] == ["hat"]
    assert reading.codes() == [(2, "Title", "title_missing")]
    assert reading.problems[0].left_out is LeftOut.PRODUCT


def test_a_product_without_a_price_anywhere_is_reported(read: Reader, table: Table) -> None:
    reading = read(table({**SHIRT, "Variant Price": "", "Image Src": IMAGE + "a.jpg"}))
    assert (reading.products, reading.codes()) == ([], [(2, "Variant Price", "price_missing")])


def test_a_row_without_a_handle_gets_one_from_its_title(read: Reader) -> None:
    reading = read("Handle,Title,Price\n,Blue Mug,5\n,,6\n!!,Red Mug,7\n")
    assert [it.handle for it in reading.products] == ["blue-mug"]
    assert reading.codes() == [
        (3, "Handle", "handle_missing"),
        (4, "Handle", "handle_malformed"),
    ]


def test_a_handle_that_comes_back_is_reported_and_not_merged(read: Reader, table: Table) -> None:
    rows = (
        {**SHIRT, "Option1 Name": "Size", "Option1 Value": "S"},
        {"Handle": "hat", "Title": "Hat", "Variant Price": "5"},
        {"Handle": "Shirt", "Option1 Value": "M", "Variant Price": "10"},
        {"Handle": "shirt", "Option1 Value": "L", "Variant Price": "10"},
    )
    reading = read(table(*rows))
    assert [(it.handle, len(it.variants)) for it in reading.products] == [("shirt", 1), ("hat", 1)]
    assert reading.codes() == [(4, "Handle", "handle_scattered")]
    assert "began in row 2; sort the file by handle" in reading.problems[0].message


def test_a_sku_is_given_once_in_a_file(read: Reader) -> None:
    reading = read("Handle,Title,Price,SKU\na,A,1,X\nb,B,1,X\nc,C,1,a\n")
    assert [it.handle for it in reading.products] == ["a", "c"]
    assert reading.codes() == [(3, "SKU", "duplicate_sku")]
    assert "row 2 has the same SKU" in reading.problems[0].message


def test_gift_cards_are_left_out_and_reported(read: Reader) -> None:
    reading = read("Handle,Title,Price,Gift Card\ncard,Card,10,true\nmug,Mug,5,false\n")
    assert [it.handle for it in reading.products] == ["mug"]
    assert reading.codes() == [(2, "Gift Card", "gift_card")]


def test_status_and_published_together(read: Reader) -> None:
    cases = {
        ("", ""): ProductStatus.ACTIVE,
        ("true", "active"): ProductStatus.ACTIVE,
        ("false", "active"): ProductStatus.DRAFT,
        ("false", ""): ProductStatus.DRAFT,
        ("true", "Draft"): ProductStatus.DRAFT,
        ("true", "archived"): ProductStatus.ARCHIVED,
        ("true", "unlisted"): ProductStatus.DRAFT,
    }
    for (published, status), expected in cases.items():
        reading = read(f"Handle,Title,Price,Published,Status\na,A,1,{published},{status}\n")
        assert reading.products[0].status is expected, (published, status)


def test_an_unknown_status_refuses_the_product(read: Reader) -> None:
    reading = read("Handle,Title,Price,Status\na,A,1,gone\n")
    assert (reading.products, reading.codes()) == ([], [(2, "Status", "status_unknown")])


def test_too_long_values_are_refused_with_the_limit(read: Reader, table: Table) -> None:
    reading = read(table({**SHIRT, "Title": "x" * 256, "Variant SKU": "y" * 256}))
    assert reading.products == []
    assert [(it.code, it.message, len(it.value)) for it in reading.problems] == [
        ("too_long", "longer than 255 characters", 60),
        ("too_long", "longer than 255 characters", 60),
    ]
    body = read(table({**SHIRT, "Body (HTML)": "x" * 524_289}))
    assert body.codes() == [(2, "Body (HTML)", "too_long")]


def test_negative_stock_is_kept_and_no_stock_is_none(read: Reader) -> None:
    reading = read("Handle,Title,Price,Inventory quantity\na,A,1,-3\nb,B,1,\n")
    first, second = (product.variants[0] for product in reading.products)
    assert (first.inventory_quantity, first.tracked) == (-3, True)
    assert (second.inventory_quantity, second.tracked) == (None, False)


def test_a_barcode_a_spreadsheet_has_rounded_is_left_out(read: Reader) -> None:
    reading = read("Handle,Title,Price,Barcode\na,A,1,4.00638E+12\n")
    assert reading.products[0].variants[0].barcode == ""
    assert reading.codes() == [(2, "Barcode", "barcode_rounded")]


def test_weights_in_other_units_become_grams(read: Reader) -> None:
    reading = read("Handle,Title,Price,Variant Weight,Variant Weight Unit\na,A,1,1.5,lb\n")
    assert reading.products[0].variants[0].grams == 680


def test_a_row_with_nothing_to_import_is_reported(read: Reader) -> None:
    reading = read("Handle,Title,Price,Vendor\na,A,1,V\na,,,W\n")
    assert reading.codes() == [(3, "", "nothing_to_import")]


def test_more_rows_than_a_product_can_have_are_reported_once(read: Reader, table: Table) -> None:
    rows = [{"Handle": "a", "Title": "A", "Price": "1", "Option1 Value": "0"}]
    rows += [{"Handle": "a", "Price": "1", "Option1 Value": str(n)} for n in range(1, 2600)]
    reading = read(table(*rows))
    assert len(reading.products[0].variants) == 2500
    assert reading.codes() == [(2502, "Handle", "too_many_rows")]


def test_formula_prefixes_are_data(read: Reader) -> None:
    reading = read('Handle,Title,Price,SKU,Vendor\na,=SUM(A1),1,+1,"@x"\n')
    (product,) = reading.products
    assert (product.title, product.vendor, product.variants[0].sku) == ("=SUM(A1)", "@x", "+1")

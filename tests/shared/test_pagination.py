"""Cursors: opaque, signed, for one list of one shop."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.shared.api.pagination import (
    InvalidCursor,
    InvalidParameter,
    list_response,
    read_cursor,
    read_limit,
    refuse_unknown_parameters,
)
from tests.support.shops import use_shop


def asked(query: str) -> Request:
    return Request(APIRequestFactory().get(f"/things?{query}"))


def page(query: str, rows: list[int], *, limit: int = 2, kind: str = "things"):
    return list_response(
        asked(query),
        rows=rows,
        limit=limit,
        kind=kind,
        position=lambda row: [row, f"id-{row}"],
        render=lambda row: {"n": row},
    )


def test_a_full_page_names_the_next(shop_a):
    response = page("limit=2&sort=price", [1, 2, 3])

    assert response.data["object"] == "list"
    assert response.data["data"] == [{"n": 1}, {"n": 2}]
    assert response.data["has_more"] is True
    cursor = response.data["next_cursor"]
    assert read_cursor(asked(f"cursor={cursor}"), "things") == [2, "id-2"]
    link, _, relation = response["Link"].partition("; ")
    assert relation == 'rel="next"'
    assert parse_qs(urlsplit(link.strip("<>")).query) == {
        "limit": ["2"],
        "sort": ["price"],
        "cursor": [cursor],
    }


@pytest.mark.parametrize("rows", [[], [1], [1, 2]])
def test_the_last_page_has_none(shop_a, rows):
    response = page("", rows)

    assert (response.data["has_more"], response.data["next_cursor"]) == (False, None)
    assert "Link" not in response


def test_a_cursor_is_good_for_its_own_list_and_shop_only(shop_a, shop_b):
    cursor = page("", [1, 2, 3]).data["next_cursor"]

    with pytest.raises(InvalidCursor):
        read_cursor(asked(f"cursor={cursor}"), "other things")
    with use_shop(shop_b), pytest.raises(InvalidCursor):
        read_cursor(asked(f"cursor={cursor}"), "things")
    assert read_cursor(asked("limit=2"), "things") is None


def test_a_cursor_cannot_be_made_up(shop_a):
    cursor = page("", [1, 2, 3]).data["next_cursor"]
    body, _, rest = cursor.partition(":")
    forged = signing.dumps([99, "id-99"], salt="cursor")

    for wrong in ("", "x", "a:b:c", forged, body, cursor[:-1], cursor + "A", f"AAAA:{rest}", "%00"):
        with pytest.raises(InvalidCursor):
            read_cursor(asked(f"cursor={wrong}"), "things")


def test_limits_are_1_to_100():
    assert [read_limit(asked(f"limit={one}")) for one in (1, 25, 100)] == [1, 25, 100]
    assert read_limit(asked("")) == 25


@pytest.mark.parametrize(
    "text", ["", "0", "101", "-1", "1.0", "1e1", "+5", "%205", "0x10", "٢", "²", "9" * 5000, "true"]
)
def test_anything_else_is_no_limit(text):
    with pytest.raises(InvalidParameter) as refused:
        read_limit(asked(f"limit={text}"))
    assert refused.value.details == {"parameter": "limit"}


@pytest.mark.parametrize("query", ["colour=red", "limit=1&limit=2", "sort=%00", "limit[]=1"])
def test_unknown_and_repeated_parameters_are_refused(query):
    with pytest.raises(InvalidParameter):
        refuse_unknown_parameters(asked(query), {"limit", "sort"})


def test_known_parameters_pass():
    refuse_unknown_parameters(asked("limit=1&sort=price"), {"limit", "sort"})
    assert read_limit(asked("limit=1&sort=price")) == 1

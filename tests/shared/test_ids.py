"""UUIDv7 inside (RFC 9562), a prefix and 32 hexadecimal digits outside."""

import time
from uuid import UUID

import pytest
from django.urls import get_resolver, resolve
from django.urls.converters import get_converters
from hypothesis import given
from hypothesis import strategies as st

from apps.shared.ids import (
    PREFIXES,
    new_id,
    parse_public_id,
    public_id,
    register_path_converters,
)

# RFC 9562, appendix A.6: the example of a UUIDv7.
RFC_EXAMPLE = UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


def test_version_and_variant_are_those_of_the_rfc():
    for _ in range(1000):
        made = new_id()
        assert made.version == RFC_EXAMPLE.version == 7
        assert made.variant == RFC_EXAMPLE.variant


def test_the_first_48_bits_are_the_milliseconds(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 0x017F22E279B0 * 1_000_000)

    assert new_id().hex[:12] == RFC_EXAMPLE.hex[:12]


def test_ids_sort_by_time():
    made = []
    for _ in range(5):
        made.append(new_id())
        time.sleep(0.002)

    assert made == sorted(made)
    assert [one.hex for one in made] == sorted(one.hex for one in made)


def test_74_bits_are_random():
    made = {new_id() for _ in range(10_000)}
    assert len(made) == 10_000
    ones = sum(one.int.bit_count() for one in made) / len(made)
    assert 30 < ones < 90


@given(st.uuids(), st.sampled_from(sorted(PREFIXES)))
def test_public_ids_go_there_and_back(value, prefix):
    text = public_id(prefix, value)

    assert text == f"{prefix}_{value.hex}"
    assert parse_public_id(prefix, text) == value
    for other in PREFIXES:
        assert other == prefix or parse_public_id(other, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ord",
        "ord_",
        "ord_0197c2",
        "ORD_" + "0" * 32,
        "ord_" + "A" * 32,
        "ord_" + "0" * 31,
        "ord_" + "0" * 33,
        "ord_" + "0" * 32 + "\n",
        " ord_" + "0" * 32,
        "ord_" + "٣" * 32,
        "ord_00000000-0000-0000-0000-000000000000",
    ],
)
def test_anything_else_is_no_public_id(text):
    assert parse_public_id("ord", text) is None


def test_paths_take_ids_of_their_kind_only():
    register_path_converters()
    converter = get_converters()["ord"]
    value = new_id()

    assert converter.to_python(public_id("ord", value)) == value
    assert converter.to_url(value) == public_id("ord", value)


def test_converters_may_be_registered_by_each_url_conf():
    """Shops and platform have one each; a second registration is no change and no warning."""
    register_path_converters()
    register_path_converters()
    for name in ("config.urls_tenant", "config.urls_public"):
        assert get_resolver(name).url_patterns is not None
    assert resolve(f"/api/v1/products/{public_id('prd', new_id())}", "config.urls_tenant")

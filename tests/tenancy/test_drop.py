"""T7, the small version: what is done to one shop leaves the other byte-equal."""

from apps.shared.schema import PUBLIC, use_schema
from tests.support.probe import Probed, emit_probed, subscribed
from tests.support.shops import drop_shop, make_shop, use_shop
from tests.tenancy.catalogue import dump, exists


def ignore(event: Probed) -> None:
    """A handler without effect."""


def test_dropping_one_shop_leaves_the_other_byte_equal(committed_shop):
    doomed = make_shop()
    for shop in (committed_shop, doomed):
        with use_shop(shop), subscribed(ignore):
            emit_probed(f"of {shop.slug}")
    before = dump(committed_shop.schema)
    assert f"of {committed_shop.slug}" in before
    assert doomed.slug not in before

    drop_shop(doomed)

    assert not exists(doomed.schema)
    assert dump(committed_shop.schema) == before


def test_working_in_one_shop_leaves_the_other_byte_equal(committed_shop, make_committed_shop):
    other = make_committed_shop()
    before = dump(other.schema)

    with subscribed(ignore):
        for number in range(5):
            emit_probed(f"t{number}")
        with use_schema(PUBLIC):
            emit_probed("public")

    assert dump(other.schema) == before

"""Foreign keys follow the direction of imports, and stay within one tenant's schema (T7)."""

from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db import models

from tests.architecture.layers import package_of, ranks


def links(model: type[models.Model]) -> Iterable["models.ForeignObject[object, object]"]:
    return [
        one
        for one in model._meta.get_fields(include_hidden=True)
        if one.is_relation and one.concrete and one.related_model is not None
    ]


def our_models() -> list[type[models.Model]]:
    return [one for one in apps.get_models(include_auto_created=True) if _rank(one) is not None]


def _rank(model: type[models.Model]) -> int | None:
    """None for Django's own apps, which lie below everything."""
    return ranks().get(package_of(model.__module__))


def points_up(source: type[models.Model], target: type[models.Model]) -> bool:
    """Whether a foreign key from one to the other breaks the direction."""
    from_package, to_package = package_of(source.__module__), package_of(target.__module__)
    if from_package == to_package:
        return False
    from_rank, to_rank = _rank(source), _rank(target)
    return from_rank is not None and to_rank is not None and to_rank >= from_rank


def apps_of(setting: str) -> set[str]:
    """App labels of SHARED_APPS or TENANT_APPS."""
    names = {one.removesuffix(".apps.Config") for one in getattr(settings, setting)}
    return {one.label for one in apps.get_app_configs() if one.name in names}


def leaves_the_tenant(source: type[models.Model], target: type[models.Model]) -> bool:
    """A table of each tenant's schema that refers to one that only `public` has."""
    tenant = apps_of("TENANT_APPS")
    return source._meta.app_label in tenant and target._meta.app_label not in tenant


def test_foreign_keys_point_downwards():
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in our_models()
        for field in links(model)
        if points_up(model, field.related_model)
    ]
    assert wrong == []


def test_no_foreign_key_leaves_a_tenants_schema():
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in links(model)
        if leaves_the_tenant(model, field.related_model)
    ]
    assert wrong == []


def test_every_app_of_ours_is_in_the_direction():
    ours = {package_of(one.name) for one in apps.get_app_configs() if _is_ours(one.name)}
    assert ours - set(ranks()) == set()


def _is_ours(name: str) -> bool:
    return name.split(".")[0] in {"apps", "billing", "tenants"}


def test_the_rules_can_fail():
    cart, order = apps.get_model("cart", "Cart"), apps.get_model("orders", "Order")
    variant, tenant = apps.get_model("catalog", "Variant"), apps.get_model("tenants", "Tenant")

    assert points_up(variant, order)
    assert points_up(cart, order), "apps of one layer do not know each other"
    assert not points_up(order, variant)
    assert leaves_the_tenant(order, tenant)
    assert not leaves_the_tenant(order, variant)
    assert not leaves_the_tenant(apps.get_model("billing", "Subscription"), tenant)

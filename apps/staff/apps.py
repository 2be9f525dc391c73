from typing import Any

from django.apps import AppConfig, apps
from django.db import transaction
from django.db.models.signals import post_migrate


class Config(AppConfig):
    name = "apps.staff"
    label = "staff"

    def ready(self) -> None:
        from apps.shared.admin import people
        from apps.staff import restored, seeds, selectors  # noqa: F401 - some register things

        people.told_by(selectors.people)
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(bring_roles_up_to_date, sender=last)


def bring_roles_up_to_date(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """After a shop's schema was migrated: its roles gain the rights to what is new in it."""
    from django.contrib.auth.management import create_permissions

    from apps.shared.schema import PUBLIC, current_schema
    from apps.staff import services

    if current_schema() == PUBLIC:
        return
    # Django's own receiver makes the permissions of each app; for this one it may come after us.
    create_permissions(sender, verbosity=0, using=using)
    with transaction.atomic():
        services.sync_roles()

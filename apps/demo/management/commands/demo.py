"""`manage.py demo`."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.demo import services
from apps.demo.shops import DEMO_SHOPS, PASSWORD, PLATFORM_EMAIL
from apps.shared import clock


class Command(BaseCommand):
    help = (
        "Make two demo shops with real products, stock, admin logins and test payments; what is "
        "there already stays. `manage.py up` runs it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="Say where everything is as one JSON object."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        services.ensure_demo(now=clock.now(), say=self.stdout.write)
        platform = f"http://{settings.PLATFORM_DOMAIN}:{settings.HTTP_PORT}/"
        operator = _site("Platform", platform, PLATFORM_EMAIL)
        shops = [_site(shop.name, shop.url, shop.owner_email) for shop in DEMO_SHOPS]
        if options["json"]:
            self.stdout.write(json.dumps({"platform": operator, "shops": shops}))
            return
        for site in (operator, *shops):
            self.stdout.write("{name}: {url} admin {admin_url} {email} / {password}".format(**site))


def _site(name: str, url: str, email: str) -> dict[str, str]:
    return {
        "name": name,
        "url": url,
        "admin_url": f"{url}admin/",
        "email": email,
        "password": PASSWORD,
    }

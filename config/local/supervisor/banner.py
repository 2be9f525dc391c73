"""What a newcomer reads when everything runs: where the shops are and how to get in."""

import json
from typing import NotRequired, TypedDict

from config.local.errors import LocalError
from config.local.supervisor.ports import LOOPBACK
from config.local.supervisor.programs import Programs

_RULE = "─" * 72


class Site(TypedDict):
    """The platform or a shop, as `manage.py demo --json` tells it."""

    name: NotRequired[str]
    url: str
    admin_url: str
    email: str
    password: str


class Demo(TypedDict):
    platform: Site
    shops: list[Site]


def read_demo(lines: list[str]) -> Demo:
    """The answer of `manage.py demo --json`: the last line that is an object.

    Raises LocalError when there is none.
    """
    for line in reversed(lines):
        if line.startswith("{"):
            demo: Demo = json.loads(line)
            return demo
    raise LocalError("demo ended without saying what it made")


def banner(demo: Demo, programs: Programs, *, seconds: float) -> str:
    """The text that `up` prints once, `seconds` after it was started."""
    lines = [_RULE, f"  Galleria is ready after {seconds:.1f} s. Ctrl-C stops everything.", ""]
    for shop in demo["shops"]:
        lines += _site(shop.get("name", "Shop"), shop)
    lines += _site("Platform", demo["platform"])
    if programs.simulator_needed:
        mail = f"http://{LOOPBACK}:{programs.ports.simulator}/_mail"
        lines += [f"  {'Mail sent':18} {mail}", ""]
    lines += ["  Try (in another terminal):"]
    for shop in demo["shops"][:1]:
        lines += [f"    curl {shop['url'].rstrip('/')}/api/v1/products"]
    lines += ["    python3 manage.py demo_purchase --tenant apparel", _RULE]
    return "\n".join(lines)


def _site(title: str, site: Site) -> list[str]:
    return [
        f"  {title:18} {site['url']}",
        f"  {'':18} {site['admin_url']}  {site['email']} / {site['password']}",
        "",
    ]

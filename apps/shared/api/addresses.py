"""Where a request comes from."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings


def client_address(meta: Mapping[str, Any]) -> str:
    """The caller's IP address, out of the request's META; `unknown` when nobody says.

    Anybody can send an X-Forwarded-For: only what our own proxies added at its end is believed,
    as many entries as settings.PROXIES_IN_FRONT says.
    """
    proxies: int = settings.PROXIES_IN_FRONT
    if proxies:
        told = str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        if len(told) >= proxies:
            try:
                return str(ip_address(told[-proxies].strip()))
            except ValueError:
                return "unknown"
    return str(meta.get("REMOTE_ADDR") or "unknown")

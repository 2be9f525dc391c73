"""What a shop may be called. Everything here is asked before any name reaches SQL."""

import re

from django.conf import settings

from tenants.errors import InvalidTenantName

# One label of a host name (RFC 1035, 2.3.1). Not with hyphens in the third and fourth place: such
# labels are for encodings, as in xn-- (RFC 5891, 4.2.3.1).
_SLUG = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")
# What `schema_of` makes; nothing else is ever dropped.
SCHEMA = re.compile(r"shop\d{0,6}_[a-z0-9_]{2,40}")
# RFC 1035, 2.3.4, as text without the root's dot.
_LONGEST_HOST = 253
RESERVED = frozenset(
    "abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover "
    "billing blog cdn dashboard docs email ftp galleria health help hostmaster imap internal "
    "localhost login mail media metrics mx noc ns1 ns2 oauth pay platform pop postmaster public "
    "root security smtp sso static status support template test webmaster webmail www".split()
)


def checked_slug(slug: str) -> str:
    """The short name, if a shop may have it.

    It is a label of a host, and with a prefix of at most 11 letters a schema: PostgreSQL takes 63
    bytes. Raises InvalidTenantName.
    """
    if not _SLUG.fullmatch(slug) or slug in RESERVED or len(domain_of(slug)) > _LONGEST_HOST:
        raise InvalidTenantName(tenant=slug)
    return slug


def domain_of(slug: str) -> str:
    """The host below the platform's own under which a shop answers."""
    return f"{slug}.{settings.PLATFORM_DOMAIN}"


def schema_of(slug: str, *, generation: int = 1) -> str:
    """The schema of the shop that is the `generation`th to have this short name.

    `shop_tea` and `shop2_tea`: no two names and generations share one, for a slug holds no
    underscore. What a shop that is gone left in caches or folders is never another shop's.
    """
    number = "" if generation == 1 else str(generation)
    return f"shop{number}_{slug.replace('-', '_')}"

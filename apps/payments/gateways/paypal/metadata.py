"""Our names for a thing, in the one text that PayPal keeps of ours: `custom_id`, 127 characters."""

from collections.abc import Mapping
from typing import Any

_KINDS = {"pay": "payment", "ref": "refund"}


def packed(metadata: Mapping[str, str]) -> str:
    """The shop, and what it is about: `shop_apparel.pay_0197…`."""
    return f"{metadata['tenant']}.{metadata.get('refund') or metadata['payment']}"


def unpacked(source: Mapping[str, Any]) -> dict[str, str]:
    """What `packed` made; empty for what somebody else wrote, or nobody."""
    tenant, _, name = str(source.get("custom_id") or "").rpartition(".")
    kind = _KINDS.get(name.partition("_")[0])
    return {"tenant": tenant, kind: name} if tenant and kind else {}

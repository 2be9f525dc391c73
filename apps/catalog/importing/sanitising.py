"""Descriptions written by somebody else, made safe to show in a shop.

Plain text passes as text (`&` and `<` are escaped). Links and images keep only http, https and
(links) mailto addresses; a relative address pointed into the shop that made the file, so it is
dropped, and `//host/…`, which Shopify writes for its own images, becomes https.
"""

from typing import Final

import nh3

TAGS: Final = frozenset({
    "p", "br", "hr", "strong", "em", "b", "i", "u", "ul", "ol", "li", "h1", "h2", "h3",
    "h4", "h5", "h6", "a", "img", "span", "div", "blockquote", "code", "pre", "table",
    "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td",
})  # fmt: skip
ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
DROPPED_WITH_CONTENT: Final = frozenset({
    "script", "style", "iframe", "object", "embed", "template", "noscript", "title",
    "textarea",
})  # fmt: skip


def _absolute(url: str) -> str | None:
    return f"https:{url}" if url.startswith("//") else None


def _no_mail_images(tag: str, attribute: str, value: str) -> str | None:
    is_mail = tag == "img" and attribute == "src" and value.lstrip().casefold().startswith("mailto")
    return None if is_mail else value


CLEANER: Final = nh3.Cleaner(
    tags=set(TAGS),
    attributes=ATTRIBUTES,
    attribute_filter=_no_mail_images,
    clean_content_tags=set(DROPPED_WITH_CONTENT),
    url_schemes={"http", "https", "mailto"},
    url_relative=_absolute,
    link_rel="noopener nofollow",
)
TEXT_ONLY: Final = nh3.Cleaner(tags=set(), clean_content_tags=set(DROPPED_WITH_CONTENT))
ROUNDS: Final = 6


def sanitize_html(html: str) -> str:
    """The allowed part of `html`; running it on its own output changes nothing.

    A browser may read cleaned markup another way than the cleaner did (a link within a link,
    torn apart by a table). It is cleaned until both agree; what never settles loses its tags.
    """
    if not html:
        return ""
    text = html.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n")
    for _ in range(ROUNDS):
        cleaned = CLEANER.clean(text).strip()
        if cleaned == text:
            return text
        text = cleaned
    return TEXT_ONLY.clean(text).strip()

"""The storefront's catalogue: what is for sale."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from apps.catalog import storefront
from apps.catalog.api.answers import ProductAnswer, ProductSummaryAnswer
from apps.catalog.api.parameters import (
    LIST_PARAMETERS,
    PRODUCT_FIELDS,
    kept_position,
    read_list_query,
    read_page_fields,
)
from apps.catalog.errors import ProductNotFound
from apps.catalog.kept_pages import kept_answer
from apps.shared.api.conditional import etag_of, revalidated
from apps.shared.api.openapi import list_of, operation
from apps.shared.api.pagination import InvalidCursor, list_content
from apps.shared.api.views import ApiView

_TAG = "Catalogue"


class Products(ApiView):
    @operation(
        "list_products",
        "Products that are for sale",
        tag=_TAG,
        query=LIST_PARAMETERS,
        answers={200: list_of(ProductSummaryAnswer)},
        refusals=[InvalidCursor],
        has_etag=True,
    )
    def get(self, request: Request) -> HttpResponse:
        """Drafts and archived products are never listed. `handle=` finds the one product behind a
        storefront's own address."""
        content, link, etag = kept_answer(
            f"{request.path}?{request.META.get('QUERY_STRING', '')}", lambda: _made_list(request)
        )
        return revalidated(request, content, etag=etag, link=link)


def _made_list(request: Request) -> tuple[int | None, tuple[bytes, str | None, str]]:
    """The catalogue's number, and content, `Link` and ETag; no number when it tells quantities,
    which change without the catalogue."""
    query = read_list_query(request)
    page = storefront.listed_products(
        filters=query.filters,
        sort_by=query.sort_by,
        descending=query.descending,
        after=query.after,
        limit=query.limit,
        fields=query.fields,
        with_variants=query.with_variants,
    )
    last = kept_position(page.last) if page.last else None
    content, link = list_content(request, items=page.content, kind=query.kind, last=last)
    number = None if query.with_variants else page.number
    return number, (content, link, etag_of(content))


class ProductItself(ApiView):
    @operation(
        "get_product",
        "One product with its variants",
        tag=_TAG,
        query=[PRODUCT_FIELDS],
        answers={200: ProductAnswer},
        refusals=[ProductNotFound],
        has_etag=True,
    )
    def get(self, request: Request, product_id: UUID) -> HttpResponse:
        """Found by id; to find one by its handle, list with `handle=`."""
        fields = read_page_fields(request)
        content = storefront.shown_product(product_id=product_id, fields=fields)
        return revalidated(request, content, etag=etag_of(content))

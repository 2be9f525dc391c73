"""The storefront's catalogue: what is for sale."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog import storefront
from apps.catalog.api.answers import ProductAnswer, ProductSummaryAnswer
from apps.catalog.api.parameters import (
    LIST_PARAMETERS,
    PRODUCT_FIELDS,
    only,
    read_list_query,
    read_page_fields,
)
from apps.catalog.api.representation import product_json, summary_json
from apps.catalog.errors import ProductNotFound
from apps.shared.api.conditional import revalidated
from apps.shared.api.openapi import list_of, operation
from apps.shared.api.pagination import InvalidCursor, list_response
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
        query = read_list_query(request)
        rows = storefront.listed_products(
            filters=query.filters,
            sort_by=query.sort_by,
            descending=query.descending,
            after=query.after,
            limit=query.limit + 1,
        )
        related = storefront.listing_details(
            product_ids=[row["id"] for row in rows[: query.limit]],
            whole_variants=query.with_variants,
        )
        response = list_response(
            request,
            rows=rows,
            limit=query.limit,
            kind=query.kind,
            position=query.position,
            render=lambda row: only(
                query.fields, summary_json(row, related, with_variants=query.with_variants)
            ),
        )
        return revalidated(request, response)


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
        product = storefront.shown_product(product_id=product_id)
        related = storefront.product_details(product_id=product_id)
        return revalidated(request, Response(only(fields, product_json(product, related))))

"""What the pages of an order's books share."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.shared.admin.bases import ReadOnlyAdmin
from apps.shared.admin.panels import link
from apps.shared.ids import parse_public_id, public_id


def order_link(order_id: UUID) -> SafeString:
    """A link to the order's page."""
    return link(public_id("ord", order_id), "admin:orders_order_change", order_id)


class OfOrder(ReadOnlyAdmin[Any]):
    """Rows of one order each: its id is searched for as people see it."""

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lists do without the content, which may be long."""
        return super().get_queryset(request).defer("content")

    @admin.display(description="Order")
    def order(self, row: Any) -> SafeString:
        return order_link(row.order_id)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        order_id = parse_public_id("ord", search_term.strip())
        if order_id is not None:
            return queryset.filter(order_id=order_id), False
        return super().get_search_results(request, queryset, search_term)

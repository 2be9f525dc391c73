from django.urls import path

from . import views

urlpatterns = [
    path(
        "orders/<ord:order_id>/invoice",
        views.InvoiceOfOrder.as_view(),
        name="order-invoice",
    ),
    path(
        "orders/<ord:order_id>/invoice/document",
        views.InvoiceDocumentOfOrder.as_view(),
        name="order-invoice-document",
    ),
]

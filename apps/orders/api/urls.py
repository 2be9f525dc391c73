from django.urls import path

from apps.orders.api import views

urlpatterns = [
    path("orders", views.Orders.as_view(), name="orders"),
    path("orders/<ord:order_id>", views.OrderItself.as_view(), name="order"),
    path("orders/<ord:order_id>/timeline", views.Timeline.as_view(), name="order-timeline"),
    path(
        "orders/<ord:order_id>/cancel",
        views.OrderCancellation.as_view(),
        name="order-cancellation",
    ),
]

from django.urls import path

from apps.checkout.api import views

urlpatterns = [
    path("carts/<cart:cart_id>/complete", views.CartCompletion.as_view(), name="cart-completion"),
    path("orders/<ord:order_id>/payments", views.OrderPayments.as_view(), name="order-payments"),
]

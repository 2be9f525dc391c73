from django.urls import path

from apps.checkout.api import methods, views

urlpatterns = [
    path("carts/<cart:cart_id>/complete", views.CartCompletion.as_view(), name="cart-completion"),
    path(
        "orders/<ord:order_id>/payments/<pay:payment_id>/confirm",
        views.PaymentConfirmation.as_view(),
        name="payment-confirmation",
    ),
    path(
        "carts/<cart:cart_id>/payment-methods",
        methods.CartPaymentMethods.as_view(),
        name="cart-payment-methods",
    ),
    path(
        "orders/<ord:order_id>/payment-methods",
        methods.OrderPaymentMethods.as_view(),
        name="order-payment-methods",
    ),
    path("orders/<ord:order_id>/payments", views.OrderPayments.as_view(), name="order-payments"),
]

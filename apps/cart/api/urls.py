from django.urls import path

from apps.cart.api import views

urlpatterns = [
    path("carts", views.Carts.as_view(), name="carts"),
    path("carts/<cart:cart_id>", views.CartItself.as_view(), name="cart"),
    path("carts/<cart:cart_id>/merge", views.Merge.as_view(), name="cart-merge"),
    path("customers/me/cart", views.MyCart.as_view(), name="my-cart"),
    path("carts/<cart:cart_id>/lines", views.Lines.as_view(), name="cart-lines"),
    path("carts/<cart:cart_id>/lines/<cli:line_id>", views.LineItself.as_view(), name="cart-line"),
]

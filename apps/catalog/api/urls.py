from django.urls import path

from .views import ProductItself, Products

urlpatterns = [
    path("products", Products.as_view(), name="products"),
    path("products/<prd:product_id>", ProductItself.as_view(), name="product"),
]

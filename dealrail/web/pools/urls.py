"""Addresses of pools and of the catalogue."""

from django.urls import path

from dealrail.web.pools import catalog, views

urlpatterns = [
    path("pools/", views.pools, name="pools"),
    path("pools/new/", views.pool_new, name="pool_new"),
    path("pools/<int:pool_id>/", views.pool, name="pool"),
    path("pools/<int:pool_id>/claim/", views.pool_claim, name="pool_claim"),
    path("pools/<int:pool_id>/assign/", views.pool_assign, name="pool_assign"),
    path("pools/<int:pool_id>/settings/", views.pool_settings, name="pool_settings"),
    path("catalog/", catalog.catalog, name="catalog"),
    path("catalog/products/new/", catalog.product_new, name="product_new"),
    path("catalog/products/<int:product_id>/", catalog.product_change, name="product_change"),
]

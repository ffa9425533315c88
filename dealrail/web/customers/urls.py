"""Addresses of customers."""

from django.urls import path

from dealrail.web.customers import merging, views

urlpatterns = [
    path("customers/duplicates/", merging.duplicates, name="customer_duplicates"),
    path("customers/new/", views.customer_new, name="customer_new"),
    path("customers/<int:customer_id>/", views.customer, name="customer"),
    path("customers/<int:customer_id>/change/", views.customer_change, name="customer_change"),
    path("customers/<int:customer_id>/delete/", views.customer_delete, name="customer_delete"),
    path("customers/<int:customer_id>/merge/", merging.merge_choose, name="customer_merge_choose"),
    path("customers/<int:customer_id>/merge/<int:other_id>/", merging.merge, name="customer_merge"),
    path("merges/<int:merge_id>/undo/", merging.merge_undo, name="merge_undo"),
    path("customers/<int:customer_id>/claim/", views.customer_claim, name="customer_claim"),
    path("customers/<int:customer_id>/release/", views.customer_release, name="customer_release"),
    path("customers/<int:customer_id>/transfer/", views.customer_transfer, name="customer_transfer"),
]

"""Addresses of customers."""

from django.urls import path

from dealrail.web.customers import views

urlpatterns = [
    path("customers/new/", views.customer_new, name="customer_new"),
    path("customers/<int:customer_id>/", views.customer, name="customer"),
    path("customers/<int:customer_id>/change/", views.customer_change, name="customer_change"),
    path("customers/<int:customer_id>/delete/", views.customer_delete, name="customer_delete"),
    path("customers/<int:customer_id>/claim/", views.customer_claim, name="customer_claim"),
    path("customers/<int:customer_id>/release/", views.customer_release, name="customer_release"),
    path("customers/<int:customer_id>/transfer/", views.customer_transfer, name="customer_transfer"),
]

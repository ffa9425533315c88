"""Addresses of the deal list."""

from django.urls import path

from dealrail.web.lists import views

urlpatterns = [
    path("deals/", views.deals, name="deals"),
    path("deals/bulk/", views.deals_bulk, name="deals_bulk"),
    path("deals/bulk/value/", views.bulk_value, name="deals_bulk_value"),
    path("deals/export/", views.deals_export, name="deals_export"),
]

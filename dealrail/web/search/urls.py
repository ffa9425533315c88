"""Addresses of the search."""

from django.urls import path

from dealrail.web.search import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/customers/", views.customers, name="search_customers"),
    path("search/palette/", views.palette, name="search_palette"),
]

"""Addresses of the search."""

from django.urls import path

from dealrail.web.search import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/customers/", views.customers, name="search_customers"),
    path("search/linked/<slug:target>/", views.linked, name="search_linked"),
    path("search/palette/", views.palette, name="search_palette"),
]

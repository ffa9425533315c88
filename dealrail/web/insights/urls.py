"""Addresses of the funnel."""

from django.urls import path

from dealrail.web.insights import views

urlpatterns = [
    path("insights/funnel/", views.funnel, name="funnel"),
    path("insights/funnel/export/", views.funnel_export, name="funnel_export"),
]

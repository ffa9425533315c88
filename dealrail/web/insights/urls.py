"""Addresses of the funnel."""

from django.urls import path

from dealrail.web.insights import lines, views

urlpatterns = [
    path("insights/funnel/", views.funnel, name="funnel"),
    path("insights/lines/", lines.line_report, name="line_report"),
    path("insights/funnel/export/", views.funnel_export, name="funnel_export"),
]

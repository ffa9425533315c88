"""Addresses of the first run."""

from django.urls import path

from dealrail.web.setup import views

urlpatterns = [
    path("setup/", views.setup, name="setup"),
    path("setup/company/", views.setup_company, name="setup_company"),
    path("setup/process/", views.setup_process, name="setup_process"),
    path("setup/people/", views.setup_people, name="setup_people"),
    path("setup/sheet/", views.setup_sheet, name="setup_sheet"),
]

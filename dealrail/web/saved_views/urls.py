"""Addresses of saved views."""

from django.urls import path

from dealrail.web.saved_views import views

urlpatterns = [
    path("views/restore/", views.view_restore, name="view_restore"),
    path("views/<int:view_id>/save/", views.view_save, name="view_save"),
    path("views/<int:view_id>/change/", views.view_change, name="view_change"),
    path("views/<int:view_id>/standard/", views.view_standard, name="view_standard"),
    path("views/<int:view_id>/delete/", views.view_delete, name="view_delete"),
    path("views/<slug:list_>/new/", views.view_new, name="view_new"),
]

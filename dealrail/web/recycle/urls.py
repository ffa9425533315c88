"""Addresses of the recycle bin."""

from django.urls import path

from dealrail.web.recycle import views

urlpatterns = [
    path("settings/recycle-bin/", views.recycle_bin, name="recycle_bin"),
    path("settings/recycle-bin/restore/", views.recycle_restore, name="recycle_restore"),
    path("deals/<int:deal_id>/delete/", views.deal_delete, name="deal_delete"),
]

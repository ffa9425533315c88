"""Addresses of files in fields that were added."""

from django.urls import path

from dealrail.web.field_files import views

urlpatterns = [
    path("fields/<int:field_id>/of/<int:record_id>/", views.field_file, name="field_file"),
    path("fields/files/<int:file_id>/", views.field_file_content, name="field_file_content"),
]
